#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <vector>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/sound_card.h"

namespace acq {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

std::string text(std::string_view s) {
  return std::string(s);
}

class AlsaTest : public testing::Test {
 protected:
  Result<InstrumentInfo> open(const Table& table) {
    driver = find_driver("alsa")->make(system_clock());
    const auto checked = Params::check(find_driver("alsa")->params, table, "");
    EXPECT_TRUE(checked) << to_string(checked.error());
    params = *checked;
    return driver->open(params);
  }
  Result<ReadOutcome> read(std::int64_t wait_ns = 3'000 * kMillisecond) {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + wait_ns, {});
  }
  // Frames of one value of the packet, as the emulated card makes them; appended to `frames`.
  template <typename Sample>
  void take(std::vector<Sample>& frames) const {
    const std::size_t size = packet->size_bytes();
    frames.resize(frames.size() + size / sizeof(Sample));
    std::memcpy(frames.data() + frames.size() - size / sizeof(Sample), packet->samples, size);
  }

  test::SoundCard card;
  PacketPool pool{1, 16384};
  Packet* packet = pool.take();
  Params params;
  std::unique_ptr<Driver> driver;
};
using Alsa = AlsaTest;

// What arecord, ALSA's own program, writes from the same device.
std::vector<char> recorded(const std::string& format, const std::string& device, int frames) {
  const std::string command = "timeout -k 1 20 arecord -q -D " + device + " -f " + format +
                              " -r 48000 -c 2 -s " + std::to_string(frames) + " -t raw";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::vector<char> out;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
    out.insert(out.end(), buffer, buffer + got);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return out;
}

TEST_F(Alsa, ReadsTheSameBytesAsArecordInEveryFormat) {
  constexpr int kFrames = 20'000;
  std::mt19937 random(1);
  std::vector<char> bytes(8 * kFrames);
  for (char& byte : bytes) byte = static_cast<char>(random());
  std::ofstream(card.recording(), std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const struct {
    const char* ours;
    const char* theirs;
    std::size_t bytes;
  } kFormats[] = {
      {"u8", "U8", 1}, {"s16", "S16_LE", 2}, {"s32", "S32_LE", 4}, {"f32", "FLOAT_LE", 4}};
  for (const auto& format : kFormats) {
    SCOPED_TRACE(format.ours);
    const auto info = open({{"device", text("recording")}, {"format", text(format.ours)}});
    ASSERT_TRUE(info) << to_string(info.error());
    ASSERT_TRUE(driver->start());
    std::vector<char> got;
    const std::size_t wanted = 2 * format.bytes * kFrames;
    while (got.size() < wanted) {
      ASSERT_EQ(read(), ReadOutcome::kPacket);
      take(got);
    }
    driver->close();
    got.resize(wanted);
    EXPECT_EQ(got, recorded(format.theirs, "recording", kFrames));
    EXPECT_TRUE(std::equal(got.begin(), got.end(), bytes.begin()));
  }
}

TEST_F(Alsa, ExtendsTheSignOf24Bits) {
  const std::uint32_t raw[] = {0x007fffff, 0xff800000, 0x55000001, 0x12ffffff};
  std::ofstream(card.recording(), std::ios::binary)
      .write(reinterpret_cast<const char*>(raw), sizeof raw);
  ASSERT_TRUE(open({{"device", text("recording")}, {"format", text("s24")}, {"channels", 1.0}}));
  ASSERT_TRUE(driver->start());
  std::vector<std::int32_t> got;
  while (got.size() < 4) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    take(got);
  }
  got.resize(4);
  EXPECT_EQ(got, (std::vector<std::int32_t>{8388607, -8388608, 1, -1}));
}

TEST_F(Alsa, ExtendsTheSignOf24BitsThatComeInThreeBytes) {
  EXPECT_EQ(open({{"device", text("packed")}, {"format", text("s16")}}).error().allowed, "s24");
  ASSERT_TRUE(open({{"device", text("packed")}, {"format", text("s24")}, {"rate", 48'000.0}}));
  ASSERT_TRUE(driver->start());
  std::vector<std::int32_t> got;
  while (got.size() < 20'000) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    take(got);
  }
  // What the card makes: 700001 a frame, 1000 from channel to channel, 24 bits of it.
  bool has_negative = false;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const std::int64_t value = got[0] + 700'001 * static_cast<std::int64_t>(i / 2) +
                               1000 * static_cast<std::int64_t>(i % 2);
    const std::int64_t wrapped = ((value + 0x800000) & 0xffffff) - 0x800000;
    ASSERT_EQ(got[i], wrapped) << i;
    has_negative = has_negative || got[i] < 0;
  }
  EXPECT_TRUE(has_negative);
  driver->close();
  EXPECT_EQ(recorded("S24_3LE", "packed", 100).size(), 600U) << "arecord reads it too";
}

TEST_F(Alsa, SaysWhatTheCardMadeOfItsSettings) {
  ASSERT_TRUE(open({{"device", text("card")}, {"rate", 96'000.0}, {"channels", 3.0}}));
  EXPECT_EQ(driver->in_force(), (Table{{"rate", 96'000.0}, {"channels", 3.0}}));
  driver->close();
  EXPECT_EQ(driver->in_force(), Table{});
}

TEST_F(Alsa, DeliversEveryFrameOfARunningCardStampedByItsPosition) {
  const auto info = open({{"device", text("card")},
                          {"format", text("s32")},
                          {"rate", 96'000.0},
                          {"channels", 1.0},
                          {"full_scale", text("2 V")}});
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->streams[0]->channels[0].unit, "V");
  EXPECT_EQ(info->streams[0]->channels[0].scale, 2.0 / 2147483648.0);
  EXPECT_EQ(info->loss_report, LossReport::kInexact);
  ASSERT_TRUE(driver->start());
  std::vector<std::int32_t> frames;
  const std::int64_t start_ns = system_clock().now_ns();
  std::int64_t before_ns = 0;
  while (frames.size() < 48'000) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    EXPECT_EQ(packet->gap_before, Gap{});
    EXPECT_GE(packet->stamp.t0_ticks, before_ns);
    before_ns = packet->stamp.t0_ticks;
    // The first frame was made about when the card was started.
    if (frames.empty()) {
      EXPECT_NEAR(static_cast<double>(before_ns - start_ns), 0, 5e7);
    }
    take(frames);
  }
  for (std::size_t i = 1; i < frames.size(); ++i) ASSERT_EQ(frames[i] - frames[i - 1], 7) << i;
}

// To fill the packet takes the card five seconds.
TEST_F(Alsa, DoesNotWaitForALargePacketToBeFull) {
  PacketPool large{1, 1 << 20};
  packet = large.take();
  ASSERT_TRUE(open({{"device", text("card")}}));
  ASSERT_TRUE(driver->start());
  const std::int64_t before_ns = system_clock().now_ns();
  for (int packets = 0; packets < 5; ++packets) ASSERT_EQ(read(), ReadOutcome::kPacket);
  EXPECT_LT(system_clock().now_ns() - before_ns, 5'000 * kMillisecond);
  EXPECT_GT(packet->count, 100U);
}

TEST_F(Alsa, TellsAnOverrunAsALossWhoseLengthIsEstimated) {
  ASSERT_TRUE(open({{"device", text("card")}, {"format", text("s32")}, {"channels", 1.0}}));
  ASSERT_TRUE(driver->start());
  std::vector<std::int32_t> frames;
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  take(frames);
  const std::int32_t before = frames.back();
  system_clock().sleep_until(system_clock().now_ns() + 900 * kMillisecond, {});
  Result<ReadOutcome> outcome = read();
  while (outcome == ReadOutcome::kNothing) outcome = read();
  ASSERT_EQ(outcome, ReadOutcome::kPacket);
  take(frames);
  const Gap gap = packet->gap_before;
  EXPECT_FALSE(gap.is_exact);
  EXPECT_EQ(gap.reasons, kGapDevice);
  const std::int32_t after = frames[frames.size() - packet->count];
  const double lost = (after - before) / 7.0 - 1;  // the card counts its frames
  EXPECT_NEAR(static_cast<double>(gap.samples), lost, 0.1 * 48'000);
  EXPECT_GT(lost, 0.8 * 48'000);
}

TEST_F(Alsa, IsDisconnectedUntilTheCardIsBack) {
  ASSERT_TRUE(open({{"device", text("card")}}));
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  card.unplug();
  Result<ReadOutcome> outcome = read();
  while (outcome) outcome = read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  driver->close();
  EXPECT_EQ(driver->open(params).error().code, Code::kDisconnected);
  card.plug();
  ASSERT_TRUE(driver->open(params));
  ASSERT_TRUE(driver->start());
  EXPECT_EQ(read(), ReadOutcome::kPacket);
}

TEST_F(Alsa, SaysWhatTheDeviceHasInstead) {
  const auto refusal = [&](Table table) {
    table.insert({"device", text("card")});
    return open(table).error();
  };
  EXPECT_EQ(refusal({{"channels", 9.0}}).where, "channels");
  EXPECT_EQ(refusal({{"channels", 9.0}}).allowed, "1 to 8");
  EXPECT_EQ(refusal({{"rate", 5e5}}).where, "rate");
  EXPECT_EQ(refusal({{"rate", 5e5}}).allowed, "the nearest is 192000 Hz");
  EXPECT_EQ(open({{"device", text("absent")}}).error().code, Code::kDisconnected);
}

}  // namespace
}  // namespace acq
