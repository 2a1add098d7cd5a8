#include "drivers/scpi/xdr.h"

#include <fmt/format.h>

namespace acq::scpi {

XdrWriter& XdrWriter::number(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes_.push_back(static_cast<std::byte>(value >> shift & 0xff));
  return *this;
}

XdrWriter& XdrWriter::opaque(std::string_view bytes) {
  number(static_cast<std::uint32_t>(bytes.size()));
  const auto raw = std::as_bytes(std::span(bytes));
  bytes_.insert(bytes_.end(), raw.begin(), raw.end());
  bytes_.resize((bytes_.size() + 3) / 4 * 4);
  return *this;
}

Result<std::uint32_t> XdrReader::number() {
  if (raw_.size() < 4) return fail(Code::kIo, "a reply is cut off");
  std::uint32_t value = 0;
  for (const std::byte byte : raw_.first(4))
    value = value << 8 | std::to_integer<std::uint32_t>(byte);
  raw_ = raw_.subspan(4);
  return value;
}

Result<std::span<const std::byte>> XdrReader::opaque(std::size_t most) {
  const Result<std::uint32_t> length = number();
  if (!length) return tl::unexpected<Error>(length.error());
  if (*length > most) {
    return fail(Code::kIo, fmt::format("a reply holds {} bytes of data", *length), {},
                fmt::format("at most {}", most));
  }
  const std::size_t padded = (std::size_t{*length} + 3) / 4 * 4;
  if (padded > raw_.size()) return fail(Code::kIo, "a reply is cut off");
  const auto bytes = raw_.first(*length);
  raw_ = raw_.subspan(padded);
  return bytes;
}

}  // namespace acq::scpi
