#include "drivers/iiod/scan.h"

#include <gtest/gtest.h>

#include <cstring>

namespace acq::iiod {
namespace {

Device device_of(const std::vector<std::string>& formats) {
  Device device{.id = "d"};
  for (const std::string& format : formats) {
    const auto index = static_cast<std::uint32_t>(device.channels.size());
    device.channels.push_back(
        {.id = "voltage" + std::to_string(index),
         .scan = ScanElement{.index = index, .format = *parse_format(format)}});
  }
  return device;
}

template <typename Sample>
std::vector<Sample> decoded(const ScanPlan& plan, const std::vector<unsigned char>& bytes) {
  const std::size_t count = bytes.size() / plan.scan_bytes;
  std::vector<Sample> out(count * plan.fields.size());
  decode(plan, reinterpret_cast<const std::byte*>(bytes.data()), count,
         reinterpret_cast<std::byte*>(out.data()));
  return out;
}

TEST(IiodScan, AlignsEachChannelToItsSizeAndTheScanToItsLargest) {
  Device device = device_of({"le:s16/16>>0", "le:s24/32>>0", "le:u8/8>>0", "le:s64/64>>0"});
  const ScanPlan plan = plan_scan(device, std::vector<std::size_t>{0, 1, 2, 3});
  EXPECT_EQ(plan.fields[0].offset, 0U);
  EXPECT_EQ(plan.fields[1].offset, 4U);
  EXPECT_EQ(plan.fields[2].offset, 8U);
  EXPECT_EQ(plan.fields[3].offset, 16U);
  EXPECT_EQ(plan.scan_bytes, 24U);
  const ScanPlan part = plan_scan(device, std::vector<std::size_t>{2, 0});  // in order of index
  EXPECT_EQ(part.fields[0].offset, 0U);
  EXPECT_EQ(part.fields[1].offset, 2U);
  EXPECT_EQ(part.scan_bytes, 4U);
}

TEST(IiodScan, TakesTheSignificantBitsWithTheirSign) {
  const ScanPlan plan = plan_scan(device_of({"le:s12/16>>4"}), std::vector<std::size_t>{0});
  EXPECT_EQ(plan.dtype, Dtype::kI16);
  EXPECT_EQ(decoded<std::int16_t>(plan, {0xff, 0x7f, 0x05, 0x80, 0xfa, 0xff}),
            (std::vector<std::int16_t>{2047, -2048, -1}));
  const ScanPlan big = plan_scan(device_of({"be:s24/32>>8"}), std::vector<std::size_t>{0});
  EXPECT_EQ(big.dtype, Dtype::kI32);
  EXPECT_EQ(decoded<std::int32_t>(big, {0x7f, 0xff, 0xff, 0x55, 0x80, 0x00, 0x00, 0xaa}),
            (std::vector<std::int32_t>{8388607, -8388608}));
  const ScanPlan bits = plan_scan(device_of({"le:u1/8>>7"}), std::vector<std::size_t>{0});
  EXPECT_EQ(bits.dtype, Dtype::kU8);
  EXPECT_EQ(decoded<std::uint8_t>(bits, {0x80, 0x7f}), (std::vector<std::uint8_t>{1, 0}));
}

TEST(IiodScan, ChoosesTheSmallestTypeThatHoldsEveryChannel) {
  const auto dtype = [](const std::vector<std::string>& formats) {
    std::vector<std::size_t> all(formats.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    return plan_scan(device_of(formats), all).dtype;
  };
  EXPECT_EQ(dtype({"le:s8/8>>0"}), Dtype::kI8);
  EXPECT_EQ(dtype({"le:u16/16>>0", "le:u12/16>>0"}), Dtype::kU16);
  EXPECT_EQ(dtype({"le:u16/16>>0", "le:s12/16>>0"}), Dtype::kI32);
  EXPECT_EQ(dtype({"le:u15/16>>0", "le:s12/16>>0"}), Dtype::kI16);
  EXPECT_EQ(dtype({"le:s32/32>>0"}), Dtype::kI32);
  EXPECT_EQ(dtype({"le:u32/32>>0"}), Dtype::kF64);
  EXPECT_EQ(dtype({"le:s48/64>>16"}), Dtype::kF64);
}

TEST(IiodScan, UnrollsChannelsOfSeveralValues) {
  const ScanPlan plan = plan_scan(device_of({"le:s16/16X4>>0"}), std::vector<std::size_t>{0});
  ASSERT_EQ(plan.fields.size(), 4U);
  EXPECT_EQ(plan.scan_bytes, 8U);
  EXPECT_EQ(decoded<std::int16_t>(plan, {1, 0, 2, 0, 3, 0, 4, 0}),
            (std::vector<std::int16_t>{1, 2, 3, 4}));
}

TEST(IiodScan, KeepsTheTimestampApartFromTheSamples) {
  Device device = device_of({"le:s16/16>>0", "le:s64/64>>0"});
  device.channels[1].id = "timestamp";
  const ScanPlan plan = plan_scan(device, std::vector<std::size_t>{0, 1});
  EXPECT_EQ(plan.fields.size(), 1U);
  EXPECT_EQ(plan.scan_bytes, 16U);
  const unsigned char scan[16] = {1, 0, 0, 0, 0, 0, 0, 0, 0xd2, 2, 0x96, 0x49, 0, 0, 0, 0};
  EXPECT_EQ(raw_value(reinterpret_cast<const std::byte*>(scan), *plan.timestamp), 1'234'567'890);
}

TEST(IiodScan, KnowsTheUnitsOfTheKernelsAbi) {
  EXPECT_EQ(quantity_of("voltage0-voltage1").unit, "mV");
  EXPECT_EQ(quantity_of("accel_x").unit, "m/s2");
  EXPECT_EQ(quantity_of("anglvel_z").unit, "rad/s");
  EXPECT_EQ(quantity_of("temp_object").unit, "mCel");
  EXPECT_EQ(quantity_of("humidityrelative").factor, 1e-3);
  EXPECT_EQ(quantity_of("count0").unit, "1");
}

}  // namespace
}  // namespace acq::iiod
