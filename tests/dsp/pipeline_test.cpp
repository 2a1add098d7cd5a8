// Pipeline: blocks in order, taps before the next block, inputs of others never overwritten.
#include "dsp/pipeline.h"

#include <gtest/gtest.h>

#include <vector>

#include "dsp/base/planes.h"
#include "dsp/intake.h"

namespace acq {
namespace {

constexpr std::size_t kMost = 256;

SignalInfo wave() {
  SignalInfo info;
  info.rate_hz = {1000, 1};
  info.max_count = kMost;
  info.axis.step = 1e-3;
  info.channels = {Channel{.id = "a", .unit = "V"}};
  return info;
}

Step gain(double factor, std::string tap = "") {
  const BlockEntry* entry = find_block("calibrate");
  return {entry, *Params::check(entry->params, {{"gain", factor}}, ""), std::move(tap)};
}

// Keeps every sample it is given.
class Collector final : public Outlet {
 public:
  void deliver(const Chunk& chunk) noexcept override {
    values.insert(values.end(), chunk.planes[0], chunk.planes[0] + chunk.count);
  }
  [[nodiscard]] bool is_wanted() const noexcept override { return wants; }
  std::vector<float> values;
  bool wants = true;
};

std::unique_ptr<Pipeline> build(std::vector<Step> steps, SignalInfo in = wave()) {
  auto pipeline = Pipeline::build({std::move(in)}, std::move(steps));
  EXPECT_TRUE(pipeline.has_value());
  return std::move(*pipeline);
}

struct Ones {
  Ones() : planes(1, kMost) {
    for (std::size_t i = 0; i < kMost; ++i) planes[0][i] = 1;
    chunk.channels = 1;
    chunk.count = kMost;
    planes.lend(chunk.planes);
  }
  Planes planes;
  Chunk chunk;
};

TEST(Pipeline, RunsItsBlocksInOrder) {
  const auto pipeline = build({gain(2), gain(3), gain(5)});
  Collector out;
  pipeline->connect(&out, {});
  const Ones ones;
  pipeline->push(0, ones.chunk);
  EXPECT_EQ(out.values, std::vector<float>(kMost, 30));
  EXPECT_EQ(pipeline->times(1).calls.get(), 1U);
}

TEST(Pipeline, NeverWritesOverAnInputThatOthersRead) {
  const auto pipeline = build({gain(2)});  // works in place
  Collector out;
  pipeline->connect(&out, {});
  const Ones ones;
  pipeline->push(0, ones.chunk);
  EXPECT_EQ(ones.planes[0][0], 1);
  EXPECT_EQ(out.values.front(), 2);
}

TEST(Pipeline, AnEmptyOnePassesItsInput) {
  const auto pipeline = build({});
  Collector out;
  pipeline->connect(&out, {});
  const Ones ones;
  pipeline->push(0, ones.chunk);
  EXPECT_EQ(out.values, std::vector<float>(kMost, 1));
}

TEST(Pipeline, ATapSeesWhatFlowsThereWhateverComesBehind) {
  const auto upstream = build({gain(2, "doubled"), gain(10)});
  const auto branch = build({gain(3)}, upstream->signal_at(1));
  Collector main_out;
  Collector branch_out;
  const std::vector<Pipeline::Tap> taps = {{upstream->find_tap("doubled"), branch.get(), 0}};
  upstream->connect(&main_out, taps);
  branch->connect(&branch_out, {});
  const Ones ones;
  upstream->push(0, ones.chunk);
  EXPECT_EQ(main_out.values, std::vector<float>(kMost, 20));
  EXPECT_EQ(branch_out.values, std::vector<float>(kMost, 6));
}

TEST(Pipeline, IsWantedWhenOnlyABranchIs) {
  const auto upstream = build({gain(2)});
  const auto branch = build({});
  Collector main_out;
  Collector branch_out;
  main_out.wants = branch_out.wants = false;
  const std::vector<Pipeline::Tap> taps = {{1, branch.get(), 0}};
  upstream->connect(&main_out, taps);
  branch->connect(&branch_out, {});
  EXPECT_FALSE(upstream->is_wanted());
  branch_out.wants = true;
  EXPECT_TRUE(upstream->is_wanted());
}

TEST(Pipeline, SaysWhichBlockRefusedAndWhy) {
  const BlockEntry* fir = find_block("fir");
  auto step = Step{fir, *Params::check(fir->params, {{"cutoff", 900.0}}, ""), ""};
  const auto pipeline = Pipeline::build({wave()}, {gain(1), step});
  ASSERT_FALSE(pipeline.has_value());
  EXPECT_EQ(pipeline.error().code, Code::kInvalid);
  EXPECT_EQ(pipeline.error().where, "blocks[1].cutoff");
  EXPECT_FALSE(pipeline.error().allowed.empty());
}

TEST(Pipeline, JoinsTwoInputs) {
  auto pipeline = Pipeline::build({wave(), wave()}, {});
  ASSERT_TRUE(pipeline.has_value());
  EXPECT_EQ((*pipeline)->output().channels.size(), 2U);
  Collector out;
  (*pipeline)->connect(&out, {});
  const Ones ones;
  (*pipeline)->push(0, ones.chunk);
  EXPECT_TRUE(out.values.empty());
  (*pipeline)->push(1, ones.chunk);
  EXPECT_EQ(out.values.size(), kMost);
}

TEST(Intake, ConvertsDeviceIntegersWithTheScaleOfTheirPacket) {
  auto info = std::make_shared<StreamInfo>();
  info->dtype = Dtype::kI16;
  info->rate_hz = {1000, 1};
  info->channels = {Channel{.id = "a", .scale = 0.5, .offset = 1}, Channel{.id = "b", .scale = 2}};
  std::vector<std::int16_t> raw = {10, 20, -10, -20};
  Packet packet;
  packet.samples = reinterpret_cast<std::byte*>(raw.data());
  packet.capacity_bytes = raw.size() * 2;
  packet.count = 2;
  packet.info = info;
  packet.first_index = 7;
  packet.gap_before = {3, kGapDevice, true};
  Intake intake(*info, packet.capacity_bytes);
  Chunk chunk;
  intake.take(packet, {4, kGapRingFull, true}, true, chunk);
  EXPECT_EQ(chunk.planes[0][0], 6);
  EXPECT_EQ(chunk.planes[0][1], -4);
  EXPECT_EQ(chunk.planes[1][0], 40);
  EXPECT_EQ(chunk.planes[1][1], -40);
  EXPECT_EQ(chunk.first_index, 7U);
  EXPECT_EQ(chunk.gap_before, (Gap{7, kGapDevice | kGapRingFull, true}));
}

TEST(Intake, SuitsOnlyPacketsOfItsOwnFormat) {
  StreamInfo info;
  info.dtype = Dtype::kI16;
  info.rate_hz = {1000, 1};
  info.channels.resize(1);
  const Intake intake(info, 4096);
  EXPECT_TRUE(intake.suits(info));
  info.channels[0].scale = 3;  // a change of range goes on
  EXPECT_TRUE(intake.suits(info));
  info.channels[0].unit = "A";  // a meter turned to something else does not
  EXPECT_FALSE(intake.suits(info));
  info.channels[0].unit = "1";
  info.kind = Kind::kIq;
  EXPECT_FALSE(intake.suits(info));
  info.kind = Kind::kWaveform;
  info.rate_hz = {2000, 1};
  EXPECT_FALSE(intake.suits(info));
}

// In-phase and quadrature go through filters as two real signals, and stay what they are.
TEST(Pipeline, FiltersAndDecimatesIqSamplesAsIqSamples) {
  StreamInfo info{.name = "iq", .dtype = Dtype::kU8, .rate_hz = {1'000'000, 1}, .kind = Kind::kIq};
  info.channels = {Channel{.id = "i"}, Channel{.id = "q"}};
  const SignalInfo in = signal_of(info, 4096);
  EXPECT_EQ(in.kind, Kind::kIq);
  for (const char* name : {"fir", "iir", "decimate", "moving_average", "dc_remove"}) {
    const BlockEntry& entry = *find_block(name);
    const auto params = Params::check(entry.params, entry.example(), "");
    const auto out = entry.make()->configure(in, *params);
    ASSERT_TRUE(out) << name << ": " << to_string(out.error());
    EXPECT_EQ(out->kind, Kind::kIq) << name;
    EXPECT_EQ(out->channels.size(), 2U) << name;
  }
  const BlockEntry& entry = *find_block("edge_trigger");
  const auto params = Params::check(entry.params, entry.example(), "");
  EXPECT_EQ(entry.make()->configure(in, *params).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace acq
