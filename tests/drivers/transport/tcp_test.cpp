#include "drivers/transport/tcp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include "drivers/transport/resolve.h"
#include "dsp/base/clock.h"
#include "tests/support/loopback.h"
#include "tests/support/sanitizer.h"

namespace acq {
namespace {

using test::Listener;

constexpr std::int64_t kMs_ns = 1'000'000;

Until in_ms(std::int64_t ms) {
  return {.deadline_ns = system_clock().now_ns() + ms * kMs_ns};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

struct Pair {
  Pair() {
    ours = connect_tcp(listener.address(), in_ms(5000)).value();
    theirs = listener.accept(in_ms(5000));
  }
  Listener listener;
  std::unique_ptr<ByteStream> ours;
  std::unique_ptr<DescriptorStream> theirs;
};

TEST(Tcp, CarriesBytesBothWays) {
  Pair pair;
  ASSERT_TRUE(pair.ours->write(bytes_of("hello"), in_ms(5000)).has_value());
  std::array<std::byte, 16> into{};
  ASSERT_EQ(pair.theirs->read(into, in_ms(5000)).value(), 5U);
  ASSERT_TRUE(pair.theirs->write(bytes_of("hi"), in_ms(5000)).has_value());
  ASSERT_EQ(pair.ours->read(into, in_ms(5000)).value(), 2U);
  EXPECT_EQ(into[1], std::byte{'i'});
}

// Within 20 %, as every time-out here. Later it may be on a busy machine, never earlier.
TEST(Tcp, ReadsGiveUpAtTheirDeadlineAndNotBefore) {
  Pair pair;
  std::array<std::byte, 4> into{};
  const Until until = in_ms(50);
  EXPECT_EQ(pair.ours->read(into, until).error().code, Code::kTimeout);
  EXPECT_GE(system_clock().now_ns(), until.deadline_ns);
}

TEST(Tcp, ReadsWhatIsThereEvenWhenTheDeadlineIsOver) {
  Pair pair;
  ASSERT_TRUE(pair.theirs->write(bytes_of("x"), in_ms(5000)).has_value());
  std::array<std::byte, 4> into{};
  while (!pair.ours->read(into, {.deadline_ns = 0})) std::this_thread::yield();
  EXPECT_EQ(pair.ours->read(into, {.deadline_ns = 0}).error().code, Code::kTimeout);
}

TEST(Tcp, StopsWaitingWhenAskedTo) {
  Pair pair;
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  std::array<std::byte, 4> into{};
  const Until until{.deadline_ns = INT64_MAX, .stop = source.get_token()};
  EXPECT_EQ(pair.ours->read(into, until).error().code, Code::kTimeout);
}

TEST(Tcp, WritesGiveUpAtTheirDeadlineWhenNobodyReads) {
  Pair pair;
  const std::string much(std::size_t{64} << 20, 'x');
  const Until until = in_ms(50);
  const Result<void> written = pair.ours->write(bytes_of(much), until);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, Code::kTimeout);
  EXPECT_GE(system_clock().now_ns(), until.deadline_ns);
}

TEST(Tcp, SaysWhenTheOtherSideIsGone) {
  Pair pair;
  pair.theirs.reset();
  std::array<std::byte, 4> into{};
  EXPECT_EQ(pair.ours->read(into, in_ms(5000)).error().code, Code::kDisconnected);
  Code last = Code::kOk;  // the first writes may still go into the closed connection
  for (int i = 0; i < 1000 && last == Code::kOk; ++i) {
    const Result<void> written = pair.ours->write(bytes_of(std::string(65536, 'x')), in_ms(5000));
    if (!written) last = written.error().code;
  }
  EXPECT_EQ(last, Code::kDisconnected);
}

TEST(Tcp, DropsWhatCameAndCountsIt) {
  Pair pair;
  ASSERT_TRUE(pair.theirs->write(bytes_of("12345"), in_ms(5000)).has_value());
  std::size_t dropped = 0;
  while (dropped < 5) dropped += pair.ours->discard_input().value();
  EXPECT_EQ(dropped, 5U);
}

TEST(Tcp, SaysWhoRefusedTheConnection) {
  std::uint16_t port = 0;
  {
    port = Listener().port();
  }
  const auto refused = connect_tcp({.host = "127.0.0.1", .port = port}, in_ms(5000));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kDisconnected);
  EXPECT_EQ(refused.error().where, "127.0.0.1:" + std::to_string(port));
}

// A listener whose queue is full answers no further connection.
TEST(Tcp, ConnectsGiveUpAtTheirDeadline) {
  Listener listener(0, 0);
  std::vector<std::unique_ptr<ByteStream>> fill;
  const Until until = in_ms(200);
  for (int i = 0; i < 8; ++i) {
    auto one = connect_tcp(listener.address(), i < 4 ? in_ms(100) : until);
    if (!one) {
      EXPECT_EQ(one.error().code, Code::kTimeout);
      return;
    }
    fill.push_back(std::move(*one));
  }
  FAIL() << "the queue never filled";
}

// The C library looks names up in a thread that ThreadSanitizer does not know, and that it ends with a
// crash.
constexpr const char* kNoNames = "ThreadSanitizer does not know the C library's thread";

TEST(Tcp, FindsTheHostByNameAndByFigures) {
  if (test::kHasThreadSanitizer) GTEST_SKIP() << kNoNames;
  Listener listener;
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto stream = connect_tcp({.host = host, .port = listener.port()}, in_ms(5000));
    EXPECT_TRUE(stream.has_value()) << host << ": " << to_string(stream.error());
  }
  EXPECT_EQ(resolve("::1", 5025, in_ms(0)).value().size(), 1U);
  EXPECT_EQ(to_string(HostPort{"::1", 5025}), "[::1]:5025");
}

TEST(Tcp, SaysThatAHostDoesNotExist) {
  if (test::kHasThreadSanitizer) GTEST_SKIP() << kNoNames;
  // RFC 6761: names under .invalid do not exist. Without a name service the answer is another one.
  const auto found = resolve("nobody.invalid", 1, in_ms(10'000));
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().sentence.find("'nobody.invalid'"), std::string::npos);
}

}  // namespace
}  // namespace acq
