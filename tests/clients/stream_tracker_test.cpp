// Losses told by StreamTracker against losses made: by hand, then for random streams.
#include "clients/cpp/stream_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace acq::client {
namespace {

constexpr std::uint64_t kCount = 100;

FrameHeader frame(std::uint64_t sequence, std::uint64_t first_index) {
  FrameHeader header;
  header.kind = Kind::kWaveform;
  header.run_id = 7;
  header.epoch = 1;
  header.config_revision = 1;
  header.sequence = sequence;
  header.first_index = first_index;
  header.count = kCount;
  return header;
}

TEST(StreamTracker, TellsNoLossOfAStreamThatJoins) {
  StreamTracker tracker;
  for (std::uint64_t i = 5; i < 50; ++i) tracker.track(frame(i, 1000 + i * kCount));
  EXPECT_EQ(tracker.losses(), (Losses{.frames = 45, .samples = 4500}));
}

TEST(StreamTracker, CountsAJumpOfTheSequenceAsLossInTransport) {
  StreamTracker tracker;
  tracker.track(frame(0, 0));
  const Arrival arrival = tracker.track(frame(4, 400));
  EXPECT_EQ(arrival.kind, Arrival::Kind::kNext);
  EXPECT_EQ(arrival.transport_frames, 3U);
  EXPECT_EQ(arrival.transport_samples, 300U);
  EXPECT_EQ(tracker.losses().transport_frames, 3U);
  EXPECT_EQ(tracker.losses().transport_samples, 300U);
  EXPECT_TRUE(tracker.losses().transport_samples_exact);
  EXPECT_EQ(tracker.losses().upstream, Gap{});
}

TEST(StreamTracker, CountsAnAnnouncedGapAsLossUpstreamWithItsReason) {
  StreamTracker tracker;
  tracker.track(frame(0, 0));
  FrameHeader after = frame(1, 1100);
  after.gap_before = {.samples = 1000, .reasons = kGapUsb, .is_exact = false};
  tracker.track(after);
  EXPECT_EQ(tracker.losses().upstream, after.gap_before);
  EXPECT_EQ(tracker.losses().transport_frames, 0U);
  EXPECT_EQ(tracker.losses().unannounced_samples, 0U);
}

TEST(StreamTracker, TakesANewRecordForNoLoss) {
  StreamTracker tracker;
  tracker.track(frame(0, 0));
  FrameHeader next = frame(1, kCount);
  next.gap_before = {.reasons = kGapNewRecord};
  EXPECT_TRUE(tracker.track(next).upstream.breaks());
  EXPECT_EQ(tracker.losses(), (Losses{.frames = 2, .samples = 2 * kCount}));
  FrameHeader late = frame(2, 2 * kCount + 5);
  late.gap_before = {.samples = 5, .reasons = kGapDevice | kGapNewRecord};
  tracker.track(late);
  EXPECT_EQ(tracker.losses().upstream, (Gap{5, kGapDevice, true}));
}

TEST(StreamTracker, SeparatesTransportFromUpstreamWhenBothHitTheSameFrame) {
  StreamTracker tracker;
  tracker.track(frame(0, 0));
  FrameHeader after = frame(3, 100 + 2 * kCount + 50);
  after.gap_before = {.samples = 50, .reasons = kGapRingFull};
  tracker.track(after);
  EXPECT_EQ(tracker.losses().transport_samples, 200U);
  EXPECT_EQ(tracker.losses().upstream.samples, 50U);
}

TEST(StreamTracker, DoesNotCountTheGapBeforeTheFirstFrame) {
  StreamTracker tracker;
  FrameHeader first = frame(900, 123456);
  first.gap_before.samples = 77;
  EXPECT_EQ(tracker.track(first).kind, Arrival::Kind::kFirst);
  EXPECT_EQ(tracker.losses().upstream.samples, 0U);
}

TEST(StreamTracker, TakesAnotherRunForARestartAndNotForALoss) {
  StreamTracker tracker;
  tracker.track(frame(4000, 400000));
  FrameHeader again = frame(0, 0);
  again.run_id = 8;
  EXPECT_EQ(tracker.track(again).kind, Arrival::Kind::kRestart);
  again = frame(9000, 900000);  // connected late to the third run
  again.run_id = 9;
  EXPECT_EQ(tracker.track(again).kind, Arrival::Kind::kRestart);
  EXPECT_EQ(tracker.losses(), (Losses{.frames = 3, .samples = 300, .restarts = 2}));
}

TEST(StreamTracker, TakesASequenceThatStartsAnewWithANewerRevisionForARestart) {
  StreamTracker tracker;
  tracker.track(frame(4000, 400000));
  FrameHeader again = frame(0, 0);
  again.config_revision = 2;
  EXPECT_EQ(tracker.track(again).kind, Arrival::Kind::kRestart);
  again = frame(1, 100);
  again.config_revision = 2;
  EXPECT_EQ(tracker.track(again).kind, Arrival::Kind::kNext);
  EXPECT_EQ(tracker.losses().transport_frames, 0U);
  EXPECT_EQ(tracker.losses().duplicates, 0U);
}

TEST(StreamTracker, DoesNotJoinIndicesAcrossEpochs) {
  StreamTracker tracker;
  tracker.track(frame(0, 5000));
  FrameHeader next = frame(1, 0);
  next.epoch = 2;
  next.gap_before = {.samples = 640, .reasons = kGapReconnect};
  EXPECT_EQ(tracker.track(next).kind, Arrival::Kind::kNewEpoch);
  EXPECT_EQ(tracker.losses().epochs, 1U);
  EXPECT_EQ(tracker.losses().index_faults, 0U);
  EXPECT_EQ(tracker.losses().upstream.samples, 640U);
}

TEST(StreamTracker, SaysThatSamplesLostAcrossEpochsAreNotExact) {
  StreamTracker tracker;
  tracker.track(frame(0, 5000));
  FrameHeader next = frame(6, 200);
  next.epoch = 2;
  tracker.track(next);
  EXPECT_EQ(tracker.losses().transport_frames, 5U);
  EXPECT_FALSE(tracker.losses().transport_samples_exact);
}

TEST(StreamTracker, TakesBackALossWhenTheFrameComesLate) {
  StreamTracker tracker;
  for (const std::uint64_t i : {0, 1, 5, 3, 2, 4}) tracker.track(frame(i, i * kCount));
  EXPECT_EQ(tracker.losses(), (Losses{.frames = 6, .samples = 600, .late = 3}));
}

TEST(StreamTracker, IgnoresWhatComesTwice) {
  StreamTracker tracker;
  for (const std::uint64_t i : {0, 1, 1, 0, 2}) tracker.track(frame(i, i * kCount));
  EXPECT_EQ(tracker.losses(), (Losses{.frames = 3, .samples = 300, .duplicates = 2}));
}

TEST(StreamTracker, CountsAnIndexJumpThatNobodyAnnounced) {
  StreamTracker tracker;
  tracker.track(frame(0, 0));
  tracker.track(frame(1, 100 + 12345));
  EXPECT_EQ(tracker.losses().unannounced_samples, 12345U);
}

TEST(StreamTracker, CountsAnIndexThatRunsBackwardsAsAFault) {
  StreamTracker tracker;
  tracker.track(frame(0, 1000));
  tracker.track(frame(1, 900));
  EXPECT_EQ(tracker.losses().index_faults, 1U);
  EXPECT_EQ(tracker.losses().unannounced_samples, 0U);
}

TEST(StreamTracker, CountsOnlyFramesAndGapsOfRecordsThatDoNotJoin) {
  StreamTracker tracker;
  FrameHeader record = frame(0, 10);
  record.kind = Kind::kRecord;
  tracker.track(record);
  record.sequence = 3;
  record.first_index = 40000;
  record.gap_before = {.samples = 9, .reasons = kGapDevice};
  tracker.track(record);
  EXPECT_EQ(tracker.losses().transport_frames, 2U);
  EXPECT_EQ(tracker.losses().transport_samples, 0U);
  EXPECT_EQ(tracker.losses().upstream.samples, 9U);
  EXPECT_EQ(tracker.losses().unannounced_samples, 0U);
}

TEST(StreamTracker, SurvivesNumbersAtTheEndOfTheirRange) {
  StreamTracker tracker;
  const std::uint64_t top = ~std::uint64_t{0};
  FrameHeader extreme = frame(top - 1, top - 1);
  tracker.track(frame(0, 0));
  tracker.track(extreme);
  EXPECT_EQ(tracker.losses().transport_frames, top - 2);
  tracker.track(frame(1, 0));  // late, from the largest hole there can be
  EXPECT_EQ(tracker.losses().late, 1U);
  extreme.sequence = top;
  extreme.gap_before.samples = top;
  tracker.track(extreme);
  EXPECT_EQ(tracker.losses().index_faults, 1U);
}

TEST(StreamTracker, ForgetsEverythingOnReset) {
  StreamTracker tracker;
  tracker.track(frame(0, 0));
  tracker.track(frame(9, 900));
  tracker.reset();
  EXPECT_EQ(tracker.losses(), Losses{});
  EXPECT_EQ(tracker.track(frame(0, 0)).kind, Arrival::Kind::kFirst);
}

// A stream with gaps, of which frames are removed, doubled and shuffled within 20 places.
struct Damaged {
  std::vector<FrameHeader> frames;
  Losses truth;
};

Damaged damage(std::mt19937_64& random) {
  const auto pick = [&](std::uint64_t below) { return random() % below; };
  std::vector<FrameHeader> sent;
  std::uint64_t index = pick(1000);
  for (std::uint64_t i = 0; i < 200; ++i) {
    FrameHeader header = frame(i, index);
    header.count = 1 + pick(50);
    if (pick(4) == 0) header.gap_before = {.samples = 1 + pick(30), .reasons = kGapDevice};
    header.first_index += header.gap_before.samples;
    index = header.first_index + header.count;
    sent.push_back(header);
  }
  Damaged result;
  for (const FrameHeader& header : sent) {
    if (pick(5) == 0) continue;
    result.frames.push_back(header);
    if (pick(10) == 0) result.frames.push_back(header);
  }
  for (std::size_t i = 0; i + 1 < result.frames.size(); ++i) {
    if (pick(8) != 0) continue;
    std::swap(result.frames[i], result.frames[std::min(i + pick(20), result.frames.size() - 1)]);
  }

  // The truth, by set arithmetic: what lies between the first received and the newest.
  std::vector<bool> received(sent.size());
  for (const FrameHeader& header : result.frames) received[header.sequence] = true;
  const std::uint64_t base = result.frames.front().sequence;
  std::uint64_t newest = base;
  for (const FrameHeader& header : result.frames) newest = std::max(newest, header.sequence);
  for (std::uint64_t i = base; i <= newest; ++i) {
    const FrameHeader& header = sent[i];
    if (received[i]) {
      ++result.truth.frames;
      result.truth.samples += header.count;
      if (i != base) result.truth.upstream.add(header.gap_before);
    } else {
      ++result.truth.transport_frames;
      result.truth.transport_samples += header.count + header.gap_before.samples;
    }
  }
  return result;
}

TEST(StreamTracker, ReportsExactlyTheLossRemovedFromRandomStreams) {
  const std::uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    const Damaged stream = damage(random);
    StreamTracker tracker;
    for (const FrameHeader& header : stream.frames) tracker.track(header);
    Losses told = tracker.losses();
    EXPECT_EQ(told.frames + told.duplicates, stream.frames.size());
    told.late = 0;
    told.duplicates = 0;
    ASSERT_EQ(told, stream.truth) << "round " << round;
  }
}

}  // namespace
}  // namespace acq::client
