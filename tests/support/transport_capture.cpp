#include "tests/support/transport_capture.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <iterator>

#include "proto/crc32c.h"

namespace acq::test {
namespace {

using nlohmann::json;

Value value_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    List list;
    for (const json& item : value) list.push_back(value_of(item));
    return list;
  }
  Table table;
  for (const auto& [name, item] : value.items()) table[name] = value_of(item);
  return table;
}

Code code_of(std::string_view word) {
  for (int i = 0; i <= static_cast<int>(Code::kInternal); ++i)
    if (to_string(static_cast<Code>(i)) == word) return static_cast<Code>(i);
  throw std::runtime_error("there is no code " + std::string(word));
}

std::string from_base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) throw std::runtime_error("no base64");
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 0xff);
  }
  return out;
}

CapturedEvent event_of(json line, int number) {
  CapturedEvent event{.line = number, .t_ns = line.at("t").get<std::int64_t>()};
  const bool is_call = line.contains("driver");
  if (!is_call) event.wire = line.at("wire").get<std::uint32_t>();
  event.act = line.at(is_call ? "driver" : "act").get<std::string>();
  if (line.contains("code")) event.code = code_of(line["code"].get<std::string>());
  if (line.contains("text")) event.bytes = line["text"].get<std::string>();
  if (line.contains("base64")) event.bytes = from_base64(line["base64"].get<std::string>());
  event.fields = std::move(line);
  return event;
}

// All but the last line, which has the checksum of the rest.
Result<json> checked_end(const std::string& text, std::string& rest) {
  const std::size_t last = text.size() < 2 ? std::string::npos : text.rfind('\n', text.size() - 2);
  const json end = last == std::string::npos
                       ? json()
                       : json::parse(text.begin() + static_cast<std::ptrdiff_t>(last) + 1,
                                     text.end(), nullptr, false);
  if (!end.is_object() || !end.contains("crc32c"))
    return fail(Code::kInvalid, "the capture has no end: it was cut off");
  rest = text.substr(0, last + 1);
  if (end["crc32c"] != fmt::format("{:08x}", crc32c(std::as_bytes(std::span(rest)))))
    return fail(Code::kInvalid, "the capture was changed: its checksum is wrong");
  return end;
}

}  // namespace

Result<TransportCapture> parse_capture(const std::string& text) {
  std::string rest;
  const Result<json> end = checked_end(text, rest);
  if (!end) return tl::unexpected<Error>(end.error());
  TransportCapture capture;
  int line = 0;
  try {
    for (std::size_t at = 0; at < rest.size();) {
      const std::size_t stop = rest.find('\n', at);
      json object = json::parse(rest.substr(at, stop - at));
      at = stop + 1;
      if (++line == 1) {
        if (object.at("acqd_transport_capture") != 1) throw std::runtime_error("another version");
        capture.driver = object.at("driver").get<std::string>();
        capture.parameters = std::get<Table>(value_of(object.at("parameters")));
        continue;
      }
      capture.events.push_back(event_of(std::move(object), line));
    }
    if (end->at("events") != capture.events.size()) throw std::runtime_error("events are missing");
    capture.events_not_stored = end->at("events_not_stored").get<std::uint64_t>();
  } catch (const std::exception& error) {
    return fail(Code::kInvalid, error.what(), "line " + std::to_string(line));
  }
  return capture;
}

Result<TransportCapture> read_capture(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Code::kNotFound, "there is no capture " + file);
  return parse_capture({std::istreambuf_iterator<char>(in), {}});
}

}  // namespace acq::test
