// The registers that are polled: where they are, what they hold, and the requests that fetch them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "drivers/modbus/protocol.h"
#include "dsp/base/params.h"
#include "dsp/base/stream_info.h"

namespace acq::modbus {

enum class Type : std::uint8_t { kBit, kI16, kU16, kI32, kU32, kF32, kF64 };

constexpr std::uint16_t words_of(Type type) noexcept {
  switch (type) {
    case Type::kI32:
    case Type::kU32:
    case Type::kF32: return 2;
    case Type::kF64: return 4;
    default: return 1;
  }
}

struct Register {
  std::uint8_t unit = 1;
  Kind kind = Kind::kHolding;
  std::uint16_t address = 0;
  Type type = Type::kU16;
  bool is_low_word_first = false;  // bytes within a word are always big-endian
};

// A request, and where the values of registers lie in its answer.
struct Fetch {
  struct Item {
    std::size_t channel = 0;
    std::size_t offset = 0;  // in values
  };
  Request request;
  std::vector<Item> items;
};

struct RegisterTable {
  std::vector<Register> registers;  // one a channel
  std::vector<acq::Channel> channels;
  Dtype dtype = Dtype::kF64;  // that of all registers where they are alike; float64 holds any
  std::vector<Fetch> fetches;
};

// From rows as register_fields.h declares them. kInvalid, with the row: a name twice, a value past
// the last address, bits with a type.
Result<RegisterTable> read_registers(const std::vector<Params>& rows);

// The value of one register, as it is in the device, into its place of a scan of `dtype`.
void put_value(const Register& where, std::span<const std::uint16_t> words, Dtype dtype,
               std::byte* out) noexcept;

}  // namespace acq::modbus
