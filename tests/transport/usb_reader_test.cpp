// A steady flow over a device and a cable with every fault, in virtual time.
#include "drivers/transport/usb_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "tests/support/usb/counter_stream.h"
#include "tests/support/usb/fake_bus.h"

namespace acq::usb {
namespace {

using emu::CounterStream;
using emu::Fault;
using emu::FaultKind;

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;
constexpr std::uint8_t kIn = CounterStream::kIn;
constexpr std::uint32_t kRate = 1'000'000;  // words per second: 4 MB/s
constexpr ReadAhead kAhead{16, 16 * 1024};  // one transfer every 4.096 ms

class UsbReader : public testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    auto opened = bus.open({});
    ASSERT_TRUE(opened) << to_string(opened.error());
    device = std::move(*opened);
    const Interface& interface = device->info().interfaces.at(0);
    reader = std::make_unique<Reader>(*device, *interface.find(TransferType::kBulk, true), kAhead,
                                      clock);
  }
  void start(std::uint32_t words_per_second = kRate) {
    std::array<std::byte, 4> data{};
    std::memcpy(data.data(), &words_per_second, sizeof words_per_second);
    ASSERT_TRUE(device->control({0x40, CounterStream::kStart, 0, 0}, data, in(kSecond)));
    const auto started = reader->start();
    ASSERT_TRUE(started) << to_string(started.error());
  }
  [[nodiscard]] Until in(std::int64_t ns) const { return {clock.now_ns() + ns}; }
  std::uint64_t made_by_the_device() {
    std::array<std::byte, 16> told{};
    EXPECT_TRUE(device->control({0xC0, CounterStream::kTell, 0, 0}, told, in(kSecond)));
    std::uint64_t made = 0;
    std::memcpy(&made, told.data(), sizeof made);
    return made;
  }

  // Takes in what came: counts words, and how many are missing between them.
  void take(const Arrival& arrival) {
    ASSERT_EQ(arrival.bytes.size() % 4, 0U);
    if (arrival.before != Break::kNone) ++told_breaks;
    bool is_in_order = true;
    for (std::size_t at = 0; at < arrival.bytes.size(); at += 4) {
      std::uint32_t word = 0;
      std::memcpy(&word, arrival.bytes.data() + at, sizeof word);
      if (word < next) is_in_order = false;
      missing += word - next;
      next = word + 1;
    }
    words += arrival.bytes.size() / 4;
    ASSERT_TRUE(is_in_order) << "a word came twice, or late";
  }
  // Reads for so long; errors end it.
  Error read_for(std::int64_t ns) {
    const std::int64_t end_ns = clock.now_ns() + ns;
    while (clock.now_ns() < end_ns) {
      const auto arrival = reader->read({end_ns});
      if (!arrival) {
        if (arrival.error().code != Code::kTimeout) return arrival.error();
        continue;
      }
      if (arrival->is_end) break;
      take(*arrival);
    }
    return {Code::kOk, ""};
  }
  void read_to_the_end() {
    for (;;) {
      const auto arrival = reader->read(in(kSecond));
      ASSERT_TRUE(arrival) << to_string(arrival.error());
      if (arrival->is_end) return;
      take(*arrival);
    }
  }

  FakeClock clock;
  emu::FakeBus bus{clock};
  std::size_t counter = bus.add(std::make_unique<CounterStream>(CounterStream::Options{}));
  std::unique_ptr<Device> device;
  std::unique_ptr<Reader> reader;
  std::uint32_t next = 0;
  std::uint64_t words = 0;
  std::uint64_t missing = 0;
  int told_breaks = 0;
};

TEST_F(UsbReader, GivesEveryByteOnceInOrder) {
  start();
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(words, 244U * 4096U);  // whole transfers within one second: 1e6 / 4096
}

TEST_F(UsbReader, GivesWhatCancelledTransfersReceived) {
  start();
  read_for(100 * kMillisecond + 1);
  const std::uint64_t before = words;
  reader->stop();
  read_to_the_end();
  EXPECT_GT(words, before);
  EXPECT_EQ(missing, 0U);
  // The device has sent whole packets of 128 words: less than one packet is left in it.
  EXPECT_LT(made_by_the_device() - words, 128U);
}

TEST_F(UsbReader, StartsAgainAfterAStop) {
  start();
  read_for(50 * kMillisecond);
  reader->stop();  // and nobody reads the rest
  const std::uint64_t before = words;
  start();
  read_for(50 * kMillisecond);
  EXPECT_GT(words, before);
  reader->stop();
  reader->stop();
  read_to_the_end();
  const auto again = reader->read(in(kSecond));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->is_end);
}

TEST_F(UsbReader, MendsAStallWithoutLosingAWord) {
  bus.add_fault(counter, {FaultKind::kStall, kIn, 10});
  start();
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(told_breaks, 1);
  EXPECT_EQ(reader->breaks(), 1U);
}

TEST_F(UsbReader, KeepsWhatCameBeforeAnErrorOnTheWire) {
  bus.add_fault(counter, {FaultKind::kProtocol, kIn, 10, 1, 1024});
  bus.add_fault(counter, {FaultKind::kOverflow, kIn, 30, 1, 512});
  start();
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(reader->breaks(), 2U);
  EXPECT_GE(told_breaks, 2);
}

TEST_F(UsbReader, LetsTheWordsTellWhatWasCutOrDropped) {
  bus.add_fault(counter, {FaultKind::kCut, kIn, 5, 1, 4096});  // of 16384 bytes
  bus.add_fault(counter, {FaultKind::kDrop, kIn, 9, 2});
  start();
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_EQ(missing, (16384U - 4096U) / 4U + 2U * 4096U);
  EXPECT_EQ(reader->breaks(), 0U);
}

TEST_F(UsbReader, SaysThatATransferWasShort) {
  bus.add_fault(counter, {FaultKind::kCut, kIn, 1, 1, 512});
  start();
  const auto first = reader->read(in(kSecond));
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->is_short);
  const auto second = reader->read(in(kSecond));
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->is_short);
  EXPECT_EQ(second->bytes.size(), 512U);
}

TEST_F(UsbReader, KeepsItsDeadlines) {
  start(1);  // a word a second: no transfer fills
  for (const std::int64_t wait_ns : {kMillisecond, 20 * kMillisecond, kSecond}) {
    const std::int64_t begin_ns = clock.now_ns();
    const auto nothing = reader->read(in(wait_ns));
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, Code::kTimeout);
    EXPECT_EQ(clock.now_ns() - begin_ns, wait_ns);
  }
}

TEST_F(UsbReader, KeepsItsDeadlinesWhileItMends) {
  // Each time, all 16 transfers under way fail.
  bus.add_fault(counter, {FaultKind::kProtocol, kIn, 0, 6 * kAhead.transfers});
  start();
  for (int i = 0; i < 100 && reader->breaks() < 6; ++i) {
    const std::int64_t begin_ns = clock.now_ns();
    reader->read(in(7 * kMillisecond));
    EXPECT_LE(clock.now_ns() - begin_ns, 7 * kMillisecond);
  }
  EXPECT_EQ(reader->breaks(), 6U);
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_GT(words, 0U);
}

TEST_F(UsbReader, RunsWithFewerTransfersWhenMemoryIsShort) {
  bus.unplug(counter);
  bus.set_memory_limit(5 * (kAhead.transfer_bytes + emu::UrbQueue::kUrbCost_bytes) + 100);
  bus.plug(counter);
  open();
  start();
  EXPECT_EQ(reader->under_way(), 5U);
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_EQ(missing, 0U);
}

TEST_F(UsbReader, RefusesToStartWithOneTransfer) {
  bus.unplug(counter);
  bus.set_memory_limit(kAhead.transfer_bytes + 2 * emu::UrbQueue::kUrbCost_bytes + 100);
  bus.plug(counter);
  open();
  const auto started = reader->start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kBusy);
}

TEST_F(UsbReader, GoesOnWhenMemoryRunsOutForAWhile) {
  bus.add_fault(counter, {FaultKind::kNoMemory, kIn, 3, 1, 40});
  start();
  EXPECT_EQ(read_for(kSecond).code, Code::kOk);
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(reader->under_way(), kAhead.transfers);
}

TEST_F(UsbReader, GivesEverythingBeforeItSaysThatTheDeviceIsGone) {
  start();
  bus.at(clock.now_ns() + 100 * kMillisecond, [&] { bus.unplug(counter); });
  EXPECT_EQ(read_for(kSecond).code, Code::kDisconnected);
  EXPECT_EQ(words, 24U * 4096U);  // whole transfers of 4.096 ms in 100 ms
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(reader->start().error().code, Code::kDisconnected);
}

TEST_F(UsbReader, TakesABurstOfErrorsForADepartureOnlyWhenItIsOne) {
  start();
  const std::int64_t begin_ns = clock.now_ns();
  bus.at(begin_ns + 100 * kMillisecond, [&] { bus.fail_everything(counter); });
  bus.at(begin_ns + 130 * kMillisecond, [&] { bus.unplug(counter); });
  EXPECT_EQ(read_for(kSecond).code, Code::kDisconnected);
  EXPECT_LT(clock.now_ns() - begin_ns, 200 * kMillisecond);
}

TEST_F(UsbReader, GivesUpADeviceThatOnlyMakesErrors) {
  start();
  const std::int64_t begin_ns = clock.now_ns();
  bus.at(begin_ns + 100 * kMillisecond, [&] { bus.fail_everything(counter); });
  EXPECT_EQ(read_for(5 * kSecond).code, Code::kDisconnected);
  EXPECT_LT(clock.now_ns() - begin_ns, 1'100 * kMillisecond);
}

TEST_F(UsbReader, UnderstandsADepartureThatIsToldBeforeItHappens) {
  start();
  const std::int64_t begin_ns = clock.now_ns();
  bus.at(begin_ns + 50 * kMillisecond, [&] { bus.tell_departure(counter); });
  bus.at(begin_ns + 200 * kMillisecond, [&] { bus.disconnect(counter); });
  EXPECT_EQ(read_for(kSecond).code, Code::kDisconnected);
  EXPECT_EQ(missing, 0U);
}

TEST_F(UsbReader, UnderstandsADepartureThatIsNeverTold) {
  start();
  bus.at(clock.now_ns() + 50 * kMillisecond, [&] { bus.disconnect(counter); });
  EXPECT_EQ(read_for(kSecond).code, Code::kDisconnected);
}

TEST_F(UsbReader, EndsSoonAfterAStopIsAskedFor) {
  start(1);
  std::stop_source stop;
  bus.at(clock.now_ns() + 30 * kMillisecond, [&] { stop.request_stop(); });
  const std::int64_t begin_ns = clock.now_ns();
  const auto nothing = reader->read({begin_ns + 10 * kSecond, stop.get_token()});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::kTimeout);
  EXPECT_LE(clock.now_ns() - begin_ns, 50 * kMillisecond);
}

TEST_F(UsbReader, HoldsNothingAfterAThousandUnpluggings) {
  for (int i = 0; i < 1000; ++i) {
    start();
    read_for(10 * kMillisecond);
    bus.unplug(counter);
    EXPECT_EQ(read_for(kSecond).code, Code::kDisconnected);
    reader.reset();
    device.reset();
    ASSERT_EQ(bus.open_devices(), 0U);
    EXPECT_EQ(bus.open({}).error().code, Code::kDisconnected);
    bus.plug(counter);
    open();
    next = 0;  // only what is lost with the plug is missing
  }
}

// Any faults in any order: words never come twice or out of order, and the reader never hangs.
TEST_F(UsbReader, SurvivesRandomFaultPlans) {
  constexpr std::array kKinds{FaultKind::kStall,   FaultKind::kProtocol, FaultKind::kOverflow,
                              FaultKind::kCut,     FaultKind::kDrop,     FaultKind::kDelay,
                              FaultKind::kNoMemory};
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t n) { return random() % n; };
    FakeClock own_clock;
    emu::FakeBus own_bus(own_clock);
    own_bus.add(std::make_unique<CounterStream>(CounterStream::Options{}));
    std::uint64_t cut_words = 0;
    for (std::uint64_t i = 0, at = below(8); i < 6; ++i, at += 1 + below(8)) {
      Fault fault{kKinds[below(kKinds.size())], kIn, at, 1, below(33) * 512};
      if (fault.kind == FaultKind::kDelay || fault.kind == FaultKind::kNoMemory)
        fault.amount = below(40);
      if (fault.kind == FaultKind::kCut) cut_words += (16384 - fault.amount) / 4;
      if (fault.kind == FaultKind::kDrop) cut_words += 4096;
      own_bus.add_fault(0, fault);
    }
    auto own_device = std::move(*own_bus.open({}));
    Reader own_reader(*own_device, own_device->info().interfaces[0].endpoints[1], kAhead,
                      own_clock);
    std::array<std::byte, 4> rate{};
    std::memcpy(rate.data(), &kRate, sizeof kRate);
    ASSERT_TRUE(own_device->control({0x40, CounterStream::kStart, 0, 0}, rate,
                                    {own_clock.now_ns() + kSecond}));
    next = 0;
    missing = words = 0;
    if (!own_reader.start()) continue;  // a plan that leaves memory for less than two transfers
    const std::int64_t end_ns = own_clock.now_ns() + kSecond / 2;  // 125 000 words
    while (own_clock.now_ns() < end_ns) {
      const auto arrival = own_reader.read({end_ns});
      if (arrival) {
        take(*arrival);
      } else {
        ASSERT_NE(arrival.error().code, Code::kDisconnected);
      }
    }
    EXPECT_LE(missing, cut_words);
    EXPECT_GT(words, 10'000U);  // the worst plan takes memory away for 0.4 s
    if (HasFailure()) return;
  }
}

TEST(ReadAhead, StaysWithinWhatUsbfsAllows) {
  for (const double rate : {1.0, 1e3, 1e5, 8e6, 24e6, 48e6, 400e6, 5e9}) {
    const ReadAhead ahead = read_ahead_for(rate, 512);
    EXPECT_GE(ahead.transfers, 16U) << rate;
    EXPECT_LE(ahead.transfers, 64U) << rate;
    EXPECT_EQ(ahead.transfer_bytes % 512, 0U) << rate;
    EXPECT_LE(ahead.transfers * ahead.transfer_bytes, std::size_t{8} << 20U) << rate;
  }
  // 24 MB/s, as a logic analyser sends: 10 ms each, and at least 100 ms ahead.
  const ReadAhead logic = read_ahead_for(24e6, 512);
  EXPECT_EQ(logic.transfer_bytes, 240'128U);  // 469 packets
  EXPECT_GE(logic.transfers * logic.transfer_bytes, 2'400'000U);
}

}  // namespace
}  // namespace acq::usb
