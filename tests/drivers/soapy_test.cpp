#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/soapy_radio.h"

namespace acq {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

std::string text(std::string_view s) {
  return std::string(s);
}

class SoapyTest : public testing::Test {
 protected:
  Params checked(Table table) const {
    table.insert({"device", text("driver=acq_radio")});
    const auto params = Params::check(find_driver("soapy")->params, table, "");
    EXPECT_TRUE(params) << to_string(params.error());
    return *params;
  }
  Result<InstrumentInfo> open(const Table& table = {}) {
    driver = find_driver("soapy")->make(system_clock());
    return driver->open(checked(table));
  }
  Result<ReadOutcome> read(std::int64_t wait_ns = 3'000 * kMillisecond) {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + wait_ns, {});
  }
  [[nodiscard]] std::int16_t raw(std::size_t i) const {
    std::int16_t value = 0;
    std::memcpy(&value, packet->samples + i * sizeof value, sizeof value);
    return value;
  }
  // Checks the packet's samples against the number of the first, taken from the device's time.
  std::int64_t expect_samples(double rate_hz) {
    const double first = static_cast<double>(packet->stamp.t0_ticks) * 1e-9 * rate_hz;
    const std::int64_t n = std::llround(first);
    for (std::size_t i = 0; i < packet->count; ++i) {
      EXPECT_EQ(raw(2 * i), static_cast<std::int16_t>(n + static_cast<std::int64_t>(i)));
      EXPECT_EQ(raw(2 * i + 1), static_cast<std::int16_t>(-n - static_cast<std::int64_t>(i)));
      if (HasFailure()) break;
    }
    return n;
  }

  test::SoapyRadio radio;
  PacketPool pool{1, 16384};
  Packet* packet = pool.take();
  std::unique_ptr<Driver> driver;
};
using Soapy = SoapyTest;

TEST_F(Soapy, DeliversEverySampleInTheDevicesFormatWithItsTime) {
  const auto info = open({{"rate", 480'300.0}});
  ASSERT_TRUE(info) << to_string(info.error());
  EXPECT_EQ(info->model, "acq_radio emulated");
  EXPECT_TRUE(info->reads_settings_back);
  const StreamInfo& stream = *info->streams[0];
  EXPECT_EQ(stream.kind, Kind::kIq);
  EXPECT_EQ(stream.dtype, Dtype::kI16);
  EXPECT_EQ(stream.rate_hz, (Rational{480'000, 1})) << "as the device made it";
  EXPECT_EQ(stream.channels[0].scale, 1.0 / 32768);
  ASSERT_TRUE(driver->start());
  std::int64_t next = -1, samples = 0;
  while (samples < 200'000) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    EXPECT_EQ(packet->stamp.origin, TimeOrigin::kDeviceReported);
    const std::int64_t first = expect_samples(480e3);
    if (next >= 0) {
      ASSERT_EQ(first, next);
    }
    EXPECT_EQ(packet->gap_before, Gap{});
    next = first + packet->count;
    samples += packet->count;
  }
}

TEST_F(Soapy, TellsAnOverflowWithTheLengthOfTheDevicesTime) {
  ASSERT_TRUE(open({{"rate", 480e3}}));
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  const Table lose{{"rate", 480e3},
                   {"settings", List{Table{{"key", text("lose")}, {"value", text("1234")}}}}};
  ASSERT_TRUE(driver->set(checked(lose)));
  Gap gap;
  for (int packets = 0; packets < 100 && gap.samples == 0; ++packets) {
    ASSERT_EQ(read(), ReadOutcome::kPacket);
    gap = packet->gap_before;
  }
  EXPECT_EQ(gap, (Gap{1234, kGapDevice, false}));
}

TEST_F(Soapy, SaysWhatTheDeviceMadeOfItsSettings) {
  ASSERT_TRUE(open({{"rate", 480'300.0}, {"frequency", 100'000'004.0}, {"gain", 20.3}}));
  const Table told = driver->in_force();
  EXPECT_EQ(told.at("rate"), Value(480'000.0));
  EXPECT_EQ(told.at("frequency"), Value(100'000'000.0));
  EXPECT_EQ(told.at("gain"), Value(20.5));
  ASSERT_TRUE(driver->set(checked({{"rate", 480'300.0}, {"frequency", 2e8}, {"gain", 99.0}})));
  EXPECT_EQ(driver->in_force().at("frequency"), Value(2e8));
  EXPECT_EQ(driver->in_force().at("gain"), Value(50.0));
}

TEST_F(Soapy, NamesTheSettingTheDeviceRefuses) {
  EXPECT_EQ(open({{"rate", 2e7}}).error().where, "rate");
  const Error error = open({{"frequency", text("7 GHz")}}).error();
  EXPECT_EQ(error.where, "frequency");
  EXPECT_NE(error.sentence.find("at most 6 GHz"), std::string::npos);
  EXPECT_EQ(
      open({{"settings", List{Table{{"key", text("x")}, {"value", text("1")}}}}}).error().where,
      "settings");
  EXPECT_EQ(open({{"device", text("driver=none")}}).error().code, Code::kDisconnected);
}

TEST_F(Soapy, IsDisconnectedUntilTheDeviceIsBack) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(driver->start());
  ASSERT_EQ(read(), ReadOutcome::kPacket);
  radio.unplug();
  EXPECT_EQ(read().error().code, Code::kDisconnected);
  driver->close();
  EXPECT_EQ(driver->open(checked({})).error().code, Code::kDisconnected);
  radio.plug();
  ASSERT_TRUE(driver->open(checked({})));
  ASSERT_TRUE(driver->start());
  EXPECT_EQ(read(), ReadOutcome::kPacket);
}

}  // namespace
}  // namespace acq
