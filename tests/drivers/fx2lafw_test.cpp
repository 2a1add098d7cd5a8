#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/transport/usb.h"
#include "tests/support/usb/fake_bus.h"
#include "tests/support/usb/logic_board.h"

namespace acq {
namespace {

using emu::Fault;
using emu::FaultKind;
using emu::LogicBoard;

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;
constexpr double kRate = 1e6;

std::string text(std::string_view s) {
  return std::string(s);
}

class Fx2Lafw : public testing::Test {
 protected:
  Fx2Lafw() {
    usb::use_bus(bus);
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/fx2lafw-sigrok-fx2-16ch.fw", std::ios::binary)
        << std::string(5000, 'f');
    std::ofstream(folder + "/fx2lafw-cypress-fx2.fw", std::ios::binary) << std::string(600, 'c');
  }
  ~Fx2Lafw() override { std::filesystem::remove_all(folder); }

  Result<InstrumentInfo> open(Table more = {}) {
    const DriverEntry* entry = find_driver("fx2lafw");
    driver = entry->make(clock);
    Table table = {{"rate", kRate}, {"firmware", folder}};
    for (auto& [name, value] : more) table[name] = value;
    const auto params = Params::check(entry->params, table, "");
    EXPECT_TRUE(params) << to_string(params.error());
    return driver->open(*params);
  }
  Error refusal(const Table& more) {
    const auto info = open(more);
    return info ? Error{Code::kOk, ""} : info.error();
  }
  void start(const Table& more = {}) {
    const auto info = open(more);
    ASSERT_TRUE(info) << to_string(info.error());
    const auto started = driver->start();
    ASSERT_TRUE(started) << to_string(started.error());
  }
  // One packet; errors other than a time without data are the caller's.
  Result<ReadOutcome> read(std::int64_t wait_ns = kSecond) {
    packet.clear();
    packet.samples = memory.data();
    packet.capacity_bytes = 16384;
    return driver->read(packet, clock.now_ns() + wait_ns, {});
  }

  // The number of the first sample of the packet, which is a multiple of 128.
  [[nodiscard]] std::uint64_t number_at_start() const {
    std::uint64_t blocks = 0;
    for (unsigned k = 0; k < 8; ++k) {
      const auto low = std::to_integer<std::uint64_t>(memory[std::size_t{16} * k * width()]);
      blocks |= (low >> 4U & 0xfU) << 4 * k;
    }
    return blocks * 128;
  }
  [[nodiscard]] std::size_t width() const { return packet.info->scan_bytes(); }

  // Reads `packets` of them. Between two gaps every sample follows the one before; gaps are noted.
  void follow(int packets) {
    for (int i = 0; i < packets; ++i) {
      const auto outcome = read();
      ASSERT_TRUE(outcome) << to_string(outcome.error());
      ASSERT_EQ(*outcome, ReadOutcome::kPacket);
      take();
      if (HasFatalFailure()) return;
    }
  }
  void take() {
    const Gap& gap = packet.gap_before;
    if (!next || gap.reasons != kGapNone) {
      ASSERT_GE(packet.count, 128U);
      const std::uint64_t number = number_at_start();
      if (next) gaps.push_back({gap, number - *next, clock.now_ns() - last_ns});
      next = number;
    }
    for (std::size_t i = 0; i < packet.count; ++i) {
      std::uint16_t word = 0;
      std::memcpy(&word, memory.data() + i * width(), width());
      const std::uint16_t mask = width() == 1 ? 0xff : 0xffff;
      ASSERT_EQ(word, LogicBoard::sample(*next + i) & mask)
          << "sample " << *next + i << " does not follow the one before, and no gap is told";
    }
    *next += packet.count;
    EXPECT_GE(packet.stamp.t0_ticks, last_stamp);
    last_stamp = packet.stamp.t0_ticks;
    last_ns = clock.now_ns();
  }

  struct Seen {
    Gap told;
    std::uint64_t truth = 0;
    std::int64_t silence_ns = 0;
  };

  const std::string folder = testing::TempDir() + "acq-fx2lafw-" + std::to_string(getpid());
  FakeClock clock;
  std::shared_ptr<emu::FakeBus> bus = std::make_shared<emu::FakeBus>(clock);
  std::unique_ptr<Driver> driver;
  std::vector<std::byte> memory = std::vector<std::byte>(16384);
  Packet packet;
  std::optional<std::uint64_t> next;
  std::vector<Seen> gaps;
  std::int64_t last_ns = 0;
  std::int64_t last_stamp = 0;
};

TEST_F(Fx2Lafw, LoadsFirmwareWaitsForTheBoardAndSamples) {
  bus->add(LogicBoard::bare({}));
  const std::int64_t before_ns = clock.now_ns();
  const auto info = open();
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_LT(clock.now_ns() - before_ns, 200 * kMillisecond);  // it is away for 50 ms
  EXPECT_EQ(info->vendor, "sigrok");
  EXPECT_EQ(info->model, "fx2lafw 16 channels");
  EXPECT_EQ(info->serial, "1-1");
  EXPECT_EQ(info->firmware, "1.4, chip revision 1");
  EXPECT_EQ(info->loss_report, LossReport::kInexact);
  EXPECT_EQ(bus->model(0).tell("firmware").substr(0, 5), "5000 ");
  const StreamInfo& stream = *info->streams.at(0);
  EXPECT_EQ(stream.name, "logic");
  EXPECT_EQ(stream.kind, Kind::kLogic);
  EXPECT_EQ(stream.layout, Layout::kPacked);
  EXPECT_EQ(stream.dtype, Dtype::kU8);
  EXPECT_EQ(stream.rate_hz, (Rational{1'000'000, 1}));
  ASSERT_EQ(stream.channels.size(), 8U);
  EXPECT_EQ(stream.channels[7].id, "d7");
  ASSERT_TRUE(driver->start());
  follow(200);
  EXPECT_TRUE(gaps.empty());
  EXPECT_GT(*next, 1'000'000U);
}

TEST_F(Fx2Lafw, ABoardThatHasItsFirmwareIsLeftAlone) {
  LogicBoard::Options loaded;
  bus->add(std::make_unique<LogicBoard>(loaded));
  ASSERT_TRUE(open({{"firmware", text("no/such/folder")}}));
  EXPECT_EQ(bus->model(0).tell("firmware").substr(0, 2), "0 ");
}

TEST_F(Fx2Lafw, SixteenChannelsComeInWordsOfSixteenBits) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  start({{"channels", 16.0}, {"rate", 12e6}, {"names", text("clk,,data")}});
  follow(300);
  EXPECT_TRUE(gaps.empty());
  EXPECT_EQ(packet.info->dtype, Dtype::kU16);
  ASSERT_EQ(packet.info->channels.size(), 16U);
  EXPECT_EQ(packet.info->channels[0].label, "clk");
  EXPECT_EQ(packet.info->channels[1].label, "D1");
  EXPECT_EQ(packet.info->channels[2].label, "data");
}

TEST_F(Fx2Lafw, EveryRateIsWhatTheBoardIsTold) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  for (const double rate : {20e3, 250e3, 3e6, 24e6, 30e6 / 7}) {
    SCOPED_TRACE(rate);
    next.reset();
    start({{"rate", rate}});
    const std::int64_t from_ns = clock.now_ns();
    ASSERT_NO_FATAL_FAILURE(follow(1));
    const std::uint64_t first = *next - packet.count;
    ASSERT_NO_FATAL_FAILURE(follow(30));
    const double seconds = static_cast<double>(packet.stamp.host_rx_ns - from_ns) / 1e9;
    // To a transfer, which is 512 bytes or 10 ms.
    EXPECT_NEAR(static_cast<double>(*next - first), seconds * rate, 512 + rate / 100);
  }
}

TEST_F(Fx2Lafw, AnOverrunIsAGapThatIsNotExactAndSamplingGoesOn) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  start();
  ASSERT_NO_FATAL_FAILURE(follow(20));
  for (int times = 0; times < 3; ++times) {
    bus->model(0).tell("overrun");
    ASSERT_NO_FATAL_FAILURE(follow(20));
  }
  ASSERT_EQ(gaps.size(), 3U);
  for (const Seen& gap : gaps) {
    EXPECT_EQ(gap.told.reasons, kGapDevice);
    EXPECT_FALSE(gap.told.is_exact);
    EXPECT_LT(gap.silence_ns, 250 * kMillisecond);
    // By the clock, to a transfer of 10 ms on each side.
    EXPECT_NEAR(static_cast<double>(gap.told.samples), static_cast<double>(gap.truth),
                0.02 * kRate);
  }
  EXPECT_EQ(bus->model(0).tell("starts"), "4");
}

// Faults of the wire, and what must be told of each. A transfer that vanishes whole and without an
// error is not among them: bulk transfers are acknowledged, and the board numbers nothing.
TEST_F(Fx2Lafw, NoFaultOfTheWireLosesASampleSilently) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  const Fault faults[] = {
      {FaultKind::kStall, LogicBoard::kIn, 5, 1, 0},
      {FaultKind::kStall, LogicBoard::kIn, 9, 1, 1024},
      {FaultKind::kProtocol, LogicBoard::kIn, 14, 3, 0},
      {FaultKind::kOverflow, LogicBoard::kIn, 22, 1, 512},
      {FaultKind::kCut, LogicBoard::kIn, 30, 1, 4096},
      {FaultKind::kCut, LogicBoard::kIn, 37, 1, 777},
      {FaultKind::kDelay, LogicBoard::kIn, 44, 1, 350},
  };
  for (const double channels : {8.0, 16.0}) {
    for (const Fault& fault : faults) {
      SCOPED_TRACE(testing::Message() << channels << " channels, fault at " << fault.first);
      next.reset();
      gaps.clear();
      start({{"channels", channels}});
      bus->add_fault(0, fault);
      ASSERT_NO_FATAL_FAILURE(follow(80));
      if (fault.kind != FaultKind::kDelay) {
        EXPECT_FALSE(gaps.empty());
      }
      for (const Seen& gap : gaps) {
        EXPECT_FALSE(gap.told.is_exact);
        EXPECT_GE(gap.told.samples, 1U);
        EXPECT_LT(gap.silence_ns, kSecond);
      }
    }
  }
}

TEST_F(Fx2Lafw, ComesBackWithFirmwareLoadedAnewAfterItWasPulledOut) {
  bus->add(LogicBoard::bare({}));
  const auto before = open();
  ASSERT_TRUE(before);
  ASSERT_TRUE(driver->start());
  ASSERT_NO_FATAL_FAILURE(follow(5));
  bus->unplug(0);
  Result<ReadOutcome> outcome = read();
  while (outcome) outcome = read();
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  driver->stop();
  driver->close();
  EXPECT_EQ(refusal({}).code, Code::kDisconnected);
  bus->plug(0);
  const auto after = open();
  ASSERT_TRUE(after) << to_string(after.error());
  EXPECT_EQ(after->serial, before->serial);
  EXPECT_EQ(after->model, before->model);
  ASSERT_TRUE(driver->start());
  next.reset();
  follow(5);
  EXPECT_EQ(bus->open_devices(), 1U);
}

TEST_F(Fx2Lafw, ABareChipGetsFirmwareOnlyWhenAskedTo) {
  LogicBoard::Options bare;
  bare.vendor_id = 0x04b4;
  bare.product_id = 0x8613;
  bus->add(LogicBoard::bare(bare));
  const Error error = refusal({});
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, "load_unbranded");
  EXPECT_FALSE(error.allowed.empty());
  EXPECT_TRUE(bus->list({.vendor_id = 0x04b4})->at(0).manufacturer.empty()) << "it was written to";
  start({{"load_unbranded", true}});
  follow(3);
  EXPECT_EQ(bus->model(0).tell("firmware").substr(0, 4), "600 ");
}

TEST_F(Fx2Lafw, MissingFirmwareIsToldWithItsFileAndWhereToGetIt) {
  bus->add(LogicBoard::bare({}));
  const Error error = refusal({{"firmware", text("no/such/folder")}});
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_EQ(error.where, "firmware");
  EXPECT_NE(error.sentence.find("no/such/folder/fx2lafw-sigrok-fx2-16ch.fw"), std::string::npos);
  EXPECT_NE(error.allowed.find("sigrok-firmware-fx2lafw"), std::string::npos);
}

TEST_F(Fx2Lafw, ABoardThatDoesNotComeBackIsGoneAfterThreeSeconds) {
  usb::DeviceInfo info = emu::Fx2Loader::bare();
  info.vendor_id = 0x1d50;
  info.product_id = 0x608d;
  // Its firmware does not start: it comes back as it was.
  bus->add(
      std::make_unique<emu::Fx2Loader>(info, [](const auto&) { return LogicBoard::bare({}); }));
  const std::int64_t before_ns = clock.now_ns();
  const Error error = refusal({});
  EXPECT_EQ(error.code, Code::kDisconnected);
  EXPECT_NE(error.sentence.find("3 s"), std::string::npos);
  const std::int64_t waited_ns = clock.now_ns() - before_ns;
  EXPECT_GE(waited_ns, 3 * kSecond);
  EXPECT_LE(waited_ns, 3 * kSecond * 6 / 5);
}

TEST_F(Fx2Lafw, AnotherMajorVersionIsRefused) {
  LogicBoard::Options other;
  other.major = 2;
  bus->add(std::make_unique<LogicBoard>(other));
  const Error error = refusal({});
  EXPECT_EQ(error.code, Code::kUnsupported);
  EXPECT_NE(error.sentence.find("fx2lafw 2.4"), std::string::npos);
  EXPECT_EQ(error.allowed, "version 1");
}

TEST_F(Fx2Lafw, AnAnswerThatIsTooShortIsNoVersion) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  bus->add_fault(0, {FaultKind::kCut, 0, 0, 1, 1});
  const Error error = refusal({});
  EXPECT_EQ(error.code, Code::kIo);
  EXPECT_NE(error.sentence.find("1 bytes for its version"), std::string::npos);
}

TEST_F(Fx2Lafw, OfSeveralBoardsThePortChooses) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  const Error error = refusal({});
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.allowed, "one of the ports 1-1, 1-2");
  const auto info = open({{"usb", text("1-2")}});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->serial, "1-2");
  EXPECT_EQ(refusal({{"usb", text("1d50:608c")}}).code, Code::kDisconnected);
  EXPECT_EQ(refusal({{"usb", text("nonsense")}}).where, "usb");
}

TEST_F(Fx2Lafw, WhatTheBoardCannotDoIsRefusedByName) {
  LogicBoard::Options narrow;
  narrow.product_id = 0x608c;
  bus->add(std::make_unique<LogicBoard>(narrow));
  EXPECT_EQ(refusal({{"channels", 16.0}}).where, "channels");
  EXPECT_EQ(refusal({{"channels", 9.0}}).where, "channels");
  EXPECT_EQ(refusal({{"rate", 7e6}}).where, "rate");
  EXPECT_EQ(refusal({{"names", text("a,b,c,d,e,f,g,h,i")}}).where, "names");
}

TEST_F(Fx2Lafw, ABoardThatSamplesNoMoreHoweverOftenItIsStartedIsGone) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  start();
  ASSERT_NO_FATAL_FAILURE(follow(3));
  bus->model(0).tell("hold");
  const std::int64_t from_ns = clock.now_ns();
  Result<ReadOutcome> outcome = read();
  while (outcome && clock.now_ns() < from_ns + 60 * kSecond) outcome = read();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::kDisconnected);
  EXPECT_GT(clock.now_ns() - from_ns, 2 * kSecond);
}

TEST_F(Fx2Lafw, NothingButARestartChangesASetting) {
  bus->add(std::make_unique<LogicBoard>(LogicBoard::Options{}));
  start();
  const DriverEntry* entry = find_driver("fx2lafw");
  Table table = {{"rate", kRate}, {"firmware", folder}};
  EXPECT_TRUE(driver->set(*Params::check(entry->params, table, "")));
  table["rate"] = 2e6;
  const auto refused = driver->set(*Params::check(entry->params, table, ""));
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_EQ(refused.error().where, "rate");
}

}  // namespace
}  // namespace acq
