#include "drivers/transport/usb_identity.h"

#include <gtest/gtest.h>

#include <array>

#include "drivers/transport/usb.h"

namespace acq::usb {
namespace {

DeviceInfo device(std::string serial, std::string port) {
  DeviceInfo info;
  info.vendor_id = 0x1ab1;
  info.product_id = 0x04ce;
  info.serial = std::move(serial);
  info.port_path = std::move(port);
  info.interfaces = {{0, 0, {0xfe, 3}, 1, {}}};
  return info;
}

TEST(UsbIdentity, IsReadFromWhatPeopleWrite) {
  const auto plain = parse_identity("1ab1:04CE");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->vendor_id, 0x1ab1);
  EXPECT_EQ(plain->product_id, 0x04ce);
  EXPECT_EQ(parse_identity("1ab1:04ce:DS1ZA:17")->serial, "DS1ZA:17");
  EXPECT_EQ(parse_identity("1-2.4")->port_path, "1-2.4");
  const auto visa = parse_identity("USB0::0x1AB1::1230::DS1Z::INSTR");
  ASSERT_TRUE(visa);
  EXPECT_EQ(visa->vendor_id, 0x1ab1);
  EXPECT_EQ(visa->product_id, 0x04ce);  // 1230
  EXPECT_EQ(visa->serial, "DS1Z");
  EXPECT_EQ(parse_identity("USB::0x1AB1::0x04CE::DS1Z::0::INSTR")->serial, "DS1Z");
}

TEST(UsbIdentity, RefusesAnythingElse) {
  for (const char* text :
       {"", ":", "1ab1", "1ab1:", "1ab1:zz", "12345:1", "1-", "-1", "1-2.", "a-1", "USB0::1::INSTR",
        "USB0::x::y::INSTR", "USB0::1::2::SN", "1ab1:04ce1"}) {
    const auto identity = parse_identity(text);
    ASSERT_FALSE(identity) << text;
    EXPECT_EQ(identity.error().code, Code::kInvalid);
    EXPECT_FALSE(identity.error().allowed.empty());
  }
}

TEST(UsbIdentity, FollowsTheSerialNumberToAnotherPort) {
  const std::array now{device("A", "1-3"), device("B", "1-2")};
  EXPECT_EQ(choose(identity_of(device("B", "1-1")), now), 1U);
}

TEST(UsbIdentity, FallsBackToThePortWithoutASerialNumber) {
  const std::array now{device("", "1-3"), device("", "1-2")};
  EXPECT_EQ(choose(identity_of(device("", "1-2")), now), 1U);
  EXPECT_EQ(choose(identity_of(device("", "1-9")), now).error().code, Code::kDisconnected);
}

TEST(UsbIdentity, TellsDevicesThatShareASerialNumberByTheirPort) {
  const std::array now{device("SAME", "1-1"), device("SAME", "1-2")};
  EXPECT_EQ(choose(identity_of(now[1]), now), 1U);
  const auto unclear = choose({.serial = "SAME"}, now);
  ASSERT_FALSE(unclear);
  EXPECT_EQ(unclear.error().code, Code::kInvalid);
  EXPECT_EQ(unclear.error().allowed, "1ab1:04ce:SAME at port 1-1, 1ab1:04ce:SAME at port 1-2");
}

TEST(UsbIdentity, CanBeTheClassOfAnInterface) {
  const std::array now{device("A", "1-1")};
  EXPECT_EQ(choose({.interface_class = InterfaceClass{0xfe, 3}}, now), 0U);
  const auto none = choose({.interface_class = InterfaceClass{8, 6}}, now);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().sentence, "no USB device is *:* of class 08/06");
}

}  // namespace
}  // namespace acq::usb
