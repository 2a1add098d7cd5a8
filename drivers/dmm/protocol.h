// How multimeters put their readings into bytes: one function a family.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "drivers/dmm/reading.h"

namespace acq::dmm {

using Bytes = std::span<const std::uint8_t>;

// What stands at the start of some bytes.
struct Found {
  enum class Kind : std::uint8_t {
    kMore,   // may be a frame: too few bytes to know
    kFrame,  // a frame of `bytes` bytes
    kNone,   // no frame begins here
  };
  Kind kind = Kind::kNone;
  std::size_t bytes = 0;
  Reading reading;
};

// Looks at the start of `bytes`. `variant` is what differs between the meters of a family. Never
// reads beyond the end, whatever stands there. A frame is found only when everything in it that can
// be checked is right: sync, check sum, digits, and that units and prefixes go together.
using Find = Found (*)(Bytes bytes, std::uint32_t variant);

inline constexpr std::size_t kLongestFrame = 40;

// Fortune FS9721_LP3: 14 bytes, the segments of the display, each byte numbered in its high half.
// Variant: bits of the last byte that say degrees Celsius (0 to 3) and Fahrenheit (4 to 7).
Found find_fs9721(Bytes bytes, std::uint32_t variant);
// Fortune FS9922-DMM3 and -DMM4: 14 bytes, digits in ASCII.
Found find_fs9922(Bytes bytes, std::uint32_t variant);
// Cyrustek ES519xx: digits in ASCII, function and range by number. Variant: an Es519xx.
enum Es519xx : std::uint32_t {
  kEs51922,  // 14 bytes, 5 digits
  kEs51978,  // 11 bytes, 4 digits, current functions as in ISO-TECH IDM103N
};
Found find_es519xx(Bytes bytes, std::uint32_t variant);
// Metex: 14 characters with the unit in words, on request.
Found find_metex14(Bytes bytes, std::uint32_t variant);
// UNI-T UT71x, Voltcraft VC-920/940/960: 11 bytes, 5 digits in ASCII.
Found find_ut71(Bytes bytes, std::uint32_t variant);
// Brymen BM25x: 15 bytes, the segments of the display, numbered as in FS9721.
Found find_bm25x(Bytes bytes, std::uint32_t variant);
// Brymen BM85x: an ASCII number with status bytes and a check sum, on request.
Found find_bm85x(Bytes bytes, std::uint32_t variant);

// For frames of one length: kMore or kNone by `could_begin`, else what `parse` makes of them.
template <typename Begins, typename Parse>
Found find_fixed(Bytes bytes, std::size_t length, const Begins& could_begin, const Parse& parse) {
  if (!could_begin(bytes.first(std::min(bytes.size(), length)))) return {};
  if (bytes.size() < length) return {.kind = Found::Kind::kMore};
  const std::optional<Reading> reading = parse(bytes.first(length));
  if (!reading) return {};
  return {.kind = Found::Kind::kFrame, .bytes = length, .reading = *reading};
}

// Of a set of bits.
constexpr bool is_at_most_one(std::uint32_t bits) noexcept {
  return (bits & (bits - 1)) == 0;
}

}  // namespace acq::dmm
