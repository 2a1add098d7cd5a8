// Frames of two recordings against one another.
#include "recording/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "acq/v1/frame.pb.h"
#include "dsp/base/clock.h"
#include "tests/recording/sample_journal.h"
#include "tests/recording/temporary_folder.h"

namespace acq {
namespace {

constexpr std::uint32_t kCount = 50;

// What a test changes of frame `number`, and of the description.
struct Changes {
  std::function<void(std::uint32_t number, v1::FrameHeader& header, std::vector<float>& samples)>
      frame = [](std::uint32_t, v1::FrameHeader&, std::vector<float>&) {};
  std::string window = "hann";
  std::uint32_t frames = 40;
};

v1::FrameHeader header_of(std::uint32_t number) {
  v1::FrameHeader header;
  header.set_version(1000);
  header.set_stream_id(std::string(16, 's'));
  header.set_run_id(static_cast<std::uint64_t>(random()));
  header.set_descriptor_id(static_cast<std::uint64_t>(random()));
  header.set_sequence(number + static_cast<std::uint64_t>(random() % 100));
  header.set_host_rx_ns(random());
  header.set_kind(v1::WAVEFORM);
  header.set_dtype(v1::F32);
  header.set_layout(v1::PLANAR);
  header.set_first_index(number * kCount);
  header.set_count(kCount);
  header.add_shape(2);
  header.add_shape(kCount);
  header.mutable_tick_s()->set_num(1);
  header.mutable_tick_s()->set_den(1000);
  header.set_time_scale(v1::UTC);
  header.set_t0_ticks(number * kCount);
  header.set_t_sigma_ns(std::nan(""));
  return header;
}

Journal recording(const std::string& folder, const Changes& changes) {
  FakeClock clock;
  JournalWriter writer(system_disk(), clock, sample_options(folder));
  EXPECT_TRUE(writer.open());
  v1::StreamDescriptor descriptor;
  descriptor.set_topic("d/daq/smooth");
  descriptor.set_software("acqd " + std::to_string(random()));
  auto& parameters = *descriptor.add_pipeline()->mutable_parameters();
  for (const char* name : {"a", "b", "c", "d", "e"}) parameters[name] = "1";
  parameters["window"] = changes.window;
  for (std::uint32_t number = 0; number < changes.frames; ++number) {
    v1::FrameHeader header = header_of(number);
    std::vector<float> samples(2 * std::size_t{kCount});
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = std::sin(static_cast<float>(number * samples.size() + i));
    changes.frame(number, header, samples);
    const std::string bytes = header.SerializeAsString();
    writer.add_frame("d/daq/smooth", 1, descriptor.SerializeAsString(),
                     std::as_bytes(std::span(bytes)), std::as_bytes(std::span(samples)),
                     clock.now_ns());
    clock.advance(20'000'000);
    if (writer.wants_flush()) {
      EXPECT_TRUE(writer.flush());
    }
  }
  EXPECT_TRUE(writer.close());
  auto journal = Journal::open(folder + "/run");
  EXPECT_TRUE(journal);
  return std::move(journal).value();
}

std::string difference_between(const Changes& played, const Changes& expected) {
  const TemporaryFolder ours;
  const TemporaryFolder theirs;
  const auto found =
      compare_frames(recording(ours.path(), played), recording(theirs.path(), expected), {});
  EXPECT_TRUE(found);
  if (!found) return found.error().sentence;
  return found->difference.value_or(std::to_string(found->frames) + " are the same");
}

TEST(CompareFrames, WhatDiffersFromRunToRunIsNoDifference) {
  EXPECT_EQ(difference_between({}, {}), "40 are the same");
}

TEST(CompareFrames, TheLastBitOfANumberIsToldWithItsChannelAndSample) {
  const Changes changed{.frame = [](std::uint32_t number, v1::FrameHeader&, auto& samples) {
    if (number == 17) samples[kCount + 7] = std::nextafter(samples[kCount + 7], 2.0F);
  }};
  const std::string told = difference_between(changed, {});
  EXPECT_TRUE(
      told.starts_with("d/daq/smooth, frame 17 (from sample 850 on): channel 1, sample 7 is "))
      << told;
}

TEST(CompareFrames, EachFieldOfAHeaderCounts) {
  const std::vector<std::pair<const char*, std::function<void(v1::FrameHeader&)>>> fields = {
      {"epoch", [](v1::FrameHeader& h) { h.set_epoch(2); }},
      {"first_index", [](v1::FrameHeader& h) { h.set_first_index(h.first_index() + 1); }},
      {"gap_before", [](v1::FrameHeader& h) { h.set_gap_before(3); }},
      {"gap_reasons", [](v1::FrameHeader& h) { h.set_gap_reasons(v1::GAP_USB); }},
      {"t0_ticks", [](v1::FrameHeader& h) { h.set_t0_ticks(h.t0_ticks() + 1); }},
      {"t_sigma_ns", [](v1::FrameHeader& h) { h.set_t_sigma_ns(5); }},
      {"overrange_high", [](v1::FrameHeader& h) { h.set_overrange_high(1); }},
      {"triggers", [](v1::FrameHeader& h) { h.add_triggers()->set_position(2.5); }},
      {"flags", [](v1::FrameHeader& h) { h.set_flags(v1::FLAG_PARTIAL); }},
  };
  for (const auto& [name, change] : fields) {
    const Changes changed{.frame = [&](std::uint32_t number, v1::FrameHeader& header, auto&) {
      if (number == 3) change(header);
    }};
    const std::string told = difference_between(changed, {});
    EXPECT_NE(told.find("frame 3 "), std::string::npos) << told;
    EXPECT_NE(told.find(name), std::string::npos) << told;
  }
}

TEST(CompareFrames, AnotherParameterOfAPipelineIsTold) {
  const std::string told = difference_between({.window = "hamming"}, {});
  EXPECT_NE(told.find("its description: "), std::string::npos) << told;
  EXPECT_NE(told.find("hamming"), std::string::npos) << told;
}

TEST(CompareFrames, AFrameMoreOrLessIsTold) {
  EXPECT_NE(difference_between({.frames = 39}, {}).find("frame 39 (from sample 1950 on): is not"),
            std::string::npos);
  EXPECT_NE(difference_between({.frames = 41}, {}).find("frame 40 (from sample 2000 on): was not"),
            std::string::npos);
}

TEST(CompareFrames, WithoutFramesThereIsNothingToCompare) {
  const TemporaryFolder empty;
  const TemporaryFolder full;
  const Journal nothing = recording(empty.path(), {.frames = 0});
  const Journal some = recording(full.path(), {});
  const auto found = compare_frames(some, nothing, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kInvalid);
  const auto missing = compare_frames(nothing, some, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace acq
