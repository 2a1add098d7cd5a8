#include "drivers/dmm/scanner.h"

#include <bit>

namespace acq::dmm {

// 0xff for a byte whose eighth bit is wrong: no protocol of seven bits knows it.
std::uint8_t Scanner::checked(std::uint8_t byte) const noexcept {
  constexpr std::uint8_t kDamaged = 0xff;
  const bool is_odd = std::popcount(byte) % 2 == 1;
  switch (framing_) {
    case Framing::k8n1: return byte;
    case Framing::k7o1: return is_odd ? byte & 0x7f : kDamaged;
    case Framing::k7e1: return is_odd ? kDamaged : byte & 0x7f;
    case Framing::k7n2: return (byte & 0x80) != 0 ? byte & 0x7f : kDamaged;
  }
  return kDamaged;
}

std::size_t Scanner::put(std::span<const std::byte> bytes) noexcept {
  const std::size_t count = std::min(bytes.size(), bytes_.size() - size_);
  for (std::size_t i = 0; i < count; ++i)
    bytes_[size_ + i] = checked(std::to_integer<std::uint8_t>(bytes[i]));
  size_ += count;
  return count;
}

void Scanner::drop(std::size_t count) noexcept {
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(count),
            bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.begin());
  size_ -= count;
}

std::optional<Reading> Scanner::next() noexcept {
  std::size_t begin = 0;
  for (; begin < size_; ++begin) {
    const Found found = find_(Bytes(bytes_).subspan(begin, size_ - begin), variant_);
    if (found.kind == Found::Kind::kNone) continue;
    discarded_ += begin;
    if (found.kind == Found::Kind::kMore) {
      drop(begin);
      return std::nullopt;
    }
    drop(begin + found.bytes);
    return found.reading;
  }
  discarded_ += begin;
  drop(begin);
  return std::nullopt;
}

}  // namespace acq::dmm
