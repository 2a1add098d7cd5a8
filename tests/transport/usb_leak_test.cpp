// What a thousand unpluggings leave behind in a program with the real libusb.
#include <gtest/gtest.h>
#include <malloc.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "drivers/transport/usb.h"
#include "drivers/transport/usb_reader.h"
#include "tests/support/usb/emulator_control.h"

namespace acq::usb {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

Until within(std::int64_t ns) {
  return {system_clock().now_ns() + ns};
}

std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

struct Held {
  std::ptrdiff_t files = entries("/proc/self/fd");
  std::ptrdiff_t threads = entries("/proc/self/task");
  std::size_t heap_bytes = mallinfo2().uordblks;
};

class UsbLeak : public testing::Test {
 protected:
  // Opens it as soon as it is there.
  std::unique_ptr<Device> open() {
    const std::int64_t end_ns = system_clock().now_ns() + 10 * kSecond;
    const Identity identity = *parse_identity("1209:7302");
    while (system_clock().now_ns() < end_ns) {
      if (const auto there = bus->list(identity); there && !there->empty()) {
        auto opened = bus->open(identity);
        if (opened) return std::move(*opened);
      }
      system_clock().sleep_until(system_clock().now_ns() + kMillisecond, {});
    }
    return nullptr;
  }
  void cycle(int i) {
    std::unique_ptr<Device> device = open();
    ASSERT_NE(device, nullptr);
    const Interface& interface = device->info().interfaces.at(0);
    ASSERT_TRUE(device->claim(interface));
    std::array<std::byte, 4> rate{};
    const std::uint32_t words_per_second = 1'000'000;
    std::memcpy(rate.data(), &words_per_second, sizeof words_per_second);
    ASSERT_TRUE(device->control({0x40, 0xA0, 0, 0}, rate, within(kSecond)));
    Reader reader(*device, *interface.find(TransferType::kBulk, true), {16, 4096}, system_clock());
    ASSERT_TRUE(reader.start());
    ASSERT_TRUE(reader.read(within(5 * kSecond)));
    constexpr std::array kOrders{"", " errors 1", " left 1", " gone 1"};
    emulator.say(std::string("unplug 1") + kOrders[static_cast<std::size_t>(i) % kOrders.size()]);
    Code code = Code::kOk;
    for (int reads = 0; reads < 100'000 && code != Code::kDisconnected; ++reads) {
      const auto arrival = reader.read(within(20 * kMillisecond));
      code = arrival ? Code::kOk : arrival.error().code;
    }
    ASSERT_EQ(code, Code::kDisconnected);
    const std::int64_t end_ns = system_clock().now_ns() + 5 * kSecond;
    while (!device->is_gone() && system_clock().now_ns() < end_ns)
      system_clock().sleep_until(system_clock().now_ns() + kMillisecond / 5, {});
    ASSERT_TRUE(device->is_gone());
    emulator.say("plug 1");
  }

  emu::EmulatorControl emulator;
  std::shared_ptr<Bus> bus = *system_bus();
};

TEST_F(UsbLeak, IsNothingAfterAThousandUnpluggings) {
  for (int i = 0; i < 100 && !HasFailure(); ++i) cycle(i);
  const Held early;
  for (int i = 100; i < 1000 && !HasFailure(); ++i) cycle(i);
  const Held late;
  EXPECT_EQ(late.files, early.files);
  EXPECT_EQ(late.threads, early.threads);
  // Less than 64 bytes a cycle: neither a transfer nor a device is kept.
  EXPECT_LT(late.heap_bytes, early.heap_bytes + 900 * 64);
  RecordProperty("heap_growth_bytes", std::to_string(static_cast<std::int64_t>(late.heap_bytes) -
                                                     static_cast<std::int64_t>(early.heap_bytes)));
}

}  // namespace
}  // namespace acq::usb
