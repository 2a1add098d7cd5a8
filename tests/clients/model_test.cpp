// The live view's behaviour: keys and replies in, view and requests out.
#include "clients/tools/acqctl/watch/model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/clients/fake_daemon.h"

namespace acq::tool {
namespace {

using namespace acq::testing;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr int kRows = 24;

Key key(Key::Kind kind) {
  return {kind, 0};
}
Key key(char32_t character) {
  return {Key::Kind::kCharacter, character};
}

class ModelTest : public ::testing::Test {
 protected:
  void press(Key pressed) { model_.on_key(pressed, kRows, now_ns_); }
  void type(std::string_view text) {
    for (const char c : text) press(key(static_cast<char32_t>(c)));
  }

  // What the model asks in the next turn.
  std::vector<Purpose> asked() {
    std::vector<Purpose> purposes;
    requests_ = model_.take_requests(now_ns_);
    for (const Model::Request& request : requests_) purposes.push_back(request.purpose);
    return purposes;
  }

  void reply_topics(const std::vector<std::string>& topics) {
    v1::Reply reply;
    reply.mutable_subscribe_info()->add_endpoints("ipc://data");
    for (const std::string& topic : topics) {
      v1::StreamDescriptor& descriptor = *reply.mutable_subscribe_info()->add_topics();
      descriptor.set_topic(topic);
      descriptor.set_instrument("scope");
      descriptor.set_name(topic.substr(topic.rfind('/') + 1));
      descriptor.set_source("scope/wave");
    }
    model_.on_reply(Purpose::kTopics, reply, now_ns_);
  }

  v1::Reply status(std::uint64_t lost, const std::string& run = "r1", std::uint64_t revision = 1) {
    v1::Reply reply;
    v1::Status& out = *reply.mutable_stats();
    out.set_run_id(run);
    out.set_config_revision(revision);
    out.set_version("acqd 1");
    v1::StreamStatus& stream = *out.add_instruments()->add_streams();
    stream.set_stream("scope/wave");
    stream.add_consumers()->add_lost()->set_samples(lost);
    v1::PipelineStatus& pipeline = *out.add_pipelines();
    pipeline.set_topic("d/scope/a");
    pipeline.set_active(true);
    pipeline.set_frame_rate_hz(20);
    return reply;
  }

  std::int64_t now_ns_ = 100 * kSecond;
  Model model_{"ipc://control", ""};
  std::vector<Model::Request> requests_;
};

TEST_F(ModelTest, AsksForStatusEachSecondAndForTopicsUntilItHasThem) {
  EXPECT_EQ(asked(), (std::vector<Purpose>{Purpose::kStatus, Purpose::kTopics}));
  EXPECT_TRUE(asked().empty());
  now_ns_ += kSecond;
  EXPECT_EQ(asked(), (std::vector<Purpose>{Purpose::kStatus, Purpose::kTopics}));
  reply_topics({"d/scope/a"});
  now_ns_ += kSecond;
  EXPECT_EQ(asked(), std::vector<Purpose>{Purpose::kStatus});
}

TEST_F(ModelTest, AsksForTopicsAgainAfterARestartOrAChange) {
  reply_topics({"d/scope/a"});
  model_.on_reply(Purpose::kStatus, status(0), now_ns_);
  EXPECT_EQ(asked().size(), 2U);
  reply_topics({"d/scope/a"});
  model_.on_reply(Purpose::kStatus, status(0, "r1", 2), now_ns_);
  now_ns_ += kSecond;
  EXPECT_EQ(asked().size(), 2U) << "another revision";
  reply_topics({"d/scope/a"});
  model_.on_reply(Purpose::kStatus, status(0, "r2", 2), now_ns_);
  now_ns_ += kSecond;
  EXPECT_EQ(asked().size(), 2U) << "another run";
}

TEST_F(ModelTest, SelectsTheFirstTopicAndThenTheOneAskedFor) {
  reply_topics({"d/scope/a", "d/scope/b"});
  EXPECT_EQ(model_.topic(), "d/scope/a");
  EXPECT_EQ(model_.data_endpoint(), "ipc://data");
  press(key(Key::Kind::kDown));
  EXPECT_EQ(model_.topic(), "d/scope/b");
  press(key(Key::Kind::kDown));
  EXPECT_EQ(model_.topic(), "d/scope/b") << "the last one";
  press(key(Key::Kind::kUp));
  press(key(Key::Kind::kUp));
  EXPECT_EQ(model_.topic(), "d/scope/a");
}

TEST_F(ModelTest, KeepsTheTopicShownWhenTheListChanges) {
  reply_topics({"d/scope/a", "d/scope/c"});
  press(key(Key::Kind::kDown));
  reply_topics({"d/scope/a", "d/scope/b", "d/scope/c"});
  EXPECT_EQ(model_.topic(), "d/scope/c");
  EXPECT_EQ(model_.view().selected, 2U);
  reply_topics({"d/scope/a"});
  EXPECT_EQ(model_.topic(), "d/scope/a") << "it is gone";
}

TEST_F(ModelTest, BeginsWithTheTopicOfTheCommandLine) {
  model_ = Model("ipc://control", "d/scope/b");
  reply_topics({"d/scope/a", "d/scope/b"});
  EXPECT_EQ(model_.topic(), "d/scope/b");
  EXPECT_EQ(model_.view().selected, 1U);
}

TEST_F(ModelTest, CountsOnlyLossesSinceTheViewBegan) {
  reply_topics({"d/scope/a"});
  model_.on_reply(Purpose::kStatus, status(5000), now_ns_);
  EXPECT_EQ(model_.view().topics[0].lost_samples, 0U);
  model_.on_reply(Purpose::kStatus, status(5300), now_ns_);
  EXPECT_EQ(model_.view().topics[0].lost_samples, 300U);
  EXPECT_TRUE(model_.view().topics[0].is_active);
}

TEST_F(ModelTest, SaysWhenNobodyAnswersAndWhenSomebodyDoesAgain) {
  EXPECT_FALSE(model_.view().has_daemon);
  model_.on_reply(Purpose::kStatus, status(0), now_ns_);
  EXPECT_TRUE(model_.view().has_daemon);
  model_.on_silence();
  EXPECT_FALSE(model_.view().has_daemon);
  model_.on_reply(Purpose::kStatus, status(0), now_ns_);
  EXPECT_TRUE(model_.view().has_daemon);
}

TEST_F(ModelTest, ListsTheSettingsOfThePipelineFirstAndOnlyThoseThatConcernTheTopic) {
  reply_topics({"d/scope/a"});
  (void)asked();
  press(key(U'p'));
  EXPECT_EQ(asked(), std::vector<Purpose>{Purpose::kSettings});
  v1::Reply reply;
  for (const char* path : {"instrument.scope.rate", "instrument.other.rate", "pipeline.a.0.length",
                           "pipeline.ab.0.length"}) {
    reply.mutable_get()->add_values()->set_path(path);
  }
  model_.on_reply(Purpose::kSettings, reply, now_ns_);
  ASSERT_EQ(model_.view().settings.size(), 2U);
  EXPECT_EQ(model_.view().settings[0].path, "pipeline.a.0.length");
  EXPECT_EQ(model_.view().settings[1].path, "instrument.scope.rate");
  type("pi");
  press(key(Key::Kind::kTab));
  EXPECT_EQ(model_.view().prompt, "pipeline.a.0.length=");
}

TEST_F(ModelTest, SendsWhatWasTypedAndShowsTheValueInForce) {
  reply_topics({"d/scope/a"});
  (void)asked();
  press(key(U'p'));
  type("instrument.scope.ratex");
  press(key(Key::Kind::kBackspace));
  type("=3 MHz");
  press(key(Key::Kind::kEnter));
  ASSERT_EQ(asked(), (std::vector<Purpose>{Purpose::kSettings, Purpose::kSet}));
  const v1::Assignment& sent = requests_[1].message.set().assignments(0);
  EXPECT_EQ(sent.path(), "instrument.scope.rate");
  EXPECT_EQ(sent.value().text(), "3 MHz");

  v1::Reply reply;
  v1::Applied& applied = *reply.mutable_set()->add_applied();
  applied.set_path("instrument.scope.rate");
  applied.mutable_in_force()->set_number(2.5e6);
  applied.mutable_setting()->set_unit("Hz");
  applied.set_why("the nearest it has");
  reply.mutable_set()->set_change("instrument");
  model_.on_reply(Purpose::kSet, reply, now_ns_);
  EXPECT_FALSE(model_.view().is_prompting);
  EXPECT_EQ(model_.view().message,
            "instrument.scope.rate = 2.5 MHz (the nearest it has); changed: instrument");
  EXPECT_FALSE(model_.view().is_refusal);
  now_ns_ += 10 * kSecond;
  (void)asked();
  EXPECT_EQ(model_.view().message, "") << "not for ever";
}

TEST_F(ModelTest, KeepsThePromptOpenAfterARefusal) {
  reply_topics({"d/scope/a"});
  press(key(U'p'));
  type("a.b=5");
  press(key(Key::Kind::kEnter));
  v1::Reply reply;
  reply.set_code(v1::INVALID);
  reply.set_sentence("5 is out of range");
  reply.set_field("a.b");
  reply.set_allowed("0 to 2");
  model_.on_reply(Purpose::kSet, reply, now_ns_);
  EXPECT_TRUE(model_.view().is_prompting);
  EXPECT_EQ(model_.view().prompt, "a.b=5");
  EXPECT_EQ(model_.view().message, "5 is out of range (a.b); allowed: 0 to 2");
  EXPECT_TRUE(model_.view().is_refusal);
  press(key(Key::Kind::kEscape));
  EXPECT_FALSE(model_.view().is_prompting);
}

TEST_F(ModelTest, RefusesWhatIsNoAssignmentWithoutAskingTheDaemon) {
  press(key(U'p'));
  (void)asked();
  type("nonsense");
  press(key(Key::Kind::kEnter));
  EXPECT_TRUE(asked().empty());
  EXPECT_TRUE(model_.view().is_refusal);
}

TEST_F(ModelTest, TypesLettersThatAreKeysElsewhere) {
  press(key(U'p'));
  type("q a?o+-");
  press(key(U'µ'));
  EXPECT_EQ(model_.view().prompt, "q a?o+-µ");
  press(key(Key::Kind::kBackspace));
  EXPECT_EQ(model_.view().prompt, "q a?o+-") << "one character, two bytes";
  EXPECT_FALSE(model_.is_done());
}

TEST_F(ModelTest, EndsWithQ) {
  press(key(U'q'));
  EXPECT_TRUE(model_.is_done());
}

// With frames of d/scope/a, as a subscriber receives them.
class ModelWithFrames : public ModelTest {
 protected:
  void SetUp() override {
    reply_topics({"d/scope/a"});
    publisher_ = std::make_unique<FakePublisher>(folder_.endpoint("data"));
    subscriber_ = std::make_unique<client::Subscriber>(
        std::move(*client::Subscriber::connect(folder_.endpoint("data"))));
    ASSERT_TRUE(subscriber_->subscribe("d/scope/a"));
    ASSERT_FALSE(publisher_->subscription().empty());
  }
  void frame(const std::shared_ptr<TopicInfo>& topic, std::uint64_t sequence,
             std::uint64_t first_index, std::uint32_t count, Gap gap = {}) {
    publisher_->describe(*topic, sequence);
    publisher_->publish(topic, sequence, first_index, count, gap);
    client::ReceivedFrame received;
    const auto got = subscriber_->receive(received, kPatience);
    ASSERT_TRUE(got && *got);
    model_.on_frame(received);
  }

  TempFolder folder_;
  std::unique_ptr<FakePublisher> publisher_;
  std::unique_ptr<client::Subscriber> subscriber_;
};

TEST_F(ModelWithFrames, JoinsTheSmallFramesOfAWaveformAndLeavesGapsOpen) {
  const auto topic = make_topic("d/scope/a", Kind::kWaveform, 1);
  frame(topic, 0, 0, 10);
  frame(topic, 1, 10, 10);
  EXPECT_EQ(model_.view().picture.traces.at(0).low.size(), 20U);
  frame(topic, 2, 1020, 10, {.samples = 1000, .reasons = kGapUsb});
  const std::vector<float>& values = model_.view().picture.traces.at(0).low;
  EXPECT_EQ(values[19], 19.0F);
  EXPECT_TRUE(std::isnan(values[20]));
  EXPECT_EQ(values.back(), 1029.0F);
  for (std::uint64_t i = 0; i < 600; ++i) frame(topic, 3 + i, 1030 + 10 * i, 10);
  EXPECT_LE(model_.view().picture.traces.at(0).low.size(), 4096U) << "bounded";
}

TEST_F(ModelWithFrames, DrawsTheTwoChannelsOfMinmaxViewAsOneTrace) {
  const auto topic = make_topic("d/scope/a", Kind::kRecord, 2);
  v1::StreamDescriptor descriptor;
  ASSERT_TRUE(descriptor.ParseFromString(topic->descriptor));
  descriptor.mutable_channels(0)->set_id("ch0.min");
  descriptor.mutable_channels(0)->set_label("tone min");
  descriptor.mutable_channels(1)->set_id("ch0.max");
  topic->descriptor = descriptor.SerializeAsString();
  frame(topic, 0, 0, 10);
  const Picture& picture = model_.view().picture;
  ASSERT_EQ(picture.traces.size(), 1U);
  EXPECT_EQ(picture.traces[0].label, "tone");
  EXPECT_EQ(picture.traces[0].low[3], 3.0F);
  EXPECT_EQ(picture.traces[0].high[3], 1003.0F);
}

TEST_F(ModelWithFrames, HoldsThePictureWhilePaused) {
  const auto topic = make_topic("d/scope/a", Kind::kRecord, 1);
  frame(topic, 0, 0, 4);
  EXPECT_EQ(model_.view().picture.traces.at(0).low[0], 0.0F);
  press(key(U' '));
  frame(topic, 1, 500, 4);
  EXPECT_EQ(model_.view().picture.traces.at(0).low[0], 0.0F);
  press(key(U' '));
  EXPECT_EQ(model_.view().picture.traces.at(0).low[0], 500.0F);
}

TEST_F(ModelWithFrames, HoldsTheScaleAfterAZoomUntilTold) {
  const auto topic = make_topic("d/scope/a", Kind::kRecord, 1);
  frame(topic, 0, 0, 11);  // values 0 to 10
  ASSERT_FALSE(model_.view().picture.traces.empty());
  press(key(U'+'));
  ASSERT_EQ(model_.view().held.size(), 1U);
  EXPECT_NEAR(model_.view().held[0].size(), 10 / 1.5, 1e-9);
  press(key(U'-'));
  EXPECT_NEAR(model_.view().held[0].size(), 10, 1e-9);
  press(key(U'a'));
  EXPECT_TRUE(model_.view().held.empty());
}

TEST_F(ModelWithFrames, MeasuresRatesOverASecond) {
  const auto topic = make_topic("d/scope/a", Kind::kRecord, 1);
  model_.on_losses(subscriber_->state("d/scope/a"), 0, now_ns_);
  for (std::uint64_t i = 0; i < 10; ++i) frame(topic, i, 0, 100);
  now_ns_ += kSecond;
  model_.on_losses(subscriber_->state("d/scope/a"), 0, now_ns_);
  EXPECT_DOUBLE_EQ(model_.view().frame_rate_hz, 10);
  EXPECT_DOUBLE_EQ(model_.view().bytes_per_s, 4000);
  EXPECT_TRUE(model_.view().latency_p50_s.has_value());
}

}  // namespace
}  // namespace acq::tool
