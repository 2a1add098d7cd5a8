// What the subcommands of acqctl share: options, connections, output.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "clients/cpp/control.h"
#include "dsp/base/result.h"

namespace acq::tool {

struct Options {
  std::string control;  // endpoint; empty: the environment, then the default
  std::string data;     // endpoint; empty: the environment, then what the daemon says
  bool is_json = false;
  int timeout_ms = 2000;
};

// What a subcommand does once the command line is understood; gives the exit status.
using Action = std::function<Result<int>(const Options&)>;

// Each adds its subcommands; the one named on the command line sets `action`.
void add_list(CLI::App& app, Action& action);
void add_describe(CLI::App& app, Action& action);
void add_plug_ins(CLI::App& app, Action& action);
void add_status(CLI::App& app, Action& action);
void add_settings(CLI::App& app, Action& action);
void add_run(CLI::App& app, Action& action);
void add_capture(CLI::App& app, Action& action);
void add_config(CLI::App& app, Action& action);
void add_dump(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_watch(CLI::App& app, Action& action);
void add_record(CLI::App& app, Action& action);
void add_recording(CLI::App& app, Action& action);
// What the status says of recordings.
std::string recordings_text(const google::protobuf::RepeatedPtrField<v1::RecordingStatus>& list);

// Exit status: 0, the number of the Code in result.h (1 invalid ... 10 internal), or this one.
inline constexpr int kSumsDiffer = 11;

std::string control_endpoint(const Options& options);
Result<client::Control> connect_control(const Options& options);
// The endpoint of the data socket; asks the daemon where nothing else tells.
Result<std::string> data_endpoint(const Options& options, client::Control& control);

// To standard output. kIo: it could not all be written.
Result<void> print(std::string_view text);
// A message of the daemon as JSON with --json, otherwise the text for people.
Result<int> print_reply(const Options& options, const google::protobuf::Message& message,
                        const std::function<std::string()>& text);
// One clear sentence with field and allowed range, to standard error.
void print_error(const Error& error);

}  // namespace acq::tool
