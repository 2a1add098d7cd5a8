// The real libusb, on a machine whose devices are emulated.
#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "drivers/transport/usb.h"
#include "drivers/transport/usb_events.h"
#include "drivers/transport/usb_reader.h"
#include "tests/support/usb/emulator_control.h"

namespace acq::usb {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

Until within(std::int64_t ns) {
  return {system_clock().now_ns() + ns};
}

class UsbDevice : public testing::Test {
 protected:
  void SetUp() override {
    auto found = system_bus();
    ASSERT_TRUE(found) << to_string(found.error());
    bus = *found;
  }
  void open(std::string_view identity = "1209:7302") {
    auto opened = bus->open(*parse_identity(identity));
    ASSERT_TRUE(opened) << to_string(opened.error());
    device = std::move(*opened);
    const Interface& interface = device->info().interfaces.at(0);
    const auto claimed = device->claim(interface);
    ASSERT_TRUE(claimed) << to_string(claimed.error());
    in = *interface.find(TransferType::kBulk, true);
  }
  void start_counting(std::uint32_t words_per_second) {
    std::array<std::byte, 4> data{};
    std::memcpy(data.data(), &words_per_second, sizeof words_per_second);
    const auto started = device->control({0x40, 0xA0, 0, 0}, data, within(kSecond));
    ASSERT_TRUE(started) << to_string(started.error());
  }
  // Reads so many bytes; every word has to follow the one before, unless a gap is told.
  void expect_words(Reader& reader, std::size_t bytes) {
    for (std::size_t got = 0; got < bytes;) {
      const auto arrival = reader.read(within(2 * kSecond));
      ASSERT_TRUE(arrival) << to_string(arrival.error());
      check(*arrival);
      got += arrival->bytes.size();
    }
  }
  void check(const Arrival& arrival) {
    ASSERT_EQ(arrival.bytes.size() % 4, 0U);
    for (std::size_t at = 0; at < arrival.bytes.size(); at += 4) {
      std::uint32_t word = 0;
      std::memcpy(&word, arrival.bytes.data() + at, sizeof word);
      if (has_next) missing += word - next;
      next = word + 1;
      has_next = true;
    }
  }

  emu::EmulatorControl emulator;
  std::shared_ptr<Bus> bus;
  std::unique_ptr<Device> device;
  Endpoint in;
  bool has_next = false;
  std::uint32_t next = 0;
  std::uint64_t missing = 0;
};

TEST_F(UsbDevice, IsFoundByItsIdentityAndDescribesItself) {
  open("1209:7302:COUNT01");
  EXPECT_EQ(device->info().manufacturer, "acqd tests");
  EXPECT_EQ(device->info().product, "Counter");
  EXPECT_EQ(device->info().serial, "COUNT01");
  EXPECT_EQ(device->info().port_path, "1-1");
  EXPECT_EQ(in.address, 0x82);
  EXPECT_EQ(in.packet_bytes, 512);
}

TEST_F(UsbDevice, BeginsItsEventThreadWithWhatItIsToldTo) {
  bus.reset();
  std::string name(16, '\0');
  sigset_t blocked;
  sigemptyset(&blocked);
  begin_event_threads_with([&] {
    pthread_getname_np(pthread_self(), name.data(), name.size());
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  });
  SetUp();
  begin_event_threads_with({});
  open();
  bus.reset();
  device.reset();  // the last that needs the thread, which has ended then
  EXPECT_STREQ(name.c_str(), "usb-events");
  EXPECT_EQ(sigismember(&blocked, SIGXCPU), 0);  // a thread that spins is told so
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 1);
}

TEST_F(UsbDevice, StreamsEveryWordOnceInOrder) {
  open();
  Reader reader(*device, in, {16, 64 * 1024}, system_clock());
  start_counting(2'000'000);  // 8 MB/s: half a second fits the device
  ASSERT_TRUE(reader.start());
  EXPECT_EQ(reader.under_way(), 16U);
  expect_words(reader, 3'000'000);
  EXPECT_EQ(missing, 0U);
  EXPECT_EQ(emulator.say("tell 1 lost"), "0");
}

TEST_F(UsbDevice, RunsWithWhatUsbfsAllows) {
  open();
  // 32 transfers of 512 KiB are more than 16 MiB, with what the kernel keeps of each.
  Reader reader(*device, in, {32, 512 * 1024}, system_clock());
  ASSERT_TRUE(reader.start());
  EXPECT_EQ(reader.under_way(), 31U);  // before one of them comes back and makes room
  start_counting(10'000'000);
  expect_words(reader, 20'000'000);
  EXPECT_EQ(missing, 0U);
}

TEST_F(UsbDevice, MendsEveryFaultOfTheCable) {
  emulator.say("fault 1 stall 0x82 10");
  emulator.say("fault 1 protocol 0x82 40 amount 1024");
  emulator.say("fault 1 overflow 0x82 80 amount 512");
  emulator.say("fault 1 no_memory 0x82 120 amount 20");
  emulator.say("fault 1 delay 0x82 150 amount 30");
  open();
  Reader reader(*device, in, {16, 16 * 1024}, system_clock());
  start_counting(1'000'000);  // a second fits the device
  ASSERT_TRUE(reader.start());
  expect_words(reader, 2'000'000);
  EXPECT_EQ(reader.breaks(), 3U);
  EXPECT_EQ(missing, 0U);
}

TEST_F(UsbDevice, GivesWhatCancelledTransfersReceived) {
  open();
  Reader reader(*device, in, {16, 64 * 1024}, system_clock());
  start_counting(500'000);  // 33 ms a transfer
  ASSERT_TRUE(reader.start());
  expect_words(reader, 200'000);
  const std::uint32_t before = next;
  system_clock().sleep_until(system_clock().now_ns() + 20 * kMillisecond, {});
  reader.stop();
  for (;;) {
    const auto arrival = reader.read(within(kSecond));
    ASSERT_TRUE(arrival) << to_string(arrival.error());
    if (arrival->is_end) break;
    check(*arrival);
  }
  EXPECT_GT(next, before);
  EXPECT_EQ(missing, 0U);
}

TEST_F(UsbDevice, KeepsDeadlines) {
  open();
  Reader reader(*device, in, {16, 64 * 1024}, system_clock());
  start_counting(1);
  ASSERT_TRUE(reader.start());
  const std::int64_t begin_ns = system_clock().now_ns();
  const auto nothing = reader.read(within(100 * kMillisecond));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::kTimeout);
  EXPECT_GE(system_clock().now_ns() - begin_ns, 100 * kMillisecond);
  RecordProperty("took_us", std::to_string((system_clock().now_ns() - begin_ns) / 1000));
}

TEST_F(UsbDevice, RefusesRequestsItDoesNotKnowAndLongOnes) {
  open();
  std::array<std::byte, 8> data{};
  EXPECT_EQ(device->control({0xC0, 0x77, 0, 0}, data, within(kSecond)).error().code,
            Code::kUnsupported);
  std::vector<std::byte> long_data(5000);
  EXPECT_EQ(device->control({0x40, 0xA0, 0, 0}, long_data, within(kSecond)).error().code,
            Code::kInvalid);
}

TEST_F(UsbDevice, TakesBackAControlRequestAtTheDeadline) {
  open();
  emulator.say("fault 1 delay 0x00 0 amount 300");
  std::array<std::byte, 16> data{};
  const auto late = device->control({0xC0, 0xA2, 0, 0}, data, within(50 * kMillisecond));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kTimeout);
  EXPECT_TRUE(device->control({0xC0, 0xA2, 0, 0}, data, within(kSecond)));
}

TEST_F(UsbDevice, BelongsToWhoClaimedItFirst) {
  open();
  auto second = bus->open(*parse_identity("1209:7302"));
  ASSERT_TRUE(second);
  const auto claimed = (*second)->claim(device->info().interfaces.at(0));
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().code, Code::kBusy);
}

TEST_F(UsbDevice, IsNotThereUnderAnotherIdentity) {
  for (const char* other : {"1209:7302:OTHER", "1209:7399", "1-9"})
    EXPECT_EQ(bus->open(*parse_identity(other)).error().code, Code::kDisconnected) << other;
  const auto all = bus->list({});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 2U);  // and the root hub
}

TEST_F(UsbDevice, LeavesInAnyOrderAndIsFoundAgain) {
  for (const char* order : {"", " errors 50", " left 50", " gone 50"}) {
    SCOPED_TRACE(order);
    open();
    const Identity same = identity_of(device->info());
    {
      Reader reader(*device, in, {16, 16 * 1024}, system_clock());
      start_counting(1'000'000);
      ASSERT_TRUE(reader.start());
      expect_words(reader, 400'000);
      emulator.say(std::string("unplug 1") + order);
      Code code = Code::kOk;
      for (int reads = 0; reads < 10'000 && code != Code::kDisconnected; ++reads) {
        const auto arrival = reader.read(within(20 * kMillisecond));
        if (arrival) check(*arrival);
        code = arrival ? Code::kOk : arrival.error().code;
      }
      EXPECT_EQ(code, Code::kDisconnected);
    }
    const std::int64_t end_ns = system_clock().now_ns() + 5 * kSecond;
    while (!device->is_gone() && system_clock().now_ns() < end_ns)
      system_clock().sleep_until(system_clock().now_ns() + kMillisecond, {});
    EXPECT_TRUE(device->is_gone());
    device.reset();
    EXPECT_EQ(bus->open(same).error().code, Code::kDisconnected);
    emulator.say("plug 1");
    while (bus->list(same)->empty() && system_clock().now_ns() < end_ns)
      system_clock().sleep_until(system_clock().now_ns() + kMillisecond, {});
  }
  EXPECT_GT(missing, 0U);  // it counted on while it was away
}

}  // namespace
}  // namespace acq::usb
