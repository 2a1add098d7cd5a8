// Where USBTMC instruments differ from their standard.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace acq::scpi::usbtmc {

struct Quirks {
  // At most so many bytes in one request; the instrument fails with more.
  std::uint32_t most_per_request = 256 * 1024;
  // Answers one request with the whole message, in many transfers of which only the first has a
  // header, whatever size was asked for.
  bool has_one_header = false;
  // Says that it can be set remote and local, and cannot.
  bool has_no_remote = false;
  // Has to be reset when it is opened, or does not talk at all.
  bool needs_reset_at_open = false;
};

struct QuirkEntry {
  std::uint16_t vendor_id;
  std::uint16_t product_id;   // kAnyProduct: all of the vendor's
  const char* serial_prefix;  // of those that share their product's number with others
  Quirks quirks;
  const char* instrument;
  const char* source;
};
constexpr std::uint16_t kAnyProduct = 0xffff;

std::span<const QuirkEntry> quirk_table() noexcept;
// The first entry that fits, or no quirks.
const Quirks& quirks_of(std::uint16_t vendor_id, std::uint16_t product_id,
                        std::string_view serial) noexcept;

}  // namespace acq::scpi::usbtmc
