// The file of a captured session (docs/transport-captures.md), read back.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/params.h"
#include "dsp/base/result.h"

namespace acq::test {

struct CapturedEvent {
  int line = 0;
  std::int64_t t_ns = 0;
  std::uint32_t wire = 0;  // 0: a call of the driver
  std::string act;
  Code code = Code::kOk;
  std::string bytes;
  nlohmann::json fields;  // the numbers, by name

  [[nodiscard]] std::uint64_t number(const char* name) const {
    return fields.at(name).get<std::uint64_t>();
  }
  [[nodiscard]] bool is_call() const noexcept { return wire == 0; }
};

struct TransportCapture {
  std::string driver;
  Table parameters;
  std::vector<CapturedEvent> events;
  std::uint64_t events_not_stored = 0;
};

// kInvalid: not whole, changed, or nothing of this kind; says in which line.
Result<TransportCapture> parse_capture(const std::string& text);
Result<TransportCapture> read_capture(const std::string& file);

}  // namespace acq::test
