// The only code that turns frame headers into bytes and bytes into checked headers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dsp/base/frame.h"
#include "dsp/base/result.h"
#include "proto/crc32c.h"

namespace acq {

inline constexpr std::uint32_t kWireVersion = 1000;  // major * 1000 + minor

// One named result as a client sees it.
struct NamedResult {
  std::uint32_t channel = 0;
  std::string name;
  std::string unit;
  double value = 0;
  double uncertainty = kUnknown;
  bool is_valid = true;
  std::string reason;
};

// A checked frame header: sizes agree with each other and with the payload, enums are known,
// numbers are finite where they must be.
struct FrameHeader {
  std::uint32_t version = kWireVersion;
  std::array<std::uint8_t, 16> stream_id{};
  std::uint64_t descriptor_id = 0;
  std::uint64_t run_id = 0;  // of the daemon's run; 0: unknown
  std::uint64_t config_revision = 0;
  Kind kind = Kind::kUnspecified;
  Dtype dtype = Dtype::kUnspecified;
  Layout layout = Layout::kInterleaved;
  std::vector<Axis> axes;
  Rational group_delay{0, 1};
  std::uint32_t epoch = 0;
  std::uint64_t sequence = 0;
  std::uint64_t first_index = 0;
  std::uint64_t count = 0;
  Gap gap_before;
  std::uint32_t flags = kFlagNone;
  Stamp stamp;
  std::vector<std::uint64_t> shape;  // of the payload; empty: no payload
  std::uint64_t overrange_low = 0;
  std::uint64_t overrange_high = 0;
  std::vector<TriggerMark> triggers;
  std::vector<NamedResult> results;
  std::uint32_t crc32c = 0;  // of the payload; 0: not computed
  double axis_start = 0;
  bool has_axis_start = false;
};

// Whether the payload is packed bits. The header of a message has the layout of the topic it is on.
inline bool holds_bits(const FrameHeader& header) noexcept {
  return header.layout == Layout::kPacked &&
         (header.kind == Kind::kLogic || header.kind == Kind::kRecord);
}

// Encodes the part of a header that is the same for every frame of the topic
// (TopicInfo::header_constant).
std::string encode_constant(const TopicInfo& topic);

// Writes a whole header (the constant part copied, the changing part encoded) and returns its size.
// `out` needs header_bound() bytes. `crc32c` is of the payload; 0: not computed.
// The payload is (channels, count), (count, channels) or, packed, (count) values of the topic's dtype
// by its layout, or any bytes for kEvent, kDescription and kStatus. Publisher thread; no allocation.
std::size_t encode_header(const Frame& frame, std::uint64_t sequence, std::uint32_t crc32c,
                          std::span<std::byte> out) noexcept;
// The same for a payload that is a message (kind kEvent, kDescription or kStatus) on any topic: a
// description goes to late subscribers on the topic it describes, with the sequence number of the
// frame to come.
std::size_t encode_message_header(const TopicInfo& topic, Kind kind, std::uint64_t sequence,
                                  std::size_t payload_bytes, std::uint32_t crc32c,
                                  std::span<std::byte> out) noexcept;
// An upper bound of the size of any header of this topic.
std::size_t header_bound(const TopicInfo& topic) noexcept;

// Reads an untrusted header. kInvalid names the field at fault; kOverflow: larger than limits.h
// allows; kUnsupported: another major version, or a kind this version does not know. Unknown fields
// are ignored, unknown gap reasons become kGapUnknown. Any thread.
Result<FrameHeader> decode_header(std::span<const std::byte> raw_header, std::size_t payload_bytes);
// The same into a header that is used again, without allocation once its vectors have grown.
Result<void> decode_header(std::span<const std::byte> raw_header, std::size_t payload_bytes,
                           FrameHeader& header);

}  // namespace acq
