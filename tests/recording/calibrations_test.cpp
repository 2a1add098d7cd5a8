// What verify says of calibrations. The recordings are made on 2023-11-14, the day of FakeClock.
#include <gtest/gtest.h>

#include "acq/v1/frame.pb.h"
#include "proto/channel.h"
#include "recording/verify.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

using Notes = std::vector<std::string>;

Channel channel(const std::string& id, const Calibration& calibration) {
  return {.id = id, .unit = "V", .calibration = calibration};
}

class CalibrationsTest : public testing::Test {
 protected:
  // Two frames of d/daq/volts, a day between them where asked, in segments of their own.
  Notes notes_of(const std::vector<Channel>& channels, std::uint32_t flags = kFlagCalibrated,
                 int days = 0) {
    v1::StreamDescriptor descriptor;
    descriptor.set_topic("d/daq/volts");
    for (const Channel& each : channels) put(each, *descriptor.add_channels());
    JournalOptions options = sample_options(folder_.path());
    options.segment_ns = 1;
    JournalWriter writer(system_disk(), clock_, options);
    EXPECT_TRUE(writer.open());
    for (std::uint64_t number = 0; number < 2; ++number) {
      v1::FrameHeader header;
      header.set_version(1000);
      header.set_stream_id(std::string(16, 's'));
      header.set_sequence(number);
      header.set_kind(v1::SCALARS);
      header.set_flags(flags);
      header.mutable_tick_s()->set_num(1);
      header.mutable_tick_s()->set_den(1000);
      const std::string bytes = header.SerializeAsString();
      writer.add_frame("d/daq/volts", 1, descriptor.SerializeAsString(),
                       std::as_bytes(std::span(bytes)), {}, clock_.now_ns());
      clock_.advance(std::int64_t{days} * 86'400'000'000'000 + 1'000'000'000);
      EXPECT_TRUE(writer.flush());
    }
    EXPECT_TRUE(writer.close());
    return verified();
  }
  Notes verified() {
    const auto journal = Journal::open(folder_ / "run");
    EXPECT_TRUE(journal);
    const auto found = verify(*journal);
    EXPECT_TRUE(found && found->problems.empty()) << found->sentence();
    return found->notes;
  }

  TemporaryFolder folder_;
  FakeClock clock_;
};

TEST_F(CalibrationsTest, ThatHeldOnEveryDayAreNotSpokenOf) {
  EXPECT_EQ(notes_of({channel("a", {"K-17", "2023-11-14", "2023-11-15", 1}),
                      channel("b", {"K-18", "", "", 1})},
                     kFlagCalibrated, 1),
            Notes{});
}

TEST_F(CalibrationsTest, PastTheirDayAreNamedWithChannelsAndDays) {
  const Calibration past{"K-17", "2022-11-14", "2023-11-13", 1};
  EXPECT_EQ(notes_of({channel("a", past), channel("b", {"K-18", "", "", 1}), channel("c", past)}),
            Notes{"d/daq/volts, a, c: K-17 was due on 2023-11-13, and was used on 2023-11-14"});
}

TEST_F(CalibrationsTest, ThatBecameDueWhileItRanAreNamedOnceThoughEachSegmentDescribesThem) {
  EXPECT_EQ(notes_of({channel("a", {"K-17", "", "2023-11-14", 1})}, kFlagCalibrated, 1),
            Notes{"d/daq/volts, a: K-17 was due on 2023-11-14, and was used on 2023-11-15"});
}

TEST_F(CalibrationsTest, DatedAfterTheRecordingAreNamed) {
  EXPECT_EQ(notes_of({channel("a", {"", "2023-12-01", "", 1})}, kFlagNone),
            Notes{"d/daq/volts, a: its calibration is dated 2023-12-01, and was used before, on "
                  "2023-11-14"});
}

TEST_F(CalibrationsTest, WithoutACertificateAreNamedWhereTheTopicIsCalledCalibrated) {
  EXPECT_EQ(notes_of({channel("a", {}), channel("b", {"", "", "", 5})}),
            (Notes{"d/daq/volts, a: called calibrated, and carries no calibration",
                   "d/daq/volts, b: called calibrated, without a certificate"}));
}

TEST_F(CalibrationsTest, AreNotAskedForWhereNothingIsCalledCalibrated) {
  EXPECT_EQ(notes_of({channel("a", {})}, kFlagNone), Notes{});
}

TEST_F(CalibrationsTest, OfAStreamComeBackWithItsDescriptionAndAreCheckedToo) {
  JournalWriter writer(system_disk(), clock_, sample_options(folder_.path()));
  ASSERT_TRUE(writer.open());
  SampleFeed feed(writer, clock_);
  auto info = std::make_shared<StreamInfo>(*feed.info);
  info->channels[0].calibration = {"K-17", "2022-11-14", "2023-11-13", 0xfedcba9876543210};
  feed.info = info;
  feed.packet(10);
  ASSERT_TRUE(writer.close());
  EXPECT_EQ(verified(),
            Notes{"daq/analog, a: K-17 was due on 2023-11-13, and was used on 2023-11-14"});
  EXPECT_EQ(*Journal::open(folder_ / "run")->streams()[0].infos.at(0), *info);
}

}  // namespace
}  // namespace acq
