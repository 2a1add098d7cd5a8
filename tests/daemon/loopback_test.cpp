#include "daemon/service/loopback.h"

#include <gtest/gtest.h>

namespace acq {
namespace {

TEST(Loopback, TakesNumericLoopbackAddressesWithAPort) {
  for (const char* text : {"127.0.0.1:9464", "127.8.9.1:9464", "localhost:9464", "[::1]:9464"}) {
    const Result<LoopbackAddress> address = parse_loopback(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->port(), 9464) << text;
  }
}

TEST(Loopback, KnowsTheFamily) {
  EXPECT_EQ(parse_loopback("127.0.0.1:0")->family(), AF_INET);
  EXPECT_EQ(parse_loopback("[::1]:0")->family(), AF_INET6);
}

TEST(Loopback, DeniesAddressesOthersCanReach) {
  for (const char* text : {"0.0.0.0:9464", "192.168.1.2:9464", "[::]:9464", "[fe80::1]:9464",
                           "128.0.0.1:1", "[::ffff:127.0.0.1]:9464"}) {
    const Result<LoopbackAddress> address = parse_loopback(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Code::kDenied) << text;
    EXPECT_EQ(address.error().allowed, "127.0.0.1:PORT, [::1]:PORT, localhost:PORT");
  }
}

TEST(Loopback, RefusesWhatIsNoAddress) {
  for (const char* text : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1: 1", "example.org:80", "127.1:80", "[::1:80",
                           "::1:80", "[]:80", "[localhost]:80", "localhost.:80"}) {
    const Result<LoopbackAddress> address = parse_loopback(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, Code::kInvalid) << text;
  }
}

}  // namespace
}  // namespace acq
