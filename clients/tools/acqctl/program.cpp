#include "clients/tools/acqctl/program.h"

#include <cstdio>
#include <cstdlib>

#include "clients/tools/acqctl/json.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

constexpr const char* kDefaultControl = "ipc:///run/acqd/control";
constexpr const char* kDefaultData = "ipc:///run/acqd/data";

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string control_endpoint(const Options& options) {
  if (!options.control.empty()) return options.control;
  const std::string given = from_environment("ACQD_CONTROL");
  return given.empty() ? kDefaultControl : given;
}

Result<client::Control> connect_control(const Options& options) {
  return client::Control::connect(control_endpoint(options),
                                  std::chrono::milliseconds(options.timeout_ms));
}

Result<std::string> data_endpoint(const Options& options, client::Control& control) {
  if (!options.data.empty()) return options.data;
  if (std::string given = from_environment("ACQD_DATA"); !given.empty()) return given;
  const auto info = control.subscribe_info();
  if (!info) return tl::unexpected(info.error());
  return info->endpoints().empty() ? kDefaultData : info->endpoints(0);
}

Result<void> print(std::string_view text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (is_written && std::fflush(stdout) == 0) return {};
  return fail(Code::kIo, "standard output does not take all of it");
}

Result<int> print_reply(const Options& options, const google::protobuf::Message& message,
                        const std::function<std::string()>& text) {
  return print(options.is_json ? to_json(message) + "\n" : text()).map([] { return 0; });
}

void print_error(const Error& error) {
  std::string line = "acqctl: " + cleaned(error.sentence);
  if (!error.where.empty()) line += " (" + cleaned(error.where) + ")";
  if (!error.allowed.empty()) line += "; allowed: " + cleaned(error.allowed);
  std::fprintf(stderr, "%s\n", line.c_str());
}

}  // namespace acq::tool
