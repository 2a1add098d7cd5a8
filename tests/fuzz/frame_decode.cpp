// Bytes as a frame header: what is accepted is consistent with itself and with its payload, and
// says what protobuf's own parser reads from the same bytes.
//
// The first byte picks the payload's size: what the header asks for, or the next three bytes.
#include <limits>

#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"
#include "tests/proto/header_message.h"

namespace {

// Bytes the shape asks for; a size that no payload has where it overflows.
std::uint64_t shape_bytes(const acq::v1::FrameHeader& message) {
  if (message.shape().empty()) return 0;
  std::uint64_t product = acq::size_of(static_cast<acq::Dtype>(message.dtype()));
  for (const std::uint64_t size : message.shape()) {
    if (__builtin_mul_overflow(product, size, &product)) {
      return std::numeric_limits<std::uint64_t>::max();
    }
  }
  return product;
}

void check_consistent(const acq::FrameHeader& header, std::uint64_t payload_bytes) {
  ACQ_CHECK(payload_bytes <= acq::limits::kFrameBytes);
  ACQ_CHECK(header.first_index + header.count >= header.first_index);
  ACQ_CHECK(header.axes.size() <= acq::limits::kAxes);
  ACQ_CHECK(header.shape.size() <= acq::limits::kDimensions);
  ACQ_CHECK(header.triggers.size() <= acq::kMaxTriggers);
  ACQ_CHECK(header.results.size() <= acq::kMaxResults);
  ACQ_CHECK(header.stamp.tick_s.den != 0 && header.group_delay.den != 0);
  ACQ_CHECK(header.gap_before.reasons < 1U << acq::kGapReasonCount);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::span<const std::byte> raw = acq::fuzz::bytes_of(data + 4, size - 4);
  acq::v1::FrameHeader theirs;
  const bool is_message = theirs.ParseFromArray(raw.data(), static_cast<int>(raw.size()));
  const std::uint64_t payload_bytes =
      (data[0] & 1) != 0
          ? shape_bytes(theirs)
          : std::uint64_t{data[1]} | std::uint64_t{data[2]} << 8 | std::uint64_t{data[3]} << 16;

  const auto header = acq::decode_header(raw, payload_bytes);
  static acq::FrameHeader used;  // holds what the inputs before left behind
  const auto again = acq::decode_header(raw, payload_bytes, used);
  ACQ_CHECK(header.has_value() == again.has_value());
  if (!header) {
    ACQ_CHECK(!header.error().sentence.empty() && !header.error().where.empty());
    return 0;
  }
  check_consistent(*header, payload_bytes);
  ACQ_CHECK(is_message);
  ACQ_CHECK(shape_bytes(theirs) == payload_bytes);
  const std::string ours = acq::testing::to_message(*header).SerializeAsString();
  ACQ_CHECK(ours == acq::testing::normalised(theirs).SerializeAsString());
  ACQ_CHECK(ours == acq::testing::to_message(used).SerializeAsString());
  return 0;
}
