#include "drivers/modbus/registers.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <tuple>

#include "drivers/modbus/register_fields.h"

namespace acq::modbus {
namespace {

constexpr Kind kKindOf[] = {Kind::kHolding, Kind::kInput, Kind::kCoil, Kind::kDiscrete};
constexpr Type kTypeOf[] = {Type::kI16, Type::kU16, Type::kI32, Type::kU32, Type::kF32, Type::kF64};

template <typename Choice, std::size_t kCount>
Choice chosen(const std::string_view (&names)[kCount], const Choice (&values)[kCount],
              std::string_view name) {
  return values[std::find(std::begin(names), std::end(names), name) - std::begin(names)];
}

Dtype dtype_of(Type type) noexcept {
  switch (type) {
    case Type::kBit:
    case Type::kU16: return Dtype::kU16;
    case Type::kI16: return Dtype::kI16;
    case Type::kI32: return Dtype::kI32;
    case Type::kF32: return Dtype::kF32;
    default: return Dtype::kF64;
  }
}

Result<Register> read_register(const Params& row, const std::string& where) {
  Register out{.unit = static_cast<std::uint8_t>(row.integer("unit_id")),
               .kind = chosen(kKinds, kKindOf, row.text("kind")),
               .address = static_cast<std::uint16_t>(row.integer("address")),
               .is_low_word_first = row.text("word_order") == "low_first"};
  if (is_bits(out.kind)) {
    if (row.has("type")) return fail(Code::kInvalid, "a bit has no type", where + ".type", "none");
    out.type = Type::kBit;
  } else if (row.has("type")) {
    out.type = chosen(kTypes, kTypeOf, row.text("type"));
  }
  if (out.address + words_of(out.type) > 65536) {
    return fail(Code::kInvalid, "the value goes past the last register", where + ".address",
                "0 to " + std::to_string(65536 - words_of(out.type)));
  }
  return out;
}

// Neighbours are fetched together: fewer requests, and values of the same moment.
std::vector<Fetch> plan(const std::vector<Register>& registers) {
  std::vector<std::size_t> order(registers.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto key = [&](std::size_t i) {
    return std::tuple(registers[i].unit, registers[i].kind, registers[i].address, i);
  };
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  std::vector<Fetch> fetches;
  for (const std::size_t channel : order) {
    const Register& one = registers[channel];
    const unsigned end = one.address + words_of(one.type);
    Request* last = fetches.empty() ? nullptr : &fetches.back().request;
    const bool joins = last != nullptr && last->unit == one.unit && last->kind == one.kind &&
                       one.address <= last->address + last->count &&
                       end - last->address <= most_of(one.kind);
    if (!joins) {
      fetches.push_back({{one.unit, one.kind, one.address, words_of(one.type)}, {}});
      last = &fetches.back().request;
    }
    last->count = std::max(last->count, static_cast<std::uint16_t>(end - last->address));
    fetches.back().items.push_back({channel, std::size_t{one.address} - last->address});
  }
  return fetches;
}

template <typename Value>
void put(Value value, std::byte* out) noexcept {
  std::memcpy(out, &value, sizeof value);
}

}  // namespace

Result<RegisterTable> read_registers(const std::vector<Params>& rows) {
  if (rows.empty() || rows.size() > kMaxChannels) {
    return fail(Code::kInvalid, std::to_string(rows.size()) + " registers are given", "registers",
                "1 to " + std::to_string(kMaxChannels));
  }
  RegisterTable table;
  std::set<std::string, std::less<>> names;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string where = "registers[" + std::to_string(i) + "]";
    const std::string& name = rows[i].text("name");
    if (name.empty() || !names.insert(name).second)
      return fail(Code::kInvalid, "a register needs a name of its own", where + ".name");
    if (rows[i].number("scale") == 0)
      return fail(Code::kInvalid, "a scale of 0 leaves nothing", where + ".scale", "not 0");
    const Result<Register> one = read_register(rows[i], where);
    if (!one) return tl::unexpected<Error>(one.error());
    table.registers.push_back(*one);
    table.channels.push_back({.id = name,
                              .unit = rows[i].text("unit"),
                              .scale = rows[i].number("scale"),
                              .offset = rows[i].number("offset")});
  }
  const Dtype first = dtype_of(table.registers[0].type);
  const bool is_alike = std::all_of(table.registers.begin(), table.registers.end(),
                                    [&](const Register& r) { return dtype_of(r.type) == first; });
  table.dtype = is_alike ? first : Dtype::kF64;
  table.fetches = plan(table.registers);
  return table;
}

void put_value(const Register& where, std::span<const std::uint16_t> words, Dtype dtype,
               std::byte* out) noexcept {
  const std::size_t count = words_of(where.type);
  std::uint64_t raw = 0;
  for (std::size_t i = 0; i < count; ++i)
    raw = raw << 16 | words[where.is_low_word_first ? count - 1 - i : i];
  const auto bits = static_cast<std::uint32_t>(raw);
  if (dtype != Dtype::kF64) {  // all registers are alike: the bits are the value
    return count == 1 ? put(static_cast<std::uint16_t>(raw), out) : put(bits, out);
  }
  switch (where.type) {
    case Type::kI16: return put<double>(static_cast<std::int16_t>(raw), out);
    case Type::kI32: return put<double>(static_cast<std::int32_t>(bits), out);
    case Type::kF32: return put<double>(std::bit_cast<float>(bits), out);
    case Type::kF64: return put(std::bit_cast<double>(raw), out);
    default: return put<double>(bits, out);
  }
}

}  // namespace acq::modbus
