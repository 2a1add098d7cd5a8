#include "clients/tools/acqctl/program.h"

#include <cstdio>
#include <cstdlib>

#include "clients/tools/acqctl/json.h"

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
  std::string line = "acqctl: " + clean(error.sentence);
  if (!error.where.empty()) line += " (" + clean(error.where) + ")";
  if (!error.allowed.empty()) line += "; allowed: " + clean(error.allowed);
  std::fprintf(stderr, "%s\n", line.c_str());
}

std::string clean(std::string_view raw) {
  std::string text(raw);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // C1 controls are two bytes in UTF-8, and terminals obey them too.
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() &&
                       (static_cast<unsigned char>(text[i + 1]) & 0xE0U) == 0x80;
    if (byte < 0x20 || byte == 0x7F || is_c1) text[i] = '?';
    if (is_c1) text[i + 1] = '?';
  }
  return text;
}

}  // namespace acq::tool
