#include "recording/sample_planes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <random>

#include "acq/v1/recording.pb.h"
#include "recording/journal_cursor.h"
#include "recording/mcap/scan.h"
#include "recording/rewrite.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq::journal {
namespace {

using Bytes = std::vector<std::byte>;

Bytes random_bytes(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  Bytes bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// As docs/recording-format.md says it, number by number.
Bytes arranged_plainly(const Bytes& samples, SampleShape shape) {
  const std::size_t size = shape.number_bytes;
  const std::size_t count = samples.size() / size;
  const std::uint64_t all = size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
  const auto number = [&](std::size_t i) {
    std::uint64_t value = 0;
    std::memcpy(&value, samples.data() + i * size, size);
    return value;
  };
  Bytes out(samples.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t before = i < shape.step ? 0 : number(i - shape.step);
    const std::uint64_t difference = (number(i) - before) & all;
    const bool is_negative = (difference >> (8 * size - 1)) != 0;
    const std::uint64_t folded = is_negative ? 2 * (~difference & all) + 1 : 2 * difference;
    for (std::size_t b = 0; b < size; ++b)
      out[b * count + i] = static_cast<std::byte>(folded >> (8 * b));
  }
  return out;
}

Bytes restored(const Bytes& arranged, SampleShape shape) {
  Bytes out(arranged.size());
  restore(arranged, shape, out);
  return out;
}

Bytes arranged_of(const Bytes& samples, SampleShape shape) {
  Bytes out(samples.size());
  arrange(samples, shape, out);
  return out;
}

TEST(SamplePlanes, AreDifferencesWithTheirSignFoldedInLowBytesFirst) {
  const std::array<std::int16_t, 4> numbers = {0x1234, 100, 0x1233, 400};  // two channels
  Bytes samples(sizeof numbers);
  std::memcpy(samples.data(), numbers.data(), sizeof numbers);
  const Bytes expected = {std::byte{0x68}, std::byte{200}, std::byte{1}, std::byte{0x58},
                          std::byte{0x24}, std::byte{0},   std::byte{0}, std::byte{0x02}};
  EXPECT_EQ(arranged_of(samples, {2, 2}), expected);
}

TEST(SamplePlanes, AreThoseOfThePlainLoopForEverySizeLengthAndNumberOfChannels) {
  std::uint32_t seed = 1;
  for (const std::size_t size : {1, 2, 4, 8}) {
    for (const std::size_t step : {1, 2, 3, 4, 7, 16, 64, 1500}) {
      for (const std::size_t count : {0, 1, 2, 3, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025, 4099}) {
        const SampleShape shape{size, step};
        const Bytes samples = random_bytes(count * size, seed++);
        const Bytes arranged = arranged_of(samples, shape);
        ASSERT_EQ(arranged, arranged_plainly(samples, shape))
            << size << ' ' << step << ' ' << count;
        ASSERT_EQ(restored(arranged, shape), samples) << size << ' ' << step << ' ' << count;
      }
    }
  }
}

RC_GTEST_PROP(SamplePlanesProperty, AnyPacketComesBackBitForBit, ()) {
  const SampleShape shape{std::size_t{1} << *rc::gen::inRange(0, 4),
                          *rc::gen::inRange<std::size_t>(1, 40)};
  const auto count = *rc::gen::inRange<std::size_t>(0, 3000);
  const auto raw = *rc::gen::container<std::vector<std::uint8_t>>(
      count * shape.number_bytes, rc::gen::arbitrary<std::uint8_t>());
  Bytes samples(raw.size());
  if (!raw.empty()) std::memcpy(samples.data(), raw.data(), raw.size());
  const Bytes arranged = arranged_of(samples, shape);
  RC_ASSERT(arranged == arranged_plainly(samples, shape));
  RC_ASSERT(restored(arranged, shape) == samples);
}

StreamInfo stream_of(Dtype dtype, Layout layout, std::size_t channels) {
  StreamInfo info;
  info.name = "wave";
  info.dtype = dtype;
  info.layout = layout;
  info.kind = layout == Layout::kPacked ? Kind::kLogic : Kind::kWaveform;
  info.rate_hz = {1000, 1};
  for (std::size_t i = 0; i < channels; ++i) info.channels.push_back({.id = std::to_string(i)});
  return info;
}

// Packets of random bits, of many lengths; their samples one behind the other.
Bytes record(const std::string& folder, const StreamInfo& info, mcap::Compression compression) {
  JournalOptions options = sample_options(folder);
  options.compression = compression;
  options.chunk_bytes = 20'000;
  FakeClock clock;
  JournalWriter writer(system_disk(), clock, options);
  EXPECT_TRUE(writer.open());
  const auto shared = std::make_shared<const StreamInfo>(info);
  const std::size_t number = writer.add_stream("daq", "wave");
  Bytes all;
  PacketHead head;
  head.epoch = 1;
  for (const std::uint32_t count : {1, 500, 3, 1024, 77, 1, 2000}) {
    head.count = count;
    const Bytes samples = random_bytes(count * info.scan_bytes(), count);
    writer.add_packet(number, shared, head, samples);
    all.insert(all.end(), samples.begin(), samples.end());
    head.first_index += count;
    EXPECT_TRUE(!writer.wants_flush() || writer.flush());
  }
  EXPECT_TRUE(writer.close());
  return all;
}

struct Read {
  Bytes samples;
  bool is_arranged = false;  // every packet, in the file
  bool is_as_made = false;
};

Read read(const std::string& path) {
  const auto journal = Journal::open(path);
  EXPECT_TRUE(journal) << to_string(journal.error());
  Read read{.is_arranged = true, .is_as_made = true};
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  for (auto item = cursor.next(); *item != nullptr; item = cursor.next()) {
    const JournalItem& packet = **item;
    read.samples.insert(read.samples.end(), packet.samples.begin(), packet.samples.end());
    (packet.arrangement == Arrangement::kAsMade ? read.is_arranged : read.is_as_made) = false;
  }
  EXPECT_TRUE(cursor.damages().empty());
  return read;
}

TEST(SamplePlanes, EveryStreamReadsBackBitForBitInEveryCompression) {
  for (const Dtype dtype : {Dtype::kI8, Dtype::kU8, Dtype::kI16, Dtype::kU16, Dtype::kI32,
                            Dtype::kF32, Dtype::kF64, Dtype::kC64}) {
    for (const Layout layout : {Layout::kInterleaved, Layout::kPlanar, Layout::kPacked}) {
      if (layout == Layout::kPacked && dtype != Dtype::kU8 && dtype != Dtype::kU16) continue;
      for (const std::size_t channels : {1, 2, 5}) {
        for (const auto compression :
             {mcap::Compression::kNone, mcap::Compression::kLz4, mcap::Compression::kZstd}) {
          const TemporaryFolder folder;
          const Bytes samples =
              record(folder.path(), stream_of(dtype, layout, channels), compression);
          const Read back = read(folder / "run");
          EXPECT_EQ(back.samples, samples);
          const bool is_plain =
              compression == mcap::Compression::kNone || layout == Layout::kPacked;
          EXPECT_TRUE(is_plain ? back.is_as_made : back.is_arranged);
        }
      }
    }
  }
}

TEST(SamplePlanes, FollowTheCompressionWhenARecordingIsRewritten) {
  const StreamInfo info = stream_of(Dtype::kI16, Layout::kInterleaved, 2);
  for (const auto from : {mcap::Compression::kNone, mcap::Compression::kZstd}) {
    for (const auto to :
         {mcap::Compression::kNone, mcap::Compression::kLz4, mcap::Compression::kZstd}) {
      const TemporaryFolder folder;
      const Bytes samples = record(folder.path(), info, from);
      const auto journal = Journal::open(folder / "run");
      ASSERT_TRUE(cut(system_disk(), *journal, JournalFilter::everything(*journal),
                      folder / "copy.mcap", to));
      const Read copy = read(folder / "copy.mcap");
      EXPECT_EQ(copy.samples, samples);
      EXPECT_TRUE(to == mcap::Compression::kNone ? copy.is_as_made : copy.is_arranged);
    }
  }
}

TEST(SamplePlanes, AnArrangementThatNobodyKnowsIsRefusedByItsNumber) {
  v1::Packet packet;
  packet.mutable_tick_s()->set_den(1);
  packet.set_arrangement(static_cast<v1::Packet::Arrangement>(7));
  packet.set_arranged("1234");
  const std::string raw = packet.SerializeAsString();
  const auto decoded = decode_packet(std::as_bytes(std::span(raw)));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, Code::kUnsupported);
  EXPECT_EQ(decoded.error().sentence,
            "a packet's samples are arranged in way 7, which this version does not know");
}

TEST(SamplePlanes, SamplesInTheFieldOfTheOtherArrangementAreRefused) {
  for (const bool is_arranged : {false, true}) {
    v1::Packet packet;
    packet.mutable_tick_s()->set_den(1);
    packet.set_arrangement(is_arranged ? v1::Packet::DIFFERENCE_PLANES : v1::Packet::AS_MADE);
    (is_arranged ? packet.mutable_samples() : packet.mutable_arranged())->assign("1234");
    const std::string raw = packet.SerializeAsString();
    EXPECT_FALSE(decode_packet(std::as_bytes(std::span(raw)))) << is_arranged;
  }
}

}  // namespace
}  // namespace acq::journal
