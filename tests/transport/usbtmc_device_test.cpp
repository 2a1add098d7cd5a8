// USBTMC through the real libusb, on a machine whose instruments are emulated.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "drivers/scpi/open.h"
#include "dsp/base/clock.h"
#include "tests/support/scpi_device.h"
#include "tests/support/usb/emulator_control.h"

namespace acq::scpi {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

Until within(std::int64_t ns) {
  return {system_clock().now_ns() + ns};
}

class UsbtmcDevice : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_link("usb://1209:7301:SCOPE01", within(5 * kSecond));
    ASSERT_TRUE(opened) << to_string(opened.error());
    link = std::move(*opened);
  }
  void TearDown() override { EXPECT_EQ(emulator.say("tell 1 violations"), "0 "); }

  Result<std::string> answer(std::int64_t wait_ns = 5 * kSecond) {
    std::string text;
    std::vector<std::byte> into(65536);
    for (;;) {
      const auto piece = link->read(into, within(wait_ns));
      if (!piece) return tl::unexpected(piece.error());
      for (std::size_t i = 0; i < piece->bytes; ++i) text += static_cast<char>(into[i]);
      if (piece->is_end) return text;
    }
  }
  Result<std::string> query(std::string_view message) {
    const auto sent = link->write(message, within(5 * kSecond));
    if (!sent) return tl::unexpected(sent.error());
    return answer();
  }
  void expect_in_step() {
    EXPECT_EQ(query("*IDN?"), std::string(test::ScpiDevice::kIdentity) + "\n");
  }

  emu::EmulatorControl emulator;
  std::unique_ptr<Link> link;
};

TEST_F(UsbtmcDevice, IsAskedAndAnswers) {
  for (int i = 0; i < 300; ++i) expect_in_step();
}

TEST_F(UsbtmcDevice, GivesALongBlock) {
  const auto got = query("DATA:BLOCK? 3000000");
  ASSERT_TRUE(got) << to_string(got.error());
  EXPECT_EQ(*got, "#73000000" + test::ScpiDevice::block(0, 3'000'000) + "\n");
}

TEST_F(UsbtmcDevice, IsInStepAfterATimeout) {
  for (int i = 0; i < 5; ++i) {
    emulator.say("tell 1 lie mute");
    ASSERT_TRUE(link->write("*IDN?", within(kSecond)));
    const std::int64_t begin_ns = system_clock().now_ns();
    EXPECT_EQ(answer(50 * kMillisecond).error().code, Code::kTimeout);
    EXPECT_GE(system_clock().now_ns() - begin_ns, 50 * kMillisecond);
    ASSERT_TRUE(link->clear(within(5 * kSecond)));
    expect_in_step();
  }
}

TEST_F(UsbtmcDevice, IsInStepAfterAStallAndErrorsOnTheWire) {
  emulator.say("tell 1 lie stall");
  EXPECT_EQ(query("*IDN?").error().code, Code::kIo);
  ASSERT_TRUE(link->clear(within(5 * kSecond)));
  expect_in_step();
  emulator.say("fault 1 protocol 0x82 0");
  EXPECT_EQ(query("*IDN?").error().code, Code::kIo);
  ASSERT_TRUE(link->clear(within(5 * kSecond)));
  expect_in_step();
}

TEST_F(UsbtmcDevice, TellsItsStatusAndAsksForService) {
  EXPECT_EQ(link->status_byte(within(5 * kSecond)), 0);
  ASSERT_TRUE(link->write("TEST:CALL", within(5 * kSecond)));
  EXPECT_EQ(link->wait_service_request(within(5 * kSecond)), true);
  EXPECT_EQ(link->wait_service_request(within(kMillisecond)), false);
}

TEST_F(UsbtmcDevice, IsTriggeredAndGivenBack) {
  ASSERT_TRUE(link->trigger(within(5 * kSecond)));
  EXPECT_EQ(query("TRIG:COUN?"), "1\n");
  ASSERT_TRUE(link->set_remote(true, within(5 * kSecond)));
  EXPECT_EQ(emulator.say("tell 1 place"), "remote");
  ASSERT_TRUE(link->set_remote(false, within(5 * kSecond)));
  EXPECT_EQ(emulator.say("tell 1 place"), "local");
}

TEST_F(UsbtmcDevice, LeavesAndComesBack) {
  for (const char* order : {"", " errors 30", " left 30", " gone 30"}) {
    SCOPED_TRACE(order);
    emulator.say(std::string("unplug 1") + order);
    const std::int64_t end_ns = system_clock().now_ns() + 5 * kSecond;
    Code code = Code::kOk;
    while (code != Code::kDisconnected && system_clock().now_ns() < end_ns) {
      const auto got = query("*IDN?");
      code = got ? Code::kOk : got.error().code;
      if (code == Code::kIo) static_cast<void>(link->clear(within(kSecond)));
    }
    EXPECT_EQ(code, Code::kDisconnected);
    emulator.say("plug 1");
    link.reset();
    while (link == nullptr && system_clock().now_ns() < end_ns) {
      auto opened = open_link("usb://1209:7301:SCOPE01", within(kSecond));
      if (opened) link = std::move(*opened);
    }
    ASSERT_NE(link, nullptr);
    expect_in_step();
  }
}

TEST(UsbAddress, IsRefusedWithAReason) {
  for (const char* address :
       {"usb://", "usb://nonsense", "usb://1209", "usb://1209:7301?baud=9600"}) {
    const auto opener = link_opener(address);
    ASSERT_FALSE(opener) << address;
    EXPECT_EQ(opener.error().code, Code::kInvalid) << address;
  }
}

}  // namespace
}  // namespace acq::scpi
