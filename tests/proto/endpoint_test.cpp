#include "proto/endpoint.h"

#include <gtest/gtest.h>

#include <string>

namespace acq {
namespace {

TEST(Endpoint, LocalSocketsAndLoopbackAreTaken) {
  for (const char* endpoint :
       {"ipc:///run/acqd/data", "ipc://a", "tcp://127.0.0.1:1", "tcp://127.255.0.9:65535",
        "tcp://[::1]:5550", "tcp://127.0.0.1:*"}) {
    EXPECT_TRUE(check_endpoint(endpoint)) << endpoint;
  }
}

TEST(Endpoint, EveryOtherAddressIsDeniedWithTheReason) {
  for (const char* endpoint :
       {"tcp://0.0.0.0:5550", "tcp://*:5550", "tcp://192.168.1.5:5550", "tcp://128.0.0.1:5550",
        "tcp://[::]:5550", "tcp://[2001:db8::1]:5550", "tcp://[::ffff:127.0.0.1]:5550",
        "tcp://localhost:5550", "tcp://lo:5550", "tcp://example.org:5550", "tcp://127.1:5550",
        "tcp://0127.0.0.1:5550", "tcp://2130706433:5550", "tcp://127.0.0.1.evil.org:5550",
        "tcp://127.0.0.1 :5550", "tcp://eth0;127.0.0.1:5550", "tcp://::1:5550"}) {
    const auto refused = check_endpoint(endpoint);
    ASSERT_FALSE(refused) << endpoint;
    EXPECT_EQ(refused.error().code, Code::kDenied) << endpoint;
    EXPECT_NE(refused.error().sentence.find("could change the instruments"), std::string::npos);
  }
}

TEST(Endpoint, AnAbstractSocketIsDenied) {
  const auto refused = check_endpoint("ipc://@acqd");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDenied);
}

TEST(Endpoint, WhatIsNoEndpointIsInvalid) {
  for (const char* endpoint :
       {"", "ipc:", "ipc://", "tcp://", "tcp://127.0.0.1", "udp://127.0.0.1:1", "inproc://x",
        "127.0.0.1:5550", "tcp:127.0.0.1:5550"}) {
    const auto refused = check_endpoint(endpoint);
    ASSERT_FALSE(refused) << endpoint;
    EXPECT_EQ(refused.error().code, Code::kInvalid) << endpoint;
    EXPECT_FALSE(refused.error().allowed.empty());
  }
}

TEST(Endpoint, APortIs1To65535) {
  for (const char* port :
       {"0", "65536", "99999999999", "-1", "+1", "080", "80a", "", " 80", "**"}) {
    const auto refused = check_endpoint("tcp://127.0.0.1:" + std::string(port));
    ASSERT_FALSE(refused) << port;
    EXPECT_EQ(refused.error().allowed, "1 to 65535, or *");
  }
}

TEST(Endpoint, APathFitsASocketAddress) {
  // sun_path has 108 bytes, the last of them zero: unix(7).
  EXPECT_TRUE(check_endpoint("ipc://" + std::string(107, 'p')));
  EXPECT_FALSE(check_endpoint("ipc://" + std::string(108, 'p')));
  EXPECT_FALSE(check_endpoint("ipc://" + std::string(5000, 'p')));
}

TEST(LoopbackAddress, HasAHostAndAPort) {
  EXPECT_TRUE(check_loopback_address("127.0.0.1:9464"));
  EXPECT_TRUE(check_loopback_address("[::1]:9464"));
  for (const char* address : {"", "9464", "127.0.0.1", "127.0.0.1:*", "127.0.0.1:0", "0.0.0.0:9464",
                              "localhost:9464", ":9464"}) {
    EXPECT_FALSE(check_loopback_address(address)) << address;
  }
}

}  // namespace
}  // namespace acq
