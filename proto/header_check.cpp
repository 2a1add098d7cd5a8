#include "proto/header_check.h"

#include <utility>

#include "proto/limits.h"

namespace acq {

Error invalid(const std::string& field, const std::string& sentence, std::string allowed) {
  return {Code::kInvalid, "header field " + field + " " + sentence, field, std::move(allowed)};
}

Error other_version(std::uint32_t version) {
  return {Code::kUnsupported,
          "header field version is " + std::to_string(version) + ": another major version",
          "version", "1000 to 1999"};
}

namespace {

[[gnu::cold]] tl::unexpected<Error> wrong(const char* field, const std::string& sentence,
                                          std::string allowed) {
  return tl::unexpected<Error>(invalid(field, sentence, std::move(allowed)));
}

// Bits: one word a scan.
Result<void> check_packed(const FrameHeader& header) {
  if (header.dtype != Dtype::kU8 && header.dtype != Dtype::kU16) {
    return wrong("dtype", "does not hold packed bits", "U8 or U16");
  }
  if (header.shape.size() != 1) {
    return wrong("shape", "has " + std::to_string(header.shape.size()) + " dimensions",
                 "1 for packed bits");
  }
  if (header.shape[0] != header.count) {
    return wrong("count", "differs from the shape", std::to_string(header.shape[0]));
  }
  return {};
}

Result<void> check_samples(const FrameHeader& header) {
  if (holds_bits(header)) return check_packed(header);
  if (header.kind == Kind::kLogic || header.layout == Layout::kPacked) {
    return wrong("layout", "does not suit the kind",
                 "PACKED for LOGIC, and for no other but RECORD");
  }
  if (header.shape.size() != 2) {
    return wrong("shape", "has " + std::to_string(header.shape.size()) + " dimensions",
                 "2 for samples: channels and count");
  }
  const bool is_planar = header.layout == Layout::kPlanar;
  const std::uint64_t channels = header.shape[is_planar ? 0 : 1];
  const std::uint64_t samples = header.shape[is_planar ? 1 : 0];
  if (samples != header.count) {
    return wrong("count", "differs from the shape", std::to_string(samples));
  }
  if (channels > kMaxChannels) {
    return wrong("shape", "has " + std::to_string(channels) + " channels",
                 "at most " + std::to_string(kMaxChannels) + " channels");
  }
  return {};
}

// Whether the shape asks for exactly the payload's bytes; false where the product overflows.
bool fits(const FrameHeader& header, std::size_t payload_bytes) noexcept {
  std::uint64_t product = header.shape.empty() ? 0 : size_of(header.dtype);
  for (const std::uint64_t size : header.shape) {
    if (__builtin_mul_overflow(product, size, &product)) return false;
  }
  return product == payload_bytes;
}

}  // namespace

Result<void> check_header(const FrameHeader& header, std::size_t payload_bytes) {
  if (header.version == 0) return tl::unexpected<Error>(other_version(0));
  if (header.kind == Kind::kUnspecified)
    return wrong("kind", "is missing", "1 to " + std::to_string(static_cast<int>(kLastKind)));
  if (header.group_delay.den == 0) return wrong("group_delay.den", "is 0", "at least 1");
  if (header.stamp.tick_s.num == 0 || header.stamp.tick_s.den == 0) {
    return wrong("tick_s", "is not a period", "a ratio above 0");
  }
  if (header.first_index + header.count < header.first_index) {
    return wrong("count", "goes past the last 64-bit index", "first_index + count below 2^64");
  }
  if (header.dtype == Dtype::kUnspecified && !header.shape.empty()) {
    return wrong("dtype", "is missing for a payload with a shape", "1 to 8");
  }
  if (!fits(header, payload_bytes)) {
    return wrong("shape",
                 "does not give the " + std::to_string(payload_bytes) + " bytes of the payload",
                 "a product of sizes and dtype equal to the payload's bytes");
  }
  const bool has_samples =
      is_continuous(header.kind) || header.kind == Kind::kRecord || header.kind == Kind::kSpectrum;
  return has_samples ? check_samples(header) : Result<void>{};
}

}  // namespace acq
