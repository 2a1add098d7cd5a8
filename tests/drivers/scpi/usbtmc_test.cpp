// USBTMC against an instrument that counts every violation of it, in virtual time.
#include "drivers/scpi/usbtmc.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/usb/fake_bus.h"
#include "tests/support/usb/tmc_scope.h"

namespace acq::scpi {
namespace {

using emu::Fault;
using emu::FaultKind;
using emu::TmcScope;
using test::ScpiDevice;

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

class Usbtmc : public testing::Test {
 protected:
  void TearDown() override {
    if (link == nullptr || !expects_no_violation) return;
    EXPECT_EQ(tell("violations"), "0 ");
  }
  void plug_in(const TmcScope::Options& options = {}) {
    scope = bus.add(std::make_unique<TmcScope>(options));
  }
  void open() {
    auto device = bus.open({.interface_class = kUsbtmcClass});
    ASSERT_TRUE(device) << to_string(device.error());
    auto opened = UsbtmcLink::open("usb", std::move(*device), clock, in(kSecond));
    ASSERT_TRUE(opened) << to_string(opened.error());
    link = std::move(*opened);
  }
  void open(const TmcScope::Options& options) {
    plug_in(options);
    open();
  }
  [[nodiscard]] Until in(std::int64_t ns) const { return {clock.now_ns() + ns}; }
  std::string tell(std::string_view words) { return bus.model(scope).tell(words); }

  // The next answer; stops at errors.
  Result<std::string> answer(std::size_t buffer = 65536, std::int64_t wait_ns = kSecond) {
    std::string text;
    std::vector<std::byte> into(buffer);
    for (;;) {
      const auto piece = link->read(into, in(wait_ns));
      if (!piece) return tl::unexpected(piece.error());
      for (std::size_t i = 0; i < piece->bytes; ++i) text += static_cast<char>(into[i]);
      if (piece->is_end) return text;
    }
  }
  Result<std::string> query(std::string_view message, std::size_t buffer = 65536) {
    const auto sent = link->write(message, in(kSecond));
    if (!sent) return tl::unexpected(sent.error());
    return answer(buffer);
  }
  void expect_in_step() { EXPECT_EQ(query("*IDN?"), std::string(ScpiDevice::kIdentity) + "\n"); }

  FakeClock clock;
  emu::FakeBus bus{clock};
  std::size_t scope = 0;
  std::unique_ptr<UsbtmcLink> link;
  bool expects_no_violation = true;
};

TEST_F(Usbtmc, AsksAndIsAnswered) {
  open({});
  expect_in_step();
  EXPECT_TRUE(link->marks_end());
  EXPECT_EQ(link->name(), "usb");
}

TEST_F(Usbtmc, TellsWhatTheInstrumentCanDo) {
  open({});
  EXPECT_TRUE(link->capabilities().has_trigger);
  EXPECT_TRUE(link->capabilities().has_remote);
  EXPECT_TRUE(link->capabilities().is_488);
  EXPECT_TRUE(link->capabilities().has_service_request);
  EXPECT_TRUE(link->capabilities().is_scpi);
  EXPECT_TRUE(link->capabilities().takes_terminator);
  EXPECT_TRUE(link->capabilities().has_indicator);
  EXPECT_FALSE(link->capabilities().is_talk_only);
}

// Whatever the size: padding, full last packets, several requests, several transfers.
TEST_F(Usbtmc, ReadsAnswersOfEverySizeWithEveryBuffer) {
  open({});
  std::uint64_t first = 0;
  for (const std::size_t bytes :
       {0, 1, 2, 3, 4, 485, 486, 487, 488, 489, 1'000, 4'084, 100'000, 262'144, 1'000'003}) {
    for (const std::size_t buffer : {1, 7, 512, 4'096, 65'536, 1 << 20}) {
      if (bytes > 10'000 && buffer < 512) continue;
      const auto got = query("DATA:BLOCK? " + std::to_string(bytes), buffer);
      ASSERT_TRUE(got) << to_string(got.error());
      const std::string size = std::to_string(bytes);
      ASSERT_EQ(*got,
                "#" + std::to_string(size.size()) + size + ScpiDevice::block(first, bytes) + "\n")
          << bytes << " with " << buffer;
      first += bytes;
    }
  }
}

TEST_F(Usbtmc, ReadsAnswersOfEveryLengthAroundAPacket) {
  open({.packet_bytes = 64});
  for (std::size_t length = 1; length < 200; ++length) {
    const std::string label(length, 'x');
    ASSERT_TRUE(link->write("CHAN1:LAB \"" + label + "\"", in(kSecond)));
    ASSERT_EQ(query("CHAN1:LAB?"), "\"" + label + "\"\n");
  }
}

TEST_F(Usbtmc, WritesMessagesOfEveryLengthInOneOrSeveralTransfers) {
  open({});
  for (const std::size_t bytes :
       {1, 2, 3, 4, 5, 100, 65'500, 65'501, 65'502, 65'503, 65'504, 65'536, 300'001}) {
    std::string block(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) block[i] = static_cast<char>(i * 7);
    const std::string size = std::to_string(bytes);
    const std::string text = "#" + std::to_string(size.size()) + size + block;
    ASSERT_TRUE(link->write("DATA:LOAD " + text, in(kSecond)));
    ASSERT_EQ(query("DATA:LOAD?"), text + "\n") << bytes;
  }
}

TEST_F(Usbtmc, NeverRepeatsATagOverManyMessages) {
  open({});
  for (int i = 0; i < 600; ++i) expect_in_step();  // the instrument refuses tag 0 and repetitions
}

TEST_F(Usbtmc, JoinsAnswersThatComeInSeveralMessages) {
  open({.most_per_answer = 100});
  EXPECT_EQ(query("DATA:BLOCK? 1000")->size(), 1000U + 6U + 1U);
}

TEST_F(Usbtmc, JoinsTransfersThatTheInstrumentEndsTooEarly) {
  open({.cut_every = 64});
  EXPECT_EQ(query("DATA:BLOCK? 1000")->size(), 1000U + 6U + 1U);
  expect_in_step();
}

TEST_F(Usbtmc, PassesOverAnEmptyTransferBeforeTheAnswer) {
  open({});
  tell("lie empty_first");
  expect_in_step();
}

TEST_F(Usbtmc, ReadsTheOnlyHeaderOfOldRigols) {
  open({.vendor_id = 0x1ab1,
        .product_id = 0x0588,
        .most_per_answer = 512 - 12,
        .has_one_header = true});
  EXPECT_EQ(query("DATA:BLOCK? 100000")->size(), 100'000U + 8U + 1U);
  expect_in_step();
}

TEST_F(Usbtmc, AsksSiglentScopesForLittleAtATime) {
  open({.vendor_id = 0xf4ec,
        .product_id = 0xee38,
        .serial = "SDSMMFCD4R9625",
        .most_per_request = 48});
  EXPECT_EQ(query("DATA:BLOCK? 1000")->size(), 1000U + 6U + 1U);
}

TEST_F(Usbtmc, EndsAnswersAtATerminator) {
  open({});
  ASSERT_TRUE(link->set_terminator(','));
  EXPECT_EQ(query("*IDN?"), "ACME,");
  EXPECT_EQ(answer(), "SIM488,");
  ASSERT_TRUE(link->set_terminator({}));
  EXPECT_EQ(answer(), "000042,1.2.3\n");
}

TEST_F(Usbtmc, RefusesATerminatorTheInstrumentDoesNotKnow) {
  open({.takes_terminator = false});
  EXPECT_EQ(link->set_terminator('\n').error().code, Code::kUnsupported);
  EXPECT_TRUE(link->set_terminator({}));
}

struct Untruth {
  const char* lie;
  const char* where;
};

TEST_F(Usbtmc, RefusesDamagedAnswersAndIsClearedAfterwards) {
  open({});
  for (const Untruth& untruth : {Untruth{"wrong_tag", "byte 1"}, Untruth{"damaged_tag", "byte 2"},
                                 Untruth{"wrong_kind", "byte 0"}, Untruth{"too_long", "byte 4"},
                                 Untruth{"short_header", "byte 11"}}) {
    tell(std::string("lie ") + untruth.lie);
    const auto got = query("*IDN?");
    ASSERT_FALSE(got) << untruth.lie;
    EXPECT_EQ(got.error().code, Code::kIo);
    EXPECT_EQ(got.error().where, untruth.where);
    EXPECT_EQ(query("*IDN?").error().sentence,
              "the instrument is out of step and has to be cleared");
    ASSERT_TRUE(link->clear(in(kSecond))) << untruth.lie;
    expect_in_step();
  }
}

TEST_F(Usbtmc, RecoversFromAStall) {
  open({});
  tell("lie stall");
  EXPECT_EQ(query("*IDN?").error().code, Code::kIo);
  ASSERT_TRUE(link->clear(in(kSecond)));
  expect_in_step();
}

TEST_F(Usbtmc, KeepsItsDeadlineAndAbortsTheAnswer) {
  open({});
  ASSERT_TRUE(link->write("TEST:MUTE;*IDN?", in(kSecond)));
  for (const char* pending : {"pending 0", "pending 3"}) {
    tell(pending);
    tell("lie mute");
    ASSERT_TRUE(link->write("*IDN?", in(kSecond)));
    const std::int64_t begin_ns = clock.now_ns();
    std::vector<std::byte> into(100);
    const auto nothing = link->read(into, in(200 * kMillisecond));
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Code::kTimeout);
    EXPECT_EQ(clock.now_ns() - begin_ns, 200 * kMillisecond);
    ASSERT_TRUE(link->clear(in(kSecond)));
    expect_in_step();
  }
}

TEST_F(Usbtmc, AbortsAnAnswerThatIsHalfRead) {
  open({.cut_every = 512});
  bus.add_fault(scope, {FaultKind::kDelay, TmcScope::kIn, 4, 1, 10'000});
  EXPECT_EQ(query("DATA:BLOCK? 100000").error().code, Code::kTimeout);
  bus.at(clock.now_ns() + 10 * kSecond, [] {});
  clock.advance(10 * kSecond);
  ASSERT_TRUE(link->clear(in(kSecond)));
  expect_in_step();
}

TEST_F(Usbtmc, AbortsAMessageThatTheInstrumentDoesNotTake) {
  open({});
  bus.add_fault(scope, {FaultKind::kDelay, TmcScope::kOut, 1, 1, 300});
  const std::string block = "DATA:LOAD #6200000" + std::string(200'000, 'x');
  const auto sent = link->write(block, in(200 * kMillisecond));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kTimeout);
  EXPECT_GT(dynamic_cast<TmcScope&>(bus.model(scope)).half_message_bytes(), 0U);
  clock.advance(kSecond);
  tell("pending 2");
  ASSERT_TRUE(link->clear(in(kSecond)));
  EXPECT_EQ(dynamic_cast<TmcScope&>(bus.model(scope)).half_message_bytes(), 0U);
  expect_in_step();
}

TEST_F(Usbtmc, ResetsAnInstrumentThatRefusesToBeCleared) {
  open({});
  tell("refuse_clear 1");
  ASSERT_TRUE(link->clear(in(kSecond)));
  expect_in_step();
}

TEST_F(Usbtmc, OpensAnInstrumentThatRefusesToBeCleared) {
  plug_in({});
  tell("refuse_clear 1");
  open();
  expect_in_step();
}

TEST_F(Usbtmc, ClearsWhatAnEarlierProgramLeft) {
  open({});
  ASSERT_TRUE(link->write("DATA:BLOCK? 5000", in(kSecond)));
  std::vector<std::byte> into(10);
  ASSERT_TRUE(link->read(into, in(kSecond)));
  link.reset();
  open();
  expect_in_step();
}

TEST_F(Usbtmc, LeavesTheRestOfAnAnswerNobodyReads) {
  open({.most_per_answer = 1'000});
  ASSERT_TRUE(link->write("DATA:BLOCK? 5000", in(kSecond)));
  std::vector<std::byte> into(10);
  ASSERT_TRUE(link->read(into, in(kSecond)));
  expect_in_step();
  EXPECT_EQ(query("SYST:ERR?"), "-410,\"Query INTERRUPTED\"\n");
}

TEST_F(Usbtmc, ReadsTheStatusByteWithAndWithoutAnInterruptEndpoint) {
  for (const bool has_interrupt : {true, false}) {
    open({.has_interrupt = has_interrupt});
    for (int i = 0; i < 300; ++i) ASSERT_EQ(link->status_byte(in(kSecond)), 0);  // tags 2 to 127
    ASSERT_TRUE(link->write("*IDN?", in(kSecond)));
    EXPECT_EQ(link->status_byte(in(kSecond)), 16);  // MAV
    EXPECT_EQ(answer(), std::string(ScpiDevice::kIdentity) + "\n");
    EXPECT_EQ(tell("violations"), "0 ");
    link.reset();
    bus.unplug(scope);
  }
}

TEST_F(Usbtmc, WaitsForServiceRequests) {
  open({});
  EXPECT_EQ(link->wait_service_request(in(100 * kMillisecond)), false);
  ASSERT_TRUE(link->write("TEST:CALL", in(kSecond)));
  EXPECT_EQ(link->wait_service_request(in(kSecond)), true);
  EXPECT_EQ(link->wait_service_request(in(kMillisecond)), false);
}

TEST_F(Usbtmc, KeepsAServiceRequestThatComesBeforeAStatusByte) {
  open({});
  ASSERT_TRUE(link->write("TEST:CALL", in(kSecond)));
  EXPECT_TRUE(link->status_byte(in(kSecond)));
  EXPECT_EQ(link->wait_service_request(in(kMillisecond)), true);
}

TEST_F(Usbtmc, SurvivesFaultsOfTheInterruptEndpoint) {
  open({});
  bus.add_fault(scope, {FaultKind::kStall, 0x83, 0});
  bus.add_fault(scope, {FaultKind::kProtocol, 0x83, 1, 2});
  bus.add_fault(scope, {FaultKind::kCut, 0x83, 3, 1, 1});
  ASSERT_TRUE(link->write("TEST:CALL", in(kSecond)));
  EXPECT_EQ(link->wait_service_request(in(10 * kMillisecond)), false);  // that one was cut
  ASSERT_TRUE(link->write("*STB?", in(kSecond)));
  EXPECT_TRUE(answer());
  EXPECT_TRUE(link->status_byte(in(kSecond)));
}

TEST_F(Usbtmc, Triggers) {
  open({});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(link->trigger(in(kSecond)));
  EXPECT_EQ(query("TRIG:COUN?"), "3\n");
}

TEST_F(Usbtmc, GivesTheFrontPanelBack) {
  open({});
  ASSERT_TRUE(link->set_remote(true, in(kSecond)));
  EXPECT_EQ(tell("place"), "remote");
  ASSERT_TRUE(link->lock_out_local(in(kSecond)));
  EXPECT_EQ(tell("place"), "locked");
  ASSERT_TRUE(link->set_remote(false, in(kSecond)));
  EXPECT_EQ(tell("place"), "local");
  ASSERT_TRUE(link->indicate(in(kSecond)));
  EXPECT_EQ(tell("pulses"), "1");
}

TEST_F(Usbtmc, DoesNotSetThoseRemoteThatOnlySayTheyCan) {
  open({.vendor_id = 0x1ab1, .product_id = 0x0515});
  EXPECT_EQ(link->set_remote(true, in(kSecond)).error().code, Code::kUnsupported);
  EXPECT_EQ(tell("place"), "local");
}

TEST_F(Usbtmc, SaysWhatAPlainUsbtmcInstrumentCannot) {
  open({.is_488 = false, .has_interrupt = false});
  EXPECT_EQ(link->status_byte(in(kSecond)).error().code, Code::kUnsupported);
  EXPECT_EQ(link->wait_service_request(in(kSecond)).error().code, Code::kUnsupported);
  EXPECT_EQ(link->trigger(in(kSecond)).error().code, Code::kUnsupported);
  EXPECT_EQ(link->set_remote(true, in(kSecond)).error().code, Code::kUnsupported);
  expect_in_step();
}

TEST_F(Usbtmc, SaysThatTheInstrumentIsGone) {
  open({});
  bus.unplug(scope);
  EXPECT_EQ(link->write("*IDN?", in(kSecond)).error().code, Code::kDisconnected);
  EXPECT_EQ(link->clear(in(kSecond)).error().code, Code::kDisconnected);
  std::vector<std::byte> into(10);
  EXPECT_EQ(link->read(into, in(kSecond)).error().code, Code::kDisconnected);
  bus.plug(scope);
}

TEST_F(Usbtmc, NoticesADepartureInTheMiddleOfAnAnswer) {
  open({});
  bus.add_fault(scope, {FaultKind::kVanish, TmcScope::kIn, 3});
  Code code = Code::kOk;
  for (int i = 0; i < 10 && code == Code::kOk; ++i) {
    const auto got = query("*IDN?");
    code = got ? Code::kOk : got.error().code;
  }
  EXPECT_EQ(code, Code::kDisconnected);
  bus.plug(scope);
}

TEST_F(Usbtmc, IsRefusedWhereThereIsNoUsbtmc) {
  bus.add(std::make_unique<emu::Model>(usb::DeviceInfo{.interfaces = {{0, 0, {8, 6}, 0x50, {}}}}));
  auto device = bus.open({});
  ASSERT_TRUE(device);
  const auto opened = UsbtmcLink::open("usb", std::move(*device), clock, in(kSecond));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kUnsupported);
}

TEST_F(Usbtmc, SaysThatAnotherProgramHasIt) {
  plug_in({});
  bus.set_taken(scope, true);
  auto device = bus.open({.interface_class = kUsbtmcClass});
  ASSERT_TRUE(device);
  const auto opened = UsbtmcLink::open("usb", std::move(*device), clock, in(kSecond));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kBusy);
}

// Any faults in any order: an answer is right, or an error is told; a clear brings both in step.
TEST_F(Usbtmc, SurvivesAThousandRandomFaultPlans) {
  constexpr std::array kKinds{FaultKind::kStall, FaultKind::kProtocol, FaultKind::kOverflow,
                              FaultKind::kCut,   FaultKind::kGarbage,  FaultKind::kDrop,
                              FaultKind::kDelay, FaultKind::kNoMemory};
  constexpr std::array<std::uint8_t, 4> kEndpoints{0, TmcScope::kOut, TmcScope::kIn, TmcScope::kIn};
  int wrong = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return random() % n; };
    link.reset();
    if (seed > 1) bus.unplug(scope);
    open({.has_interrupt = below(2) == 0, .packet_bytes = 64, .most_per_answer = 64 + below(500)});
    for (int i = 0; i < 5; ++i) {
      const auto kind = kKinds[below(kKinds.size())];
      const std::uint8_t endpoint = kEndpoints[below(kEndpoints.size())];
      bus.add_fault(scope, {kind, endpoint, 8 + below(20), 1, below(60)});
    }
    for (int i = 0; i < 20; ++i) {
      const auto got = query("*IDN?", 16 + below(100));
      if (got && *got == std::string(ScpiDevice::kIdentity) + "\n") continue;
      if (got) ++wrong;  // garbage and cuts that USBTMC itself cannot see
      bool is_clear = false;
      for (int tries = 0; tries < 500 && !is_clear; ++tries)
        is_clear = link->clear(in(kSecond)).has_value();
      ASSERT_TRUE(is_clear);
    }
    // The plan may have faults left.
    const std::string right = std::string(ScpiDevice::kIdentity) + "\n";
    bool is_right = false;
    for (int tries = 0; tries < 500 && !is_right; ++tries)
      is_right = link->clear(in(kSecond)) && query("*IDN?") == right;
    ASSERT_TRUE(is_right);
  }
  EXPECT_LT(wrong, 1000);
  expects_no_violation = false;  // a cut transfer is one
}

}  // namespace
}  // namespace acq::scpi
