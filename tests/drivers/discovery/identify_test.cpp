#include "drivers/discovery/identify.h"

#include <gtest/gtest.h>

#include "drivers/discovery/scan.h"
#include "drivers/discovery/scpi_found.h"
#include "drivers/scpi/profiles.h"
#include "dsp/base/clock.h"
#include "tests/support/emulators/loopback_server.h"
#include "tests/support/emulators/scpi_instrument.h"

namespace acq::discovery {
namespace {

using test::LoopbackServer;
using test::Peer;
using test::ScpiInstrument;

constexpr std::int64_t kAnswer_ns = 10'000'000'000;
constexpr std::int64_t kSilence_ns = 50'000'000;

Found announced(Kind kind, std::vector<std::string> addresses) {
  Found found{.way = "lan", .name = "announced", .addresses = std::move(addresses)};
  use_scpi(found, kind, found.addresses.front());
  return found;
}

const std::vector<scpi::Profile>& profiles() {
  static const auto all = scpi::load_profiles("").value();
  return all;
}

Found told(const Found& before, const scpi::Identity& identity) {
  Found found = before;
  use_identity(found, "tcp://there", identity, profiles());
  return found;
}

std::string text_of(const Found& found, std::string_view key) {
  for (const auto& [name, text] : found.entries)
    if (name == key) return text;
  return "";
}

TEST(Identify, AnOscilloscopeGetsItsProfile) {
  const Found found = told(announced(Kind::kMeter, {"tcp://a"}),
                           {"Siglent Technologies", "SDS2104X Plus", "S1", "1.3"});
  EXPECT_EQ(found.driver, "scope");
  EXPECT_EQ(found.stream, "wave");
  EXPECT_EQ(found.name, "SDS2104X Plus");
  EXPECT_EQ(found.identity, "Siglent Technologies SDS2104X Plus, serial S1, firmware 1.3");
  EXPECT_EQ(text_of(found, "address"), "tcp://there");
  EXPECT_EQ(text_of(found, "profile"), "siglent-sds");
}

TEST(Identify, TheModelThatAnswersCountsForMoreThanTheOneAnnounced) {
  const Found found = told(announced(Kind::kScope, {"tcp://a"}), {"Keysight", "34465A", "", ""});
  EXPECT_EQ(found.driver, "scpi_meter");
  EXPECT_EQ(name_from(found.name), "keysight_34465a");
  EXPECT_EQ(text_of(found, "profile"), "");
}

TEST(Identify, ACounterGetsItsFamily) {
  for (const auto& [model, family] : {std::pair{"53230A", "keysight"},
                                      {"53131A", "hp"},
                                      {"53181A", "hp"},
                                      {"CNT-91", "pendulum"}}) {
    const Found found = told(announced(Kind::kScpi, {"tcp://a"}), {"ACME", model, "", ""});
    EXPECT_EQ(found.driver, "scpi_counter") << model;
    EXPECT_EQ(text_of(found, "family"), family) << model;
  }
}

TEST(Identify, AModelThatTellsNothingLeavesTheGuess) {
  const Found found = told(announced(Kind::kSupply, {"tcp://a"}), {"ACME", "Frobnicator", "", ""});
  EXPECT_EQ(found.driver, "scpi_supply");
  EXPECT_EQ(text_of(found, "address"), "tcp://there");
}

TEST(Identify, AnOscilloscopeWithoutAProfileIsToldSo) {
  const Found found = told(announced(Kind::kScpi, {"tcp://a"}), {"ACME", "DSO9", "", ""});
  EXPECT_EQ(found.driver, "scope");
  EXPECT_NE(found.remark.find("no profile fits"), std::string::npos);
  EXPECT_NE(found.remark.find("rigol-ds1000z"), std::string::npos);
}

TEST(Identify, WhatNoDriverMeasuresWithHasNone) {
  const Found found = told(announced(Kind::kScope, {"tcp://a"}), {"RIGOL", "DL3021", "", ""});
  EXPECT_EQ(found.driver, "");
}

TEST(Identify, TheFirstAddressThatAnswersIsTaken) {
  const ScpiInstrument scope("rigol");
  ScpiInstrument away("rigol");
  away.unplug();
  Found found = announced(Kind::kScpi, {away.address(), scope.address()});
  ask_identity(found, {system_clock().now_ns() + kAnswer_ns}, profiles());
  EXPECT_EQ(text_of(found, "address"), scope.address());
  EXPECT_EQ(text_of(found, "profile"), "rigol-ds1000z");
}

// A silent one takes its share of the time and leaves the others theirs.
TEST(Identify, ASilentAddressLeavesTimeForTheOneThatAnswers) {
  const LoopbackServer silent([](Peer& peer) {
    std::string line;
    while (peer.receive_line(line)) {
    }
  });
  const ScpiInstrument scope("rigol");
  const std::string mute = "tcp://127.0.0.1:" + std::to_string(silent.port());
  Found found = announced(Kind::kScpi, {mute, mute + "?end=lf", scope.address()});
  const std::int64_t begin_ns = system_clock().now_ns();
  ask_identity(found, {begin_ns + 12 * kSilence_ns}, profiles());
  EXPECT_EQ(text_of(found, "address"), scope.address());
  EXPECT_LT(system_clock().now_ns(), begin_ns + 12 * kSilence_ns);
}

TEST(Identify, WhoDoesNotAnswerOrAnswersNonsenseStaysAsFound) {
  const LoopbackServer silent([](Peer& peer) {
    std::string line;
    while (peer.receive_line(line)) {
    }
  });
  const LoopbackServer echo([](Peer& peer) {
    std::string line;
    while (peer.receive_line(line)) peer.send(line + "\n");
  });
  for (const LoopbackServer* server : {&silent, &echo}) {
    Found found = announced(Kind::kScope, {"tcp://127.0.0.1:" + std::to_string(server->port())});
    ask_identity(found, {system_clock().now_ns() + kSilence_ns}, profiles());
    EXPECT_EQ(found.identity, "");
    EXPECT_EQ(found.driver, "scope");
    EXPECT_NE(found.remark.find("does not say who it is"), std::string::npos) << found.remark;
  }
}

TEST(Identify, AnInstrumentWithAPageAloneIsAskedWhereItMayListen) {
  const std::vector<dns::Service> page = {
      {.instance = "Scope", .type = "_lxi._tcp", .host = "s.local", .address = "::1", .port = 80}};
  const auto all = found_on_lan(page);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].driver, "");
  EXPECT_EQ(all[0].addresses, (std::vector<std::string>{"vxi11://[::1]", "tcp://[::1]:5025"}));
}

}  // namespace
}  // namespace acq::discovery
