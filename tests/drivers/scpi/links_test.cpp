// Every kind of link against the same instrument.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <random>

#include "drivers/scpi/open.h"
#include "drivers/scpi/session.h"
#include "dsp/base/clock.h"
#include "tests/support/hislip_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/scpi_device.h"
#include "tests/support/vxi11_server.h"

namespace acq::scpi {
namespace {

using test::ScpiDevice;

Until in_ms(std::int64_t ms) {
  return {.deadline_ns = system_clock().now_ns() + ms * 1'000'000};
}
Until soon() {
  return in_ms(20'000);
}

struct Kind {
  const char* name;
  // Starts a server of the device and gives its address.
  std::function<std::string(ScpiDevice&, std::shared_ptr<void>&)> serve;
  bool clears;  // device clear, status byte, trigger
  bool calls;   // service requests
};

template <typename Server>
std::string serve(ScpiDevice& device, std::shared_ptr<void>& server) {
  auto made = std::make_shared<Server>(device);
  server = made;
  return made->address();
}

class EveryLink : public ::testing::TestWithParam<Kind> {
 protected:
  EveryLink() {
    const std::string address = GetParam().serve(device, server);
    Result<std::unique_ptr<Link>> link = open_link(address, soon());
    if (!link) throw std::runtime_error(to_string(link.error()));
    session = std::make_unique<Session>(std::move(*link));
  }

  ScpiDevice device;
  std::shared_ptr<void> server;
  std::unique_ptr<Session> session;
};

TEST_P(EveryLink, TellsWhoTheInstrumentIs) {
  const Identity identity = session->identify(soon()).value();
  EXPECT_EQ(identity.vendor, "ACME");
  EXPECT_EQ(identity.model, "SIM488");
  EXPECT_EQ(identity.serial, "000042");
  EXPECT_EQ(identity.firmware, "1.2.3");
}

TEST_P(EveryLink, SetsAndReadsBack) {
  ASSERT_TRUE(session->set("CHAN2:SCAL 0.25", soon()).has_value());
  EXPECT_EQ(session->query_number(":CHANNEL2:SCALE?", soon()).value(), 0.25);
  const Result<void> refused = session->set("CHAN2:SCAL 99", soon());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_EQ(refused.error().sentence, "the instrument refused it: -222 'Data out of range'");
  EXPECT_EQ(session->set("NONSENSE", soon()).error().code, Code::kUnsupported);
}

TEST_P(EveryLink, ReadsBlocksOfEverySizeInSequence) {
  std::uint64_t at = 0;
  for (const std::size_t bytes : {0, 1, 7, 8, 1023, 4096, 70'000, 1'000'003}) {
    std::vector<std::byte> into(bytes + 1);
    const auto got = session->query_block("DATA:BLOCK? " + std::to_string(bytes), into, soon());
    ASSERT_TRUE(got.has_value()) << to_string(got.error());
    ASSERT_EQ(*got, bytes);
    const std::string wanted = ScpiDevice::block(at, bytes);
    ASSERT_TRUE(std::equal(wanted.begin(), wanted.end(), into.begin(),
                           [](char a, std::byte b) { return static_cast<std::byte>(a) == b; }));
    at += bytes;
  }
  EXPECT_EQ(session->stray_bytes(), 0U);
}

TEST_P(EveryLink, ReadsBlocksOfIndefiniteLengthWhereTheEndIsMarked) {
  std::vector<std::byte> into(5001);
  const auto got = session->query_block("DATA:IND? 5000", into, soon());
  if (session->link().marks_end()) {
    EXPECT_EQ(got.value(), 5000U);
  } else {
    EXPECT_EQ(got.error().code, Code::kUnsupported);
  }
  EXPECT_EQ(session->query("SYST:VERS?", soon()).value(), "1999.0");
}

TEST_P(EveryLink, SendsBlocksWithEveryByte) {
  std::vector<std::byte> payload(60'000);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<std::byte>(i * 7);
  ASSERT_TRUE(session->write_block("DATA:LOAD", payload, soon()).has_value());
  std::vector<std::byte> back(payload.size());
  ASSERT_EQ(session->query_block("DATA:LOAD?", back, soon()).value(), payload.size());
  EXPECT_EQ(back, payload);
  EXPECT_TRUE(session->drain_errors(soon()).value().empty());
}

TEST_P(EveryLink, ReadsLongLists) {
  std::vector<double> numbers(20'000);
  ASSERT_EQ(session->query_numbers("DATA:NUMB? 20000", numbers, soon()).value(), 20'000U);
  EXPECT_EQ(numbers.back(), 19'999);
}

TEST_P(EveryLink, GivesUpInTimeAndComesBackInStep) {
  ASSERT_TRUE(session->identify(soon()).has_value());
  for (const char* fault : {"TEST:MUTE", "TEST:LATE 200"}) {
    ASSERT_TRUE(session->write(fault, soon()).has_value());
    const Until until = in_ms(100);
    const auto late = session->query("READ?", until);
    ASSERT_FALSE(late.has_value()) << fault;
    EXPECT_EQ(late.error().code, Code::kTimeout) << to_string(late.error());
    EXPECT_GE(system_clock().now_ns(), until.deadline_ns - 20'000'000);
    // The late answer is READ?'s; what is asked now gets its own.
    for (int i = 0; i < 5; ++i) {
      const auto version = session->query("SYST:VERS?", soon());
      ASSERT_TRUE(version.has_value()) << fault << ": " << to_string(version.error());
      EXPECT_EQ(*version, "1999.0") << fault;
    }
  }
  EXPECT_EQ(session->resync_count(), 2U);
  EXPECT_EQ(session->stray_bytes(), 0U);
}

TEST_P(EveryLink, StopsWaitingWhenAskedTo) {
  std::stop_source source;
  source.request_stop();
  ASSERT_TRUE(session->write("TEST:MUTE", soon()).has_value());
  const auto got = session->query("READ?", {.deadline_ns = INT64_MAX, .stop = source.get_token()});
  EXPECT_EQ(got.error().code, Code::kTimeout);
  EXPECT_EQ(session->query("SYST:VERS?", soon()).value(), "1999.0");
}

TEST_P(EveryLink, WaitsForTheEndOfAnOperation) {
  for (const Completion how :
       {Completion::kQuery, Completion::kPoll, Completion::kServiceRequest}) {
    if (how == Completion::kServiceRequest && !GetParam().calls) {
      EXPECT_EQ(session->run("TEST:BUSY 1", how, soon()).error().code, Code::kUnsupported);
      continue;
    }
    const std::int64_t start_ns = system_clock().now_ns();
    const auto done = session->run("TEST:BUSY 60", how, soon());
    ASSERT_TRUE(done.has_value()) << to_string(done.error());
    EXPECT_GE(system_clock().now_ns() - start_ns, 60'000'000);
  }
}

TEST_P(EveryLink, ReadsTheStatusByte) {
  ASSERT_TRUE(session->write("*CLS", soon()).has_value());
  EXPECT_EQ(session->status_byte(soon()).value(), 0);
  ASSERT_TRUE(session->write("NONSENSE", soon()).has_value());
  // The question may overtake the message: it goes another way.
  ASSERT_EQ(session->query("*OPC?", soon()).value(), "1");
  constexpr int kErrorQueue = 4;
  EXPECT_EQ(session->status_byte(soon()).value(), kErrorQueue);
}

TEST_P(EveryLink, TriggersAndGoesRemoteWhereItCan) {
  const auto triggered = session->link().trigger(soon());
  const auto remote = session->link().set_remote(true, soon());
  if (!GetParam().clears) {
    EXPECT_EQ(triggered.error().code, Code::kUnsupported);
    EXPECT_EQ(remote.error().code, Code::kUnsupported);
    return;
  }
  ASSERT_TRUE(triggered && remote);
  EXPECT_EQ(session->query_integer("TRIG:COUN?", soon()).value(), 1);
  EXPECT_TRUE(session->query_flag("SYST:REM?", soon()).value());
  ASSERT_TRUE(session->link().set_remote(false, soon()).has_value());
  EXPECT_FALSE(session->query_flag("SYST:REM?", soon()).value());
}

INSTANTIATE_TEST_SUITE_P(All, EveryLink,
                         ::testing::Values(Kind{"tcp", serve<test::RawServer>, false, false},
                                           Kind{"serial", serve<test::PtyServer>, false, false},
                                           Kind{"hislip", serve<test::HislipServer>, true, true},
                                           Kind{"vxi11", serve<test::Vxi11Server>, true, true}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(RawLink, SaysThatTheInstrumentWentAwayAndReopens) {
  ScpiDevice device;
  test::RawServer server(device);
  Session session(open_link(server.address(), soon()).value());
  ASSERT_TRUE(session.identify(soon()).has_value());
  ASSERT_TRUE(session.write("TEST:CUT 3", soon()).has_value());
  EXPECT_EQ(session.query("SYST:VERS?", soon()).error().code, Code::kDisconnected);
  EXPECT_EQ(session.query("SYST:VERS?", soon()).value(), "1999.0");
  EXPECT_EQ(server.client_count(), 2);
}

// Bytes of messages turned over on their way: calls fail or not, none hangs, and when it is over the
// instrument is understood again, over the same link or a new one.
template <typename Server>
void survive_spoilt_messages() {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mutex mutex;
  std::minstd_rand random(seed);
  std::atomic<int> spoilt = 0;
  std::atomic<bool> is_spoiling = true;
  typename Server::Options options;
  options.spoil = [&](std::string& bytes) {
    const std::lock_guard lock(mutex);
    if (!is_spoiling || random() % 8 != 0) return;
    char& byte = bytes[random() % bytes.size()];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << random() % 8);
    ++spoilt;
  };
  ScpiDevice device;
  Server server(device, options);
  std::unique_ptr<Session> session;
  const auto ask = [&](const Until& until) -> Result<double> {
    if (!session) {
      Result<std::unique_ptr<Link>> link = open_link(server.address(), until);
      if (!link) return tl::unexpected<Error>(link.error());
      session = std::make_unique<Session>(std::move(*link));
    }
    Result<double> read = session->query_number("READ?", until);
    if (!read && read.error().code == Code::kDisconnected) session.reset();
    return read;
  };
  while (spoilt < 15) static_cast<void>(ask(in_ms(50)));
  is_spoiling = false;
  // Links of which the instrument lost sight stay taken there: here there are enough of them.
  session.reset();
  EXPECT_TRUE(ask(soon()).has_value());
  EXPECT_EQ(session->query("SYST:VERS?", soon()).value(), "1999.0");
}

TEST(HislipLink, SurvivesSpoiltMessages) {
  survive_spoilt_messages<test::HislipServer>();
}
TEST(Vxi11Link, SurvivesSpoiltMessages) {
  survive_spoilt_messages<test::Vxi11Server>();
}

}  // namespace
}  // namespace acq::scpi
