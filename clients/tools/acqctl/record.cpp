// acqctl record: start, stop, mark and watch recordings of a daemon.
#include <memory>

#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"
#include "clients/tools/acqctl/values.h"
#include "proto/messages.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

Result<int> run_record(const Options& options, const v1::Record& record) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  v1::Request request;
  *request.mutable_record() = record;
  const auto reply = control->ask(std::move(request));
  if (!reply) return tl::unexpected(reply.error());
  if (reply->code() != v1::OK) return tl::unexpected(error_of(*reply));
  return print_reply(options, reply->record(),
                     [&] { return recordings_text(reply->record().recordings()); });
}

CLI::App* add_verb(CLI::App& record, Action& action, const char* verb, const char* summary,
                   v1::Record::Action what, const std::shared_ptr<v1::Record>& request) {
  auto* command = record.add_subcommand(verb, summary);
  command->callback([&action, what, request] {
    action = [what, request](const Options& options) {
      request->set_action(what);
      return run_record(options, *request);
    };
  });
  return command;
}

void add_name(CLI::App& command, const std::shared_ptr<v1::Record>& request, bool is_required) {
  command
      .add_option_function<std::string>(
          "name", [request](const std::string& name) { request->set_name(name); },
          "the recording's name: a-z, 0-9 and -")
      ->required(is_required);
}

}  // namespace

std::string recordings_text(
    const google::protobuf::RepeatedPtrField<v1::RecordingStatus>& recordings) {
  Table table({{"RECORDING"},
               {"STATE"},
               {"SIZE", Align::kRight},
               {"RATE", Align::kRight},
               {"FREE", Align::kRight},
               {"SEGMENTS", Align::kRight},
               {"SAMPLES", Align::kRight},
               {"LOST", Align::kRight},
               {"FRAMES", Align::kRight},
               {"LOST", Align::kRight},
               {"ERROR"}});
  for (const v1::RecordingStatus& recording : recordings) {
    std::uint64_t samples = 0;
    std::uint64_t made = 0;
    for (const v1::StreamAccount& stream : recording.streams()) {
      samples += stream.recorded();
      made += stream.made();
    }
    table.add({recording.name(), recording.state(),
               si_text(static_cast<double>(recording.bytes()), "B"),
               si_text(recording.rate(), "B/s"),
               si_text(static_cast<double>(recording.free_bytes()), "B"),
               std::to_string(recording.segments()), std::to_string(samples),
               std::to_string(made - samples), std::to_string(recording.frames()),
               std::to_string(recording.lost_frames()), cleaned(recording.error())});
  }
  return table.is_empty() ? "no recordings\n" : table.str();
}

void add_record(CLI::App& app, Action& action) {
  auto* record = app.add_subcommand("record", "Start, stop, mark and watch recordings");
  record->require_subcommand(1);
  auto request = std::make_shared<v1::Record>();
  auto* start = add_verb(*record, action, "start", "Start a recording", v1::Record::START, request);
  add_name(*start, request, true);
  start->add_option_function<std::vector<std::string>>(
      "--stream",
      [request](const std::vector<std::string>& streams) {
        request->mutable_streams()->Assign(streams.begin(), streams.end());
      },
      "instrument/stream; with none, and no topic, every stream");
  start->add_option_function<std::vector<std::string>>(
      "--topic",
      [request](const std::vector<std::string>& topics) {
        request->mutable_topics()->Assign(topics.begin(), topics.end());
      },
      "d/instrument/name");
  start
      ->add_option_function<std::string>(
          "--compression", [request](const std::string& word) { request->set_compression(word); },
          "none, lz4 or zstd")
      ->check(CLI::IsMember({"none", "lz4", "zstd"}));
  auto* stop = add_verb(*record, action, "stop", "End a recording", v1::Record::STOP, request);
  add_name(*stop, request, true);
  auto* mark =
      add_verb(*record, action, "mark", "Write a mark into recordings", v1::Record::MARK, request);
  mark->add_option_function<std::string>(
          "text", [request](const std::string& text) { request->set_text(text); }, "what happened")
      ->required();
  mark->add_option_function<std::string>(
      "--recording", [request](const std::string& name) { request->set_name(name); },
      "in this one alone");
  auto* trigger = add_verb(*record, action, "trigger", "Begin a recording that waits",
                           v1::Record::TRIGGER, request);
  add_name(*trigger, request, true);
  add_verb(*record, action, "status", "Show the recordings that run and the last that ended",
           v1::Record::STATUS, request);
}

}  // namespace acq::tool
