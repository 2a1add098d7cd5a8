#include "drivers/discovery/services.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "drivers/discovery/scan.h"
#include "tests/drivers/discovery/dns_bytes.h"

namespace acq::dns {
namespace {

using discovery::Found;
using test::DnsBytes;

class ServicesTest : public testing::Test {
 protected:
  void take(const DnsBytes& message, std::string_view network = {}) {
    const auto read = decode_message(message.bytes);
    ASSERT_TRUE(read) << to_string(read.error());
    table.add(*read, network);
  }
  [[nodiscard]] bool asks(std::string_view name, Type type) const {
    const auto all = table.questions();
    return std::any_of(all.begin(), all.end(), [&](const Question& question) {
      return question.name == Name::of(name) && question.type == type;
    });
  }
  std::vector<Found> found() { return discovery::found_on_lan(table.services()); }

  ServiceTable table{discovery::service_types()};
};
using Services = ServicesTest;

TEST_F(Services, WhatIsNotToldYetIsAskedFor) {
  EXPECT_TRUE(asks("_hislip._tcp.local", Type::kPtr));
  take(DnsBytes(1).ptr("_hislip._tcp.local", "Scope._hislip._tcp.local"));
  EXPECT_TRUE(table.services().empty());
  EXPECT_TRUE(asks("Scope._hislip._tcp.local", Type::kSrv));
  take(DnsBytes(1).srv("Scope._hislip._tcp.local", 4880, "scope.local"));
  EXPECT_FALSE(asks("Scope._hislip._tcp.local", Type::kSrv));
  EXPECT_TRUE(asks("scope.local", Type::kA));
  take(DnsBytes(2).txt("Scope._hislip._tcp.local", "Model=RTB2004").a("scope.local", 7));
  EXPECT_FALSE(asks("scope.local", Type::kA));
  ASSERT_EQ(table.services().size(), 1U);
  EXPECT_EQ(table.services()[0].address, "10.0.0.7");
  EXPECT_EQ(table.services()[0].texts.at("model"), "RTB2004");
}

TEST_F(Services, AnInstrumentWithSeveralWaysIsFoundOnceByTheBest) {
  for (const char* type : {"_lxi._tcp.local", "_scpi-raw._tcp.local", "_vxi-11._tcp.local"}) {
    const std::string name = std::string("Scope.") + type;
    take(DnsBytes(3).ptr(type, name).srv(name, 5555, "scope.local").a("scope.local", 7));
  }
  take(DnsBytes(1).txt("Scope._lxi._tcp.local", "Model=DS1104Z"));
  ASSERT_EQ(found().size(), 1U);
  EXPECT_EQ(found()[0].driver, "scope");
  EXPECT_EQ(found()[0].entries[0].second, "vxi11://10.0.0.7/inst0?mapper=5555");
}

TEST_F(Services, ALinkLocalAddressIsUsedWithItsNetworkAndOnlyWithoutAnother) {
  take(DnsBytes(2)
           .ptr("_scpi-raw._tcp.local", "Scope._scpi-raw._tcp.local")
           .srv("Scope._scpi-raw._tcp.local", 5025, "scope.local"));
  EXPECT_TRUE(asks("scope.local", Type::kAaaa));
  take(DnsBytes(1).aaaa("scope.local", 0xfe80, 7));  // who knows on which network
  EXPECT_EQ(table.services()[0].address, "");
  take(DnsBytes(1).aaaa("scope.local", 0xfe80, 7), "eth0");
  EXPECT_EQ(table.services()[0].address, "fe80::7%eth0");
  EXPECT_EQ(found()[0].entries[0].second, "tcp://[fe80::7%eth0]:5025");
  EXPECT_TRUE(asks("scope.local", Type::kAaaa));  // there may be a better one
  take(DnsBytes(1).aaaa("scope.local", 0xfd00, 7), "eth0");
  EXPECT_EQ(table.services()[0].address, "fd00::7");
  EXPECT_FALSE(asks("scope.local", Type::kAaaa));
  take(DnsBytes(1).a("scope.local", 7), "eth0");
  EXPECT_EQ(table.services()[0].address, "10.0.0.7");
}

TEST_F(Services, WhatSaysGoodbyeIsNotThereAnyMore) {
  take(DnsBytes(2)
           .ptr("_lxi._tcp.local", "Scope._lxi._tcp.local")
           .srv("Scope._lxi._tcp.local", 80, "scope.local"));
  EXPECT_EQ(table.services().size(), 1U);
  take(DnsBytes(1).ptr("_lxi._tcp.local", "Scope._lxi._tcp.local", 0));
  EXPECT_TRUE(table.services().empty());
}

TEST_F(Services, WhatNobodyAskedForIsNotKept) {
  take(DnsBytes(3)
           .ptr("_http._tcp.local", "Page._http._tcp.local")
           .srv("Page._http._tcp.local", 80, "page.local")
           .ptr("_lxi._tcp.local", "Page._http._tcp.local"));
  EXPECT_TRUE(table.services().empty());
  EXPECT_EQ(table.questions().size(), discovery::service_types().size());
}

TEST_F(Services, AFloodOfNamesIsKeptToItsLimit) {
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "x" + std::to_string(i) + "._lxi._tcp.local";
    take(DnsBytes(2).ptr("_lxi._tcp.local", name).srv(name, 80, name));
  }
  EXPECT_EQ(table.services().size(), 256U);
  EXPECT_LE(table.questions().size(), 32U);
  EXPECT_LE(encode_query(table.questions()).size(), kMostBytes);
}

TEST_F(Services, AHostThatIsNoHostIsLeftOut) {
  take(DnsBytes(2)
           .ptr("_scpi-raw._tcp.local", "A._scpi-raw._tcp.local")
           .srv("A._scpi-raw._tcp.local", 5025, "evil/?x=1"));
  EXPECT_EQ(table.services().size(), 1U);
  EXPECT_TRUE(found().empty());
}

}  // namespace
}  // namespace acq::dns
