#include "drivers/discovery/near.h"

#include <gtest/gtest.h>

namespace acq::discovery {
namespace {

const std::vector<Subnet> kOwn = {Subnet::of("10.99.0.1/24"), Subnet::of("192.0.2.9/20"),
                                  Subnet::of("fd99::1/64")};

std::vector<std::string> left_of(std::vector<std::string> addresses) {
  Found found{.way = "lan", .addresses = std::move(addresses)};
  leave_out_far(found, kOwn);
  return found.addresses;
}

// Whether each is left out, for that reason.
void expect_left_out(const std::vector<std::string>& addresses, const std::string& reason) {
  for (const std::string& address : addresses) {
    Found found{.way = "lan", .addresses = {address}};
    leave_out_far(found, kOwn);
    EXPECT_TRUE(found.addresses.empty()) << address;
    EXPECT_NE(found.remark.find(reason), std::string::npos) << found.remark;
  }
}

TEST(Near, AddressesOnOurOwnNetworksAndLinkLocalOnesAreKept) {
  const std::vector<std::string> near = {
      "tcp://10.99.0.200:5025",          "hislip://192.0.15.4:4880/hislip0",
      "vxi11://[fd99::7]/inst0",         "tcp://[fe80::1%eth0]:5555",
      "vxi11://169.254.3.4?mapper=1111", "vxi11://10.99.0.2/inst0?mapper=111"};
  EXPECT_EQ(left_of(near), near);
}

TEST(Near, AddressesElsewhereAreLeftOutAndNamedInTheRemark) {
  Found found{.way = "lan",
              .remark = "first",
              .addresses = {"tcp://10.99.1.1:5025", "tcp://10.99.0.3:5025", "tcp://192.0.16.1:5025",
                            "vxi11://[fd99:0:0:1::7]", "tcp://198.51.100.1:5025"}};
  leave_out_far(found, kOwn);
  EXPECT_EQ(found.addresses, std::vector<std::string>{"tcp://10.99.0.3:5025"});
  EXPECT_TRUE(found.remark.starts_with("first; not asked at tcp://10.99.1.1:5025 ("))
      << found.remark;
  EXPECT_NE(found.remark.find("[fd99:0:0:1::7]"), std::string::npos);
}

// Whoever answers could make this machine talk to what listens on it for itself alone.
TEST(Near, LoopbackIsNeverAskedForAPeer) {
  expect_left_out({"tcp://127.0.0.1:5025", "tcp://127.9.9.9:5025", "tcp://0.0.0.0:5025",
                   "tcp://[::1]:5025", "tcp://[::]:5025", "tcp://[::ffff:10.99.0.1]:5025"},
                  "loopback");
}

TEST(Near, NamesAreNotLookedUpForAPeer) {
  expect_left_out({"tcp://scope.local:5025", "vxi11://victim.example"}, "in figures");
}

TEST(Near, PortsOfOtherServicesAreNotConnectedTo) {
  expect_left_out({"tcp://10.99.0.2:22", "hislip://10.99.0.2:25/hislip0",
                   "vxi11://10.99.0.2/inst0?mapper=80", "vxi11://10.99.0.2/inst0?mapper=x"},
                  "such a port");
}

TEST(Near, WithoutNetworksOfOurOwnOnlyLinkLocalAddressesAreNear) {
  Found found{.addresses = {"tcp://10.99.0.2:5025", "tcp://169.254.1.1:5025"}};
  leave_out_far(found, {});
  EXPECT_EQ(found.addresses, std::vector<std::string>{"tcp://169.254.1.1:5025"});
}

TEST(Near, AMachinesNetworksAreToldWithoutLoopback) {
  for (const Subnet& subnet : own_subnets()) {
    EXPECT_GE(subnet.prefix_bits, 0);
    EXPECT_FALSE(!subnet.is_ipv6 && subnet.address[0] == 127);
  }
}

}  // namespace
}  // namespace acq::discovery
