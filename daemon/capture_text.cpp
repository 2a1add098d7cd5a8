#include "daemon/capture_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>

#include "drivers/transport/descriptor.h"
#include "proto/crc32c.h"

namespace acq {
namespace {

using nlohmann::json;

// In the order of DriverCall.
constexpr WireActNames kCalls[] = {
    {"open", {}},
    {"start", {}},
    {"read", {"room", "wait_ns"}},
    {"set", {}},
    {"stop", {}},
    {"close", {}},
    {"done", {}},
    {"packet", {"stream", "count", "gap", "crc32c"}},
    {"nothing", {}},
    {"end", {}},
};
static_assert(std::size(kCalls) == static_cast<std::size_t>(DriverCall::kEnd) + 1);

json json_of(const Value& value) {
  struct Visitor {
    json operator()(bool flag) const { return flag; }
    json operator()(double number) const { return number; }
    json operator()(const std::string& text) const { return text; }
    json operator()(const List& list) const {
      json out = json::array();
      for (const Value& item : list) out.push_back(json_of(item));
      return out;
    }
    json operator()(const Table& table) const {
      json out = json::object();
      for (const auto& [name, item] : table) out[name] = json_of(item);
      return out;
    }
  };
  return std::visit(
      Visitor(), static_cast<const std::variant<bool, double, std::string, List, Table>&>(value));
}

// What can be read as it is: the text of most instruments.
bool is_plain(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte one) {
    const auto c = std::to_integer<unsigned char>(one);
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
  });
}

void add_plain(std::string& out, std::span<const std::byte> bytes) {
  for (const std::byte one : bytes) {
    const char c = static_cast<char>(one);
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '"':
      case '\\': out += '\\'; [[fallthrough]];
      default: out += c;
    }
  }
}

// RFC 4648, section 4.
void add_base64(std::string& out, std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < have ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= have ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Result<void> failed(const std::string& file) {
  const std::string why = std::generic_category().message(errno);
  return fail(Code::kIo, "cannot write " + file + ": " + why);
}

}  // namespace

std::string to_json(const Table& table) {
  return json_of(Value(table)).dump(-1, ' ', true, json::error_handler_t::replace);
}

CaptureText::CaptureText(const CaptureHead& head, std::int64_t duration_ns) {
  text_ =
      fmt::format(R"({{"acqd_transport_capture":1,"software":"{}","instrument":"{}","driver":"{}",)"
                  R"("utc_ns":{},"duration_ns":{},"parameters":{}}})"
                  "\n",
                  head.software, head.instrument, head.driver, head.utc_ns, duration_ns,
                  to_json(head.parameters));
}

void CaptureText::add(const Capture::Event& event, std::span<const std::byte> bytes) {
  const auto out = std::back_inserter(text_);
  const bool is_call = event.wire == 0;
  const WireActNames& names =
      is_call ? kCalls[event.act] : names_of(static_cast<WireAct>(event.act));
  fmt::format_to(out, R"({{"t":{})", event.t_ns);
  if (is_call) fmt::format_to(out, R"(,"driver":"{}")", names.act);
  if (!is_call) fmt::format_to(out, R"(,"wire":{},"act":"{}")", event.wire, names.act);
  for (std::size_t i = 0; i < names.numbers.size() && !names.numbers[i].empty(); ++i)
    fmt::format_to(out, R"(,"{}":{})", names.numbers[i], event.numbers[i]);
  if (event.code != Code::kOk) fmt::format_to(out, R"(,"code":"{}")", to_string(event.code));
  if (!bytes.empty()) {
    const bool is_text = is_plain(bytes);
    text_ += is_text ? R"(,"text":")" : R"(,"base64":")";
    is_text ? add_plain(text_, bytes) : add_base64(text_, bytes);
    text_ += '"';
  }
  text_ += "}\n";
}

Result<void> CaptureText::save(const std::string& file, std::uint64_t events,
                               const Capture::NotStored& not_stored) {
  text_ += fmt::format(
      R"({{"events":{},"events_not_stored":{},"bytes_not_stored":{},"crc32c":"{:08x}"}})"
      "\n",
      events, not_stored.events, not_stored.bytes, crc32c(bytes_of(text_)));
  const std::string part = file + ".part";
  const Descriptor out(
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!out.is_open()) return failed(part);
  for (std::string_view left = text_; !left.empty();) {
    const ssize_t put = ::write(out.get(), left.data(), left.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return failed(part);
    left.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(out.get()) != 0 || std::rename(part.c_str(), file.c_str()) != 0) return failed(file);
  return {};
}

}  // namespace acq
