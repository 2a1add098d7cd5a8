// The journal's messages: our own types to bytes and back.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/base/stream_info.h"
#include "dsp/base/time.h"

namespace acq::journal {

inline constexpr std::string_view kProfile = "acqd";
inline constexpr std::string_view kFormatVersion = "1";
// Keys of a channel's metadata.
inline constexpr std::string_view kDescriptionKey = "description";
inline constexpr std::string_view kPacketSchema = "acq.v1.Packet";
inline constexpr std::string_view kFrameSchema = "acq.v1.RecordedFrame";
inline constexpr std::string_view kEventSchema = "acq.v1.Event";
inline constexpr std::string_view kAnchorSchema = "acq.v1.Anchor";
inline constexpr std::string_view kAccountSchema = "acq.v1.Account";

// Samples lost, by reason.
struct Loss {
  std::array<std::uint64_t, kGapReasonCount> samples{};
  std::uint32_t reasons = kGapNone;
  bool is_exact = true;

  // A gap of several reasons counts under the first of them.
  void add(const Gap& gap) noexcept;
  void merge(const Loss& other) noexcept;
  [[nodiscard]] std::uint64_t total() const noexcept;
  [[nodiscard]] Gap gap() const noexcept { return {total(), reasons, is_exact}; }
  bool operator==(const Loss&) const = default;
};

// A packet but for its samples.
struct PacketHead {
  std::uint32_t epoch = 0;
  std::uint64_t first_index = 0;
  std::uint32_t count = 0;
  std::uint32_t flags = kFlagNone;
  Stamp stamp;
  Loss lost_before;
  std::uint64_t overrange_low = 0;
  std::uint64_t overrange_high = 0;
};

// How the samples of a packet lie in its message.
enum class Arrangement : std::uint8_t { kAsMade, kDifferencePlanes };

struct Event {
  std::int64_t utc_ns = 0;
  std::string source;
  std::string what;
  std::string sentence;
  std::uint64_t config_revision = 0;
  bool is_replayed = false;  // of a recording that was played: time and source are as recorded
};

// The same moment on three clocks.
struct Anchor {
  std::int64_t monotonic_ns = 0;
  std::int64_t utc_ns = 0;
  std::int64_t tai_ns = 0;  // 0: unknown
  std::uint64_t within_ns = 0;
};

struct StreamAccount {
  std::string stream;
  std::uint64_t recorded = 0;
  Loss lost;
};

// What a stream is, as text for people and programs: acq.v1.StreamDescriptor as JSON.
std::string describe(std::string_view instrument, const StreamInfo& info,
                     std::string_view software);
Result<std::shared_ptr<const StreamInfo>> stream_of(std::string_view description);
// The channels of a stream or topic; none where the description cannot be read.
std::vector<Channel> channels_of(std::string_view description);
// The description from the encoded descriptor of a topic.
Result<std::string> describe_topic(std::string_view encoded_descriptor);

// The FileDescriptorSet of a message by its full name.
std::string schema_of(std::string_view message);

// Encodes into `out`, which is used again. Of packets and frames the part in front of their bulk.
void encode(const PacketHead& head, Arrangement arrangement, std::size_t sample_bytes,
            std::string& out);
void encode_frame(std::span<const std::byte> header, std::size_t payload_bytes, std::string& out);
void encode(const Event& event, std::string& out);
void encode(const Anchor& anchor, std::string& out);
void encode(std::span<const StreamAccount> accounts, std::string& out);

// Read untrusted bytes; kInvalid says what is wrong.
struct DecodedPacket {
  PacketHead head;
  Arrangement arrangement = Arrangement::kAsMade;
  std::span<const std::byte> samples;  // arranged so
};
struct DecodedFrame {
  std::span<const std::byte> header;  // acq.v1.FrameHeader
  std::span<const std::byte> payload;
};
Result<DecodedPacket> decode_packet(std::span<const std::byte> raw);
Result<DecodedFrame> decode_frame(std::span<const std::byte> raw);
Result<Event> decode_event(std::span<const std::byte> raw);
Result<Anchor> decode_anchor(std::span<const std::byte> raw);
Result<std::vector<StreamAccount>> decode_account(std::span<const std::byte> raw);

}  // namespace acq::journal
