#include "drivers/transport/serial.h"

#include <asm/termbits.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <array>
#include <string>

#include "dsp/base/clock.h"
#include "tests/support/paths.h"
#include "tests/support/raw_server.h"

namespace acq {
namespace {

using test::Pty;

Until in_ms(std::int64_t ms) {
  return {.deadline_ns = system_clock().now_ns() + ms * 1'000'000};
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

SerialSettings settings_of(std::initializer_list<std::pair<const char*, const char*>> options) {
  SerialSettings settings;
  for (const auto& [name, value] : options)
    EXPECT_TRUE(set_serial_option(settings, name, value).has_value()) << name << '=' << value;
  return settings;
}

TEST(Serial, TakesItsSettingsFromText) {
  const SerialSettings settings = settings_of({{"baud", "2400"},
                                               {"bits", "7"},
                                               {"parity", "odd"},
                                               {"stop", "2"},
                                               {"flow", "xonxoff"},
                                               {"rts", "off"},
                                               {"dtr", "on"}});
  EXPECT_EQ(settings, (SerialSettings{.baud = 2400,
                                      .data_bits = 7,
                                      .parity = Parity::kOdd,
                                      .stop_bits = 2,
                                      .flow = FlowControl::kXonXoff,
                                      .rts = false,
                                      .dtr = true}));
  EXPECT_EQ(to_string(settings), "2400 7O2");
  EXPECT_EQ(to_string(SerialSettings{}), "9600 8N1");
}

TEST(Serial, RefusesSettingsThatAreNoneAndSaysWhatIs) {
  SerialSettings settings;
  const std::array<const char*, 3> kWrong[] = {
      {"baud", "", "50 to 4000000"},
      {"baud", "0", "50 to 4000000"},
      {"baud", "9600 ", "50 to 4000000"},
      {"baud", "-1", "50 to 4000000"},
      {"bits", "9", "5 to 8"},
      {"stop", "3", "1 to 2"},
      {"parity", "E", "none even odd mark space"},
      {"flow", "hard", "none rtscts xonxoff"},
      {"rts", "1", "on off"},
      {"dtr", "", "on off"},
  };
  for (const auto& [name, value, allowed] : kWrong) {
    const Result<void> set = set_serial_option(settings, name, value);
    ASSERT_FALSE(set.has_value()) << name << '=' << value;
    EXPECT_EQ(set.error().code, Code::kInvalid);
    EXPECT_EQ(set.error().allowed, allowed);
  }
  EXPECT_EQ(set_serial_option(settings, "speed", "1").error().code, Code::kNotFound);
  EXPECT_EQ(settings, SerialSettings{});
}

TEST(Serial, CarriesEveryByteAsItIs) {
  Pty pty;
  const auto port = open_terminal(pty.path(), {.baud = 115200}).value();
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  ASSERT_TRUE(port->write(bytes_of(all), in_ms(5000)).has_value());
  ASSERT_TRUE(pty.master().write(bytes_of(all), in_ms(5000)).has_value());
  for (DescriptorStream* side : {port.get(), &pty.master()}) {
    std::string got;
    std::array<std::byte, 64> part{};
    while (got.size() < all.size()) {
      const std::size_t bytes = side->read(part, in_ms(5000)).value();
      got.append(reinterpret_cast<const char*>(part.data()), bytes);
    }
    EXPECT_EQ(got, all);
  }
}

// What a pseudo-terminal keeps of the settings is read back from it.
TEST(Serial, SetsTheLine) {
  Pty pty;
  const auto port =
      open_terminal(pty.path(), {.baud = 19200, .stop_bits = 2, .flow = FlowControl::kXonXoff})
          .value();
  termios2 line{};
  ASSERT_EQ(::ioctl(port->descriptor(), TCGETS2, &line), 0);
  EXPECT_EQ(line.c_ospeed, 19200U);
  EXPECT_EQ(line.c_ispeed, 19200U);
  EXPECT_EQ(line.c_cflag & CSTOPB, static_cast<tcflag_t>(CSTOPB));
  EXPECT_EQ(line.c_iflag & (IXON | IXOFF | ICRNL), static_cast<tcflag_t>(IXON | IXOFF));
  EXPECT_EQ(line.c_lflag & (ICANON | ECHO | ISIG), 0U);
  EXPECT_EQ(line.c_oflag & OPOST, 0U);
}

TEST(Serial, DropsWhatThePortHadReceivedBefore) {
  Pty pty;
  ASSERT_TRUE(pty.master().write(bytes_of("old"), in_ms(5000)).has_value());
  const auto port = open_serial(pty.path(), {}).value();
  ASSERT_TRUE(pty.master().write(bytes_of("new"), in_ms(5000)).has_value());
  std::array<std::byte, 8> into{};
  ASSERT_EQ(port->read(into, in_ms(5000)).value(), 3U);
  EXPECT_EQ(into[0], std::byte{'n'});
}

TEST(Serial, IsHadByOneAtATime) {
  Pty pty;
  const auto port = open_serial(pty.path(), {}).value();
  const auto second = open_serial(pty.path(), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::kBusy);
  EXPECT_EQ(second.error().where, pty.path());
}

TEST(Serial, SaysWhenThePortIsPulled) {
  Pty pty;
  const auto port = open_serial(pty.path(), {}).value();
  pty.unplug();
  std::array<std::byte, 8> into{};
  EXPECT_EQ(port->read(into, in_ms(5000)).error().code, Code::kDisconnected);
  EXPECT_EQ(port->write(bytes_of("x"), in_ms(5000)).error().code, Code::kDisconnected);
}

TEST(Serial, ReadsGiveUpAtTheirDeadlineAndNotBefore) {
  Pty pty;
  const auto port = open_serial(pty.path(), {}).value();
  std::array<std::byte, 8> into{};
  const Until until = in_ms(50);
  EXPECT_EQ(port->read(into, until).error().code, Code::kTimeout);
  EXPECT_GE(system_clock().now_ns(), until.deadline_ns);
}

TEST(Serial, WritesGiveUpAtTheirDeadlineWhenNobodyReads) {
  Pty pty;
  const auto port = open_serial(pty.path(), {}).value();
  const std::string much(1 << 20, 'x');
  EXPECT_EQ(port->write(bytes_of(much), in_ms(50)).error().code, Code::kTimeout);
}

TEST(Serial, RefusesWhatIsNoPort) {
  EXPECT_EQ(open_serial("/dev/no-such-port", {}).error().code, Code::kNotFound);
  EXPECT_EQ(open_serial("/dev/null", {}).error().code, Code::kInvalid);
  EXPECT_EQ(open_serial(ACQ_TEST_DATA "/README.md", {}).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace acq
