// The rules of usbfs that the emulators keep (Linux drivers/usb/core/devio.c; those marked were seen
// with a real kernel).
#include "tests/support/usb/urb_queue.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <vector>

#include "tests/support/usb/counter_stream.h"
#include "tests/support/usb/fake_bus.h"
#include "tests/support/usb/loader.h"

namespace acq::emu {
namespace {

constexpr std::uint8_t kIn = CounterStream::kIn;

class UsbEmulation : public testing::Test {
 protected:
  void start(std::uint32_t rate) {
    std::vector<std::byte> data(4);
    for (unsigned i = 0; i < 4; ++i) data[i] = static_cast<std::byte>(rate >> 8 * i);
    ASSERT_EQ(model.answer({0x40, CounterStream::kStart, 0, 0, 4}, data, now_ns), 4);
  }
  int submit(std::uint64_t id, std::size_t length = 512, const void* owner = nullptr) {
    Urb urb;
    urb.id = id;
    urb.owner = owner;
    urb.endpoint = kIn;
    urb.length = length;
    return queue.submit(urb, now_ns);
  }
  // What is reaped next: its number and its status, or nothing.
  std::pair<std::uint64_t, int> reap(const void* owner = nullptr) {
    const auto urb = queue.reap(owner);
    return urb ? std::pair(urb->id, urb->status) : std::pair(std::uint64_t{0}, 1);
  }

  std::int64_t now_ns = 1'000'000'000;
  CounterStream model{CounterStream::Options{}};
  FaultPlan faults;
  std::map<std::uint64_t, std::size_t> placed;
  UrbQueue queue{model, faults, [this](const Urb& urb, std::span<const std::byte> bytes) {
                   placed[urb.id] += bytes.size();
                 }};
};

using Reaped = std::pair<std::uint64_t, int>;
const Reaped kNothing{0, 1};

TEST_F(UsbEmulation, EndsTransfersInOrder) {
  start(0);
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(submit(id), 0);
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(reap(), Reaped(id, 0));
  EXPECT_EQ(reap(), kNothing);
  EXPECT_EQ(placed, (std::map<std::uint64_t, std::size_t>{{1, 512}, {2, 512}, {3, 512}}));
}

TEST_F(UsbEmulation, GivesADiscardedTransferBackWithWhatItHad) {  // seen: 23 of 32 had data
  start(128'000);                                                 // a packet every ms
  EXPECT_EQ(submit(1, 4096), 0);
  EXPECT_EQ(submit(2, 4096), 0);
  now_ns += 2'500'000;
  EXPECT_EQ(queue.discard(nullptr, 2, now_ns), 0);
  EXPECT_EQ(queue.discard(nullptr, 1, now_ns), 0);
  EXPECT_EQ(queue.discard(nullptr, 1, now_ns), EINVAL);
  EXPECT_EQ(reap(), Reaped(2, -ENOENT));
  EXPECT_EQ(reap(), Reaped(1, -ENOENT));
  EXPECT_EQ(placed, (std::map<std::uint64_t, std::size_t>{{1, 1024}}));
}

// The front ends read the clock before they take their lock.
TEST_F(UsbEmulation, LosesNothingWhenAnOlderTimeComesAfterANewerOne) {
  start(128'000);
  EXPECT_EQ(submit(1), 0);
  now_ns += 3'000'000;
  queue.pump(now_ns);
  EXPECT_EQ(reap(), Reaped(1, 0));
  now_ns -= 2'500'000;
  EXPECT_EQ(submit(2), 0);
  EXPECT_EQ(model.tell("lost"), "0");
}

// A host controller needs no thread for what it was told to move.
TEST_F(UsbEmulation, MovesIntoWaitingTransfersHoweverLateItIsPumped) {
  start(1'024'000);  // 4 MiB of FIFO are full after 1.024 s
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(submit(id, std::size_t{1} << 20U), 0);
  now_ns += 1'700'000'000;  // 3 MiB are in the transfers, the rest in the FIFO
  EXPECT_EQ(submit(4), 0);
  for (std::uint64_t id = 1; id <= 4; ++id) EXPECT_EQ(reap(), Reaped(id, 0));
  EXPECT_EQ(model.tell("lost"), "0");
  EXPECT_EQ(queue.starved_ns(), 932'000'000);  // since the third was full
}

TEST_F(UsbEmulation, LosesWhatIsMadeWhileNobodyAsksAndSaysThatItWasInTime) {
  start(1'024'000);
  EXPECT_EQ(submit(1, std::size_t{1} << 20U), 0);
  now_ns += 256'500'000;  // half a millisecond late: so is a real one
  queue.pump(now_ns);
  EXPECT_EQ(reap(), Reaped(1, 0));
  now_ns += 1'500'000'000;
  EXPECT_EQ(submit(2), 0);
  EXPECT_EQ(model.tell("lost"), std::to_string(1'536'512 - (1U << 20U)));
  EXPECT_EQ(queue.starved_ns(), 0);
}

TEST_F(UsbEmulation, TakesNoMoreThanItsMemory) {  // seen: the 32nd of 512 KiB was refused
  for (std::uint64_t id = 1; id <= 31; ++id) EXPECT_EQ(submit(id, 512 * 1024), 0);
  EXPECT_EQ(submit(32, 512 * 1024), ENOMEM);
  EXPECT_EQ(queue.discard(nullptr, 1, now_ns), 0);
  EXPECT_EQ(submit(32, 512 * 1024), ENOMEM);  // until it is reaped
  EXPECT_EQ(reap(), Reaped(1, -ENOENT));
  EXPECT_EQ(submit(32, 512 * 1024), 0);
}

TEST_F(UsbEmulation, HoldsTransfersBehindAStall) {
  faults.add({FaultKind::kStall, kIn, 1});
  start(0);
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(submit(id), 0);
  EXPECT_EQ(reap(), Reaped(1, 0));
  EXPECT_EQ(reap(), Reaped(2, -EPIPE));
  EXPECT_EQ(reap(), kNothing);
  model.clear_halt(kIn);
  queue.pump(now_ns);
  EXPECT_EQ(reap(), Reaped(3, 0));
}

TEST_F(UsbEmulation, LetsEverythingBeReapedAfterAnUnplugging) {
  EXPECT_EQ(submit(1), 0);
  EXPECT_EQ(submit(2), 0);
  queue.unplug();
  EXPECT_EQ(submit(3), ENODEV);
  EXPECT_EQ(queue.discard(nullptr, 1, now_ns), ENODEV);
  EXPECT_EQ(reap(), Reaped(1, -ESHUTDOWN));
  EXPECT_EQ(reap(), Reaped(2, -ESHUTDOWN));
  EXPECT_EQ(reap(), kNothing);
}

TEST_F(UsbEmulation, TakesTransfersThatAllFailWhileACableIsHalfOut) {  // seen with dummy_hcd
  EXPECT_EQ(submit(1), 0);
  queue.fail_everything();
  EXPECT_EQ(submit(2), 0);
  EXPECT_EQ(reap(), Reaped(1, -EPROTO));
  EXPECT_EQ(reap(), Reaped(2, -EPROTO));
}

TEST_F(UsbEmulation, KeepsTheTransfersOfEachOpenFileApart) {
  int first = 0;
  int second = 0;
  start(0);
  EXPECT_EQ(submit(1, 512, &first), 0);
  EXPECT_EQ(submit(2, 512, &second), 0);
  EXPECT_EQ(reap(&second), Reaped(2, 0));
  queue.drop(&first);
  EXPECT_EQ(reap(&first), kNothing);
}

// The bytes of a transfer of 128 words, as they come with a fault.
class FaultOfBytes : public UsbEmulation {
 protected:
  std::vector<std::byte> bytes_with(const Fault& fault) {
    std::vector<std::byte> seen;
    FaultPlan plan;
    plan.add(fault);
    UrbQueue own(model, plan, [&](const Urb&, std::span<const std::byte> bytes) {
      seen.assign(bytes.begin(), bytes.end());
    });
    Urb urb;
    urb.endpoint = kIn;
    urb.length = 512;
    EXPECT_EQ(own.submit(urb, now_ns), 0);
    return seen;
  }
  // How many of them are not what the device sent first.
  static std::size_t wrong_in(const std::vector<std::byte>& seen) {
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < seen.size(); ++i)
      wrong += seen[i] != static_cast<std::byte>(i % 4 == 0 ? i / 4 : 0) ? 1 : 0;
    return wrong;
  }
};

TEST_F(FaultOfBytes, CutsThem) {
  start(0);
  const auto seen = bytes_with({FaultKind::kCut, kIn, 0, 1, 100});
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(wrong_in(seen), 0U);
}

TEST_F(FaultOfBytes, FlipsOneBit) {
  start(0);
  const auto seen = bytes_with({FaultKind::kFlip, kIn, 0, 1, 100});
  EXPECT_EQ(seen.size(), 512U);
  EXPECT_EQ(wrong_in(seen), 1U);
}

TEST_F(FaultOfBytes, ReplacesThemAll) {
  start(0);
  const auto seen = bytes_with({FaultKind::kGarbage, kIn});
  EXPECT_EQ(seen.size(), 512U);
  EXPECT_GT(wrong_in(seen), 400U);
}

TEST_F(FaultOfBytes, LosesAWholeTransfer) {
  start(0);
  const auto seen = bytes_with({FaultKind::kDrop, kIn});
  ASSERT_EQ(seen.size(), 512U);
  EXPECT_EQ(seen[0], std::byte{128});  // the word behind those that were lost
}

TEST(UsbFault, IsReadFromItsWords) {
  const auto fault = parse_fault("cut 0x82 10 times 3 amount 100");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::kCut);
  EXPECT_EQ(fault->endpoint, 0x82);
  EXPECT_EQ(fault->first, 10U);
  EXPECT_EQ(fault->times, 3U);
  EXPECT_EQ(fault->amount, 100U);
  for (const char* wrong :
       {"", "cut", "melt 0x82 1", "cut 0x182 1", "cut 0x82 1 times", "cut 0x82 1 x 2"})
    EXPECT_FALSE(parse_fault(wrong)) << wrong;
}

TEST(UsbLoader, ComesBackAsWhatItsFirmwareMakesOfIt) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  FakeClock clock;
  FakeBus bus(clock);
  Fx2Loader::Firmware loaded;
  bus.add(std::make_unique<Fx2Loader>(Fx2Loader::bare(), [&](const Fx2Loader::Firmware& firmware) {
    loaded = firmware;
    return std::make_unique<CounterStream>(CounterStream::Options{});
  }));
  const auto bare = *usb::parse_identity("04b4:8613");
  auto device = std::move(*bus.open(bare));
  const auto write = [&](std::uint16_t address, std::vector<std::byte> data) {
    return device
        ->control({0x40, Fx2Loader::kRequest, address, 0}, data, {clock.now_ns() + kSecond})
        .has_value();
  };
  EXPECT_FALSE(write(0x0000, {std::byte{2}}));  // the processor runs
  EXPECT_TRUE(write(Fx2Loader::kControlRegister, {std::byte{1}}));
  EXPECT_TRUE(write(0x0000, {std::byte{2}, std::byte{3}}));
  EXPECT_TRUE(write(0x0100, {std::byte{4}}));
  EXPECT_TRUE(write(Fx2Loader::kControlRegister, {std::byte{0}}));
  EXPECT_EQ(bus.open(bare).error().code, Code::kDisconnected);
  EXPECT_TRUE(device->is_gone());
  const auto counter = *usb::parse_identity("1209:7302");
  EXPECT_EQ(bus.open(counter).error().code, Code::kDisconnected);  // not yet
  clock.advance(kSecond);
  const auto back = bus.open(counter);
  ASSERT_TRUE(back) << to_string(back.error());
  EXPECT_EQ((*back)->info().port_path, "1-1");
  EXPECT_EQ(loaded.size(), 2U);
  EXPECT_EQ(loaded.at(0).size(), 2U);
}

}  // namespace
}  // namespace acq::emu
