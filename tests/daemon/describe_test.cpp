// What the daemon says of a topic, as its clients read it.
#include "daemon/describe.h"

#include <gtest/gtest.h>

#include "acq/v1/stream.pb.h"
#include "clients/cpp/description.h"
#include "proto/codec.h"

namespace acq {
namespace {

TEST(Describe, ListsThePositionsOfAnAxisThatFollowsNoRule) {
  const std::vector<double> positions{1, 2.5, 28};
  SignalInfo signal;
  signal.kind = Kind::kSpectrum;
  signal.channels = {{.id = "ch1"}};
  signal.max_count = positions.size();
  signal.axis = {.name = "mass", .unit = "u", .rule = AxisRule::kList, .values = positions};
  PlannedUnit unit;
  unit.signals = {signal};
  const PipelineConfig config;
  Node node;
  node.name = "masses";
  node.instrument = "dut";
  node.config = &config;
  StreamInfo stream;
  stream.name = "wave";
  const auto topic = describe_topic(unit, node, stream, InstrumentInfo{}, PlanOptions{});
  const auto read = client::decode_description(std::as_bytes(std::span(topic->descriptor)));
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->axes.size(), 1U);
  EXPECT_EQ(read->axes[0].rule, AxisRule::kList);
  EXPECT_EQ(read->axes[0].unit, "u");
  EXPECT_EQ(read->axes[0].values, positions);

  signal.axis.values[1] = 3;
  unit.signals = {signal};
  const auto other = describe_topic(unit, node, stream, InstrumentInfo{}, PlanOptions{});
  EXPECT_NE(other->descriptor_id, topic->descriptor_id) << "another axis is another description";
}

TEST(Describe, TellsHowLargeAFrameCanBe) {
  SignalInfo signal;
  signal.channels = {{.id = "ch1"}};
  PlannedUnit unit;
  unit.signals = {signal};
  unit.frame_bytes = 4000;
  const PipelineConfig config;
  Node node;
  node.config = &config;
  const auto topic = describe_topic(unit, node, StreamInfo{}, InstrumentInfo{}, PlanOptions{});
  v1::StreamDescriptor read;
  ASSERT_TRUE(read.ParseFromString(topic->descriptor));
  EXPECT_EQ(read.frame_bytes(), 4000U);
}

}  // namespace
}  // namespace acq
