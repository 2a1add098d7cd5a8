// The subscriber against a publisher that speaks the real codec over ipc.
#include "clients/cpp/subscriber.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/clients/fake_daemon.h"

namespace acq::client {
namespace {

using namespace acq::testing;

constexpr auto kHeartbeat = 200ms;
// So large that no more than the least number of frames, 32, may wait in the subscriber.
constexpr std::size_t kLargeFrameBytes = std::size_t{64} << 20;

// A publisher and a subscriber to d/test/a, connected.
class SubscriberTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto connected = Subscriber::connect(
        folder_.endpoint("data"), {.frame_bytes = kLargeFrameBytes, .heartbeat = kHeartbeat});
    ASSERT_TRUE(connected) << to_string(connected.error());
    subscriber_ = std::make_unique<Subscriber>(std::move(*connected));
    ASSERT_TRUE(subscriber_->subscribe("d/test/a"));
    start_publisher();
  }
  // ZeroMQ sends subscriptions again from within the subscriber's calls.
  void start_publisher() {
    publisher_ = std::make_unique<FakePublisher>(folder_.endpoint("data"));
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    std::string subscription;
    while (subscription.empty() && std::chrono::steady_clock::now() < give_up) {
      ASSERT_TRUE(receives_nothing());
      subscription = publisher_->subscription(10ms);
    }
    ASSERT_EQ(subscription, "\1d/test/a");
  }

  // Whether a frame came.
  bool receive() {
    const auto got = subscriber_->receive(frame_, kPatience);
    return got && *got;
  }
  bool receives_nothing() {
    const auto got = subscriber_->receive(frame_, 0ms);
    return got && !*got;
  }
  [[nodiscard]] Losses losses() const { return subscriber_->state("d/test/a").losses; }

  TempFolder folder_;
  std::unique_ptr<Subscriber> subscriber_;
  std::unique_ptr<FakePublisher> publisher_;
  std::shared_ptr<TopicInfo> topic_ = make_topic("d/test/a", Kind::kWaveform, 2);
  ReceivedFrame frame_;
};

TEST_F(SubscriberTest, GivesTheFrameThatWasPublished) {
  publisher_->describe(*topic_, 7);
  publisher_->publish(topic_, 7, 500, 3);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.topic(), "d/test/a");
  EXPECT_EQ(frame_.header().sequence, 7U);
  EXPECT_EQ(frame_.header().first_index, 500U);
  EXPECT_EQ(frame_.channels(), 2U);
  const auto samples = frame_.samples<float>();
  ASSERT_TRUE(samples);
  EXPECT_EQ(std::vector<float>(samples->begin(), samples->end()),
            (std::vector<float>{500, 501, 502, 1500, 1501, 1502}));
  std::vector<double> second;
  frame_.channel(1, second);
  EXPECT_EQ(second, (std::vector<double>{1500, 1501, 1502}));
  frame_.channel(2, second);
  EXPECT_TRUE(second.empty());
}

TEST_F(SubscriberTest, GivesEveryPayloadAtAnAddressThatSuitsItsType) {
  for (std::uint32_t i = 0; i < 40; ++i) publisher_->publish(topic_, i, 0, 1 + i * 37);
  for (std::uint32_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(receive());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame_.payload().data()) % 8, 0U);
    EXPECT_EQ(frame_.samples<float>()->front(), 0.0F);
  }
}

TEST_F(SubscriberTest, RefusesToReadSamplesAsAnotherType) {
  publisher_->publish(topic_, 0, 0, 3);
  ASSERT_TRUE(receive());
  const auto samples = frame_.samples<std::int16_t>();
  ASSERT_FALSE(samples);
  EXPECT_EQ(samples.error().code, Code::kInvalid);
  EXPECT_EQ(samples.error().allowed, "f32");
}

TEST_F(SubscriberTest, GivesTheDescriptionOfAFrameOnlyWhereItIsTheOneInForce) {
  publisher_->publish(topic_, 0, 0, 3);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.description(), nullptr);
  publisher_->describe(*topic_, 1);
  publisher_->publish(topic_, 1, 3, 3);
  ASSERT_TRUE(receive());
  ASSERT_NE(frame_.description(), nullptr);
  EXPECT_EQ(frame_.description()->channels.at(1).id, "ch2");
  EXPECT_DOUBLE_EQ(frame_.x(2), 0.002);  // rate 1 kHz
  topic_->descriptor_id += 2;
  topic_->header_constant = encode_constant(*topic_);
  publisher_->publish(topic_, 2, 6, 3);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.description(), nullptr);
  EXPECT_EQ(losses().transport_frames, 0U) << "a description takes no sequence number";
}

TEST_F(SubscriberTest, PlacesValuesWhereTheDescriptionListsThem) {
  topic_->kind = Kind::kSpectrum;
  topic_->axes = {{.name = "mass", .unit = "u", .rule = AxisRule::kList}};
  topic_->header_constant = encode_constant(*topic_);
  v1::StreamDescriptor descriptor;
  ASSERT_TRUE(descriptor.ParseFromString(topic_->descriptor));
  descriptor.set_kind(v1::SPECTRUM);
  v1::Axis& axis = *descriptor.add_axes();
  axis.set_rule(v1::Axis::LIST);
  for (const double x : {1.0, 2.5, 28.0}) axis.add_values(x);
  topic_->descriptor = descriptor.SerializeAsString();
  publisher_->publish(topic_, 0, 0, 3);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.header().axes.at(0).rule, AxisRule::kList);
  EXPECT_TRUE(std::isnan(frame_.x(0))) << "its description has not come";
  publisher_->describe(*topic_, 1);
  publisher_->publish(topic_, 1, 3, 3);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.x(0), 1.0);
  EXPECT_EQ(frame_.x(2), 28.0);
  EXPECT_TRUE(std::isnan(frame_.x(3)));
}

TEST_F(SubscriberTest, GivesOnlyTheTopicAskedForAndNotThoseThatStartLikeIt) {
  publisher_->publish(make_topic("d/test/ab"), 0, 0, 3);
  publisher_->publish(topic_, 0, 0, 3);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.topic(), "d/test/a");
  EXPECT_EQ(subscriber_->filtered(), 1U);
}

TEST_F(SubscriberTest, GivesAllTopicsOfAPrefixEachWithItsOwnLosses) {
  ASSERT_TRUE(subscriber_->subscribe("d/other/"));
  ASSERT_EQ(publisher_->subscription(), "\1d/other/");
  publisher_->publish(make_topic("d/other/x"), 0, 0, 3);
  publisher_->publish(make_topic("d/other/y"), 5, 0, 3);
  publisher_->publish(make_topic("d/other/x"), 3, 9, 3);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(receive());
  EXPECT_EQ(subscriber_->topics(), (std::vector<std::string>{"d/other/x", "d/other/y"}));
  EXPECT_EQ(subscriber_->state("d/other/x").losses.transport_frames, 2U);
  EXPECT_EQ(subscriber_->state("d/other/y").losses.transport_frames, 0U);
}

TEST_F(SubscriberTest, ForgetsATopicThatIsNoLongerSubscribed) {
  publisher_->publish(topic_, 0, 0, 3);
  ASSERT_TRUE(receive());
  ASSERT_TRUE(subscriber_->unsubscribe("d/test/a"));
  EXPECT_EQ(publisher_->subscription(), std::string("\0d/test/a", 9));
  EXPECT_TRUE(subscriber_->topics().empty());
  EXPECT_EQ(subscriber_->unsubscribe("d/test/a").error().code, Code::kNotFound);
}

TEST_F(SubscriberTest, TellsLossInTransportAndUpstreamApart) {
  publisher_->publish(topic_, 0, 0, 10);
  publisher_->publish(topic_, 3, 35, 10, {.samples = 5, .reasons = kGapUsb});
  ASSERT_TRUE(receive());
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.arrival().transport_frames, 2U);
  EXPECT_EQ(frame_.arrival().upstream.samples, 5U);
  EXPECT_EQ(losses().transport_samples, 20U);
  EXPECT_EQ(losses().upstream, (Gap{.samples = 5, .reasons = kGapUsb}));
}

TEST_F(SubscriberTest, CountsAndSkipsWhatIsNotAFrame) {
  auto good = FakePublisher::frame(topic_, 1, 3, 3);
  publisher_->publish(topic_, 0, 0, 3);
  publisher_->send({"d/test/a"});
  publisher_->send({"d/test/a", good[1]});
  publisher_->send({"d/test/a", good[1], good[2], "more", "and more"});
  publisher_->send({"d/test/a", "garbage", good[2]});
  publisher_->send({"d/test/a", "", ""});
  publisher_->send({"d/test/a", good[1], good[2].substr(1)});
  publisher_->send({"d/test/a\n", good[1], good[2]});
  auto flipped = good;
  flipped[2][5] = static_cast<char>(flipped[2][5] ^ 1);
  publisher_->send(flipped);
  TopicInfo bad = *topic_;
  bad.descriptor = "not a description";
  publisher_->describe(bad, 1);
  publisher_->send(good);
  ASSERT_TRUE(receive());
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.header().sequence, 1U);
  const Malformed& malformed = subscriber_->malformed();
  EXPECT_EQ(malformed.parts, 3U);
  EXPECT_EQ(malformed.headers, 3U);
  EXPECT_EQ(malformed.topics, 1U);
  EXPECT_EQ(malformed.checksums, 1U);
  EXPECT_EQ(malformed.descriptions, 1U);
  EXPECT_EQ(malformed.total(), 9U);
  EXPECT_EQ(losses().transport_frames, 0U);
}

TEST_F(SubscriberTest, SurvivesFramesWithRandomBytesChanged) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  constexpr std::uint64_t kFrames = 2000;
  for (std::uint64_t i = 0; i < kFrames; ++i) {
    auto parts = FakePublisher::frame(topic_, i, i * 3, 3);
    for (std::uint64_t changes = random() % 4; changes > 0; --changes) {
      std::string& part = parts[random() % 3];
      part[random() % part.size()] = static_cast<char>(random());
    }
    publisher_->send(parts);
  }
  publisher_->publish(make_topic("d/test/ab"), 0, 0, 3);
  std::uint64_t received = 0;
  while (subscriber_->filtered() == 0) {
    const auto got = subscriber_->receive(frame_, 100ms);
    ASSERT_TRUE(got);
    received += *got ? 1 : 0;
    if (received > kFrames) break;
  }
  EXPECT_GT(received, 100U);
  EXPECT_GT(subscriber_->malformed().total(), 100U);
}

TEST_F(SubscriberTest, KeepsItsConnectionAndLosesNothingHoweverLongItsQueueIsFull) {
  constexpr std::uint64_t kFrames = 200;
  for (std::uint64_t i = 0; i < kFrames; ++i) publisher_->publish(topic_, i, i * 1000, 1000);
  // A new connection would begin with its subscriptions.
  EXPECT_EQ(publisher_->subscription(10 * kHeartbeat), "");
  for (std::uint64_t i = 0; i < kFrames; ++i) ASSERT_TRUE(receive()) << i;
  EXPECT_EQ(losses(), (Losses{.frames = kFrames, .samples = kFrames * 1000}));
}

TEST_F(SubscriberTest, ReturnsAtTheDeadlineWhenNothingComes) {
  EXPECT_TRUE(receives_nothing());
}

TEST_F(SubscriberTest, FollowsTheDaemonThroughARestartWithoutCallingItALoss) {
  publisher_->publish(topic_, 4000, 40000, 10);
  ASSERT_TRUE(receive());
  EXPECT_TRUE(subscriber_->is_connected());
  publisher_.reset();
  start_publisher();
  publisher_->publish(make_topic("d/test/a", Kind::kWaveform, 2, 2), 0, 0, 10);
  ASSERT_TRUE(receive());
  EXPECT_EQ(frame_.arrival().kind, Arrival::Kind::kRestart);
  EXPECT_EQ(losses(), (Losses{.frames = 2, .samples = 20, .restarts = 1}));
}

TEST_F(SubscriberTest, ReportsTheTrueLossAfterAReconnectToTheSameRun) {
  publisher_->publish(topic_, 0, 0, 10);
  ASSERT_TRUE(receive());
  publisher_.reset();
  start_publisher();
  publisher_->publish(topic_, 101, 1010, 10);
  ASSERT_TRUE(receive());
  EXPECT_EQ(losses().transport_frames, 100U);
  EXPECT_EQ(losses().transport_samples, 1000U);
}

TEST(Subscriber, LeavesHeartbeatsToThePublisherAndItsMachineToKeepalive) {
  const TempFolder folder;
  auto subscriber = Subscriber::connect(folder.endpoint("data"), {.heartbeat = 1500ms});
  ASSERT_TRUE(subscriber);
  const auto option = [&](int name) {
    int value = -2;
    std::size_t size = sizeof value;
    EXPECT_EQ(zmq_getsockopt(subscriber->native_socket(), name, &value, &size), 0);
    return value;
  };
  EXPECT_EQ(option(ZMQ_HEARTBEAT_IVL), 0);
  EXPECT_EQ(option(ZMQ_TCP_KEEPALIVE), 1);
  // Given up after three heartbeats of whole seconds: one of silence, two questions.
  EXPECT_EQ(option(ZMQ_TCP_KEEPALIVE_IDLE), 2);
  EXPECT_EQ(option(ZMQ_TCP_KEEPALIVE_INTVL), 2);
  EXPECT_EQ(option(ZMQ_TCP_KEEPALIVE_CNT), 2);
}

TEST(Subscriber, RefusesAnEndpointThatIsNone) {
  for (const char* endpoint : {"", "nowhere", "http://localhost", "tcp://localhost"}) {
    const auto connected = Subscriber::connect(endpoint);
    ASSERT_FALSE(connected) << endpoint;
    EXPECT_EQ(connected.error().code, Code::kInvalid);
    EXPECT_FALSE(connected.error().allowed.empty());
  }
}

TEST(Subscriber, RefusesATopicThatIsNone) {
  TempFolder folder;
  auto subscriber = Subscriber::connect(folder.endpoint("data"));
  ASSERT_TRUE(subscriber);
  for (const char* topic : {"", "/", "d", "d/A", "x/a/b", "d/a b", "d//"}) {
    EXPECT_EQ(subscriber->subscribe(topic).error().code, Code::kInvalid) << topic;
  }
}

}  // namespace
}  // namespace acq::client
