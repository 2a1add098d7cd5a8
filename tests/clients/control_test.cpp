// The control client against a ROUTER on a thread of its own.
#include "clients/cpp/control.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "tests/clients/fake_daemon.h"

namespace acq::client {
namespace {

using namespace acq::testing;

std::string bytes(const v1::Reply& reply) {
  return reply.SerializeAsString();
}

Control connect(const TempFolder& folder, std::chrono::milliseconds deadline = 10s) {
  return std::move(*Control::connect(folder.endpoint("control"), deadline));
}

TEST(Control, GivesTheAnswerToEachVerb) {
  TempFolder folder;
  FakeControl daemon(folder.endpoint("control"), [](const v1::Request& request) {
    v1::Reply reply;
    reply.set_id(request.id());
    switch (request.verb_case()) {
      case v1::Request::kHello: reply.mutable_hello()->set_software("acqd 1"); break;
      case v1::Request::kList: reply.mutable_list()->add_names("scope"); break;
      case v1::Request::kDescribe:
        reply.mutable_describe()->mutable_stream()->set_topic(request.describe().name());
        break;
      case v1::Request::kGet: reply.mutable_get()->add_values()->set_path("a.b"); break;
      case v1::Request::kSet:
      case v1::Request::kNegotiate: reply.mutable_set()->set_change("parameters"); break;
      case v1::Request::kConfigure: reply.mutable_configure()->set_change("pipeline"); break;
      case v1::Request::kSubscribeInfo:
        reply.mutable_subscribe_info()->add_endpoints("ipc://x");
        break;
      case v1::Request::kStats: reply.mutable_stats()->set_version("1"); break;
      default: break;
    }
    return std::vector<std::string>{bytes(reply)};
  });
  Control control = connect(folder);
  EXPECT_EQ(control.hello("test")->software(), "acqd 1");
  EXPECT_EQ(control.list(v1::List::INSTRUMENTS)->names(0), "scope");
  EXPECT_EQ(control.describe("d/a/b")->stream().topic(), "d/a/b");
  EXPECT_EQ(control.get({})->values(0).path(), "a.b");
  EXPECT_EQ(control.set({}, Mode::kApply)->change(), "parameters");
  EXPECT_EQ(control.negotiate({})->change(), "parameters");
  EXPECT_EQ(control.configure({})->change(), "pipeline");
  EXPECT_EQ(control.subscribe_info()->endpoints(0), "ipc://x");
  EXPECT_EQ(control.status()->version(), "1");
  EXPECT_TRUE(control.start("scope"));
  EXPECT_TRUE(control.stop("scope"));
  EXPECT_TRUE(control.shutdown());
}

TEST(Control, GivesARefusalInTheWordsOfTheDaemon) {
  TempFolder folder;
  FakeControl daemon(folder.endpoint("control"), [](const v1::Request& request) {
    v1::Reply reply;
    reply.set_id(request.id());
    reply.set_code(v1::INVALID);
    reply.set_sentence("70 kHz is out of range");
    reply.set_field("pipeline.psd.fir.cutoff");
    reply.set_allowed("0 Hz to 50 kHz");
    return std::vector<std::string>{bytes(reply)};
  });
  const auto set = connect(folder).set({}, Mode::kApply);
  ASSERT_FALSE(set);
  EXPECT_EQ(
      to_string(set.error()),
      "invalid: 70 kHz is out of range (at pipeline.psd.fir.cutoff; allowed: 0 Hz to 50 kHz)");
}

TEST(Control, GivesAllProblemsOfARefusedConfiguration) {
  TempFolder folder;
  FakeControl daemon(folder.endpoint("control"), [](const v1::Request& request) {
    v1::Reply reply;
    reply.set_id(request.id());
    reply.set_code(v1::INVALID);
    reply.mutable_configure()->add_problems()->set_sentence("first");
    reply.mutable_configure()->add_problems()->set_sentence("second");
    return std::vector<std::string>{bytes(reply)};
  });
  const auto configured = connect(folder).configure({});
  ASSERT_TRUE(configured);
  EXPECT_EQ(configured->problems_size(), 2);
}

TEST(Control, SaysThatNobodyIsThere) {
  TempFolder folder;
  const auto status = connect(folder, 50ms).status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kDisconnected);
}

TEST(Control, SaysThatADaemonTookTheRequestAndDidNotReply) {
  TempFolder folder;
  FakeControl daemon(folder.endpoint("control"),
                     [](const v1::Request&) { return std::vector<std::string>{}; });
  Control control = connect(folder, 300ms);
  const auto status = control.status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::kTimeout);
}

TEST(Control, DropsTheReplyToARequestItNoLongerWaitsFor) {
  TempFolder folder;
  std::atomic<std::uint64_t> first_id{0};
  FakeControl daemon(folder.endpoint("control"), [&](const v1::Request& request) {
    v1::Reply reply;
    if (request.has_start()) {
      first_id = request.id();
      return std::vector<std::string>{};
    }
    reply.set_id(request.has_stop() ? first_id.load() : request.id());
    if (request.has_hello()) reply.mutable_hello()->set_run_id("r");
    return std::vector<std::string>{bytes(reply)};
  });
  Control control = connect(folder, 300ms);
  EXPECT_EQ(control.start("a").error().code, Code::kTimeout);
  EXPECT_EQ(control.stop("a").error().code, Code::kTimeout) << "took the reply to start";
  EXPECT_EQ(control.hello("b")->run_id(), "r");
}

TEST(Control, RefusesARequestLargerThanADaemonTakes) {
  TempFolder folder;
  FakeControl daemon(folder.endpoint("control"),
                     [](const v1::Request&) { return std::vector<std::string>{}; });
  v1::Configure configure;
  configure.set_toml(std::string(300 * 1024, '#'));
  const auto configured = connect(folder).configure(configure);
  ASSERT_FALSE(configured);
  EXPECT_EQ(configured.error().code, Code::kOverflow);
}

TEST(Control, RefusesAReplyItCannotRead) {
  TempFolder folder;
  for (const std::vector<std::string>& parts :
       {std::vector<std::string>{"\xFFgarbage"}, {"", "two parts"}}) {
    FakeControl daemon(folder.endpoint("control"), [&](const v1::Request&) { return parts; });
    const auto status = connect(folder).status();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::kIo);
  }
}

TEST(Control, RefusesAReplyToSomethingElse) {
  TempFolder folder;
  FakeControl daemon(folder.endpoint("control"), [](const v1::Request& request) {
    v1::Reply reply;
    reply.set_id(request.id());
    reply.mutable_list();
    return std::vector<std::string>{bytes(reply)};
  });
  EXPECT_EQ(connect(folder).status().error().code, Code::kIo);
}

// A daemon that takes a request, ends, and is back: what the client makes of it.
template <typename Ask>
auto ask_a_daemon_that_restarts(Ask ask, std::atomic<int>& requests) {
  TempFolder folder;
  std::promise<void> has_taken;
  auto daemon = std::make_unique<FakeControl>(folder.endpoint("control"), [&](const v1::Request&) {
    if (++requests == 1) has_taken.set_value();
    return std::vector<std::string>{};
  });
  Control control = connect(folder);
  auto asked = std::async(std::launch::async, [&] { return ask(control); });
  has_taken.get_future().wait();
  daemon.reset();
  daemon = std::make_unique<FakeControl>(folder.endpoint("control"), [&](const v1::Request& r) {
    ++requests;
    v1::Reply reply;
    reply.set_id(r.id());
    if (r.has_stats()) reply.mutable_stats()->set_version("back");
    return std::vector<std::string>{bytes(reply)};
  });
  auto answer = asked.get();
  EXPECT_TRUE(control.stop("a")) << "it does not come back by itself";
  return answer;
}

TEST(Control, AsksAQuestionAgainWhoseConnectionWasCut) {
  std::atomic<int> requests{0};
  const auto status =
      ask_a_daemon_that_restarts([](Control& control) { return control.status(); }, requests);
  ASSERT_TRUE(status) << to_string(status.error());
  EXPECT_EQ(status->version(), "back");
  EXPECT_EQ(requests, 3) << "the question twice, then stop";
}

TEST(Control, SendsAChangeOnceWhoseConnectionWasCutAndSaysThatItMayHaveBeenMade) {
  std::atomic<int> requests{0};
  const auto started =
      ask_a_daemon_that_restarts([](Control& control) { return control.start("a"); }, requests);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kDisconnected);
  EXPECT_NE(started.error().sentence.find("may have been made"), std::string::npos);
  EXPECT_EQ(requests, 2) << "the change once, then stop";
}

TEST(Control, TakesTheEndOfTheConnectionForTheReplyToAShutdown) {
  TempFolder folder;
  std::promise<void> has_taken;
  auto daemon = std::make_unique<FakeControl>(folder.endpoint("control"), [&](const v1::Request&) {
    has_taken.set_value();
    return std::vector<std::string>{};
  });
  Control control = connect(folder);
  auto asked = std::async(std::launch::async, [&] { return control.shutdown(); });
  has_taken.get_future().wait();
  daemon.reset();
  const Result<void> done = asked.get();
  EXPECT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(connect(folder, 50ms).shutdown().error().code, Code::kDisconnected) << "nobody there";
}

TEST(Control, FindsTheDaemonAgainAfterARestart) {
  TempFolder folder;
  const auto answer = [](const v1::Request& request) {
    v1::Reply reply;
    reply.set_id(request.id());
    return std::vector<std::string>{bytes(reply)};
  };
  auto daemon = std::make_unique<FakeControl>(folder.endpoint("control"), answer);
  Control control = connect(folder, 500ms);
  EXPECT_TRUE(control.start("a"));
  daemon.reset();
  daemon = std::make_unique<FakeControl>(folder.endpoint("control"), answer);
  // A request sent before ZeroMQ has noticed the end goes down with it.
  bool is_answered = false;
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!is_answered && std::chrono::steady_clock::now() < give_up) {
    is_answered = control.start("a").has_value();
  }
  EXPECT_TRUE(is_answered);
}

}  // namespace
}  // namespace acq::client
