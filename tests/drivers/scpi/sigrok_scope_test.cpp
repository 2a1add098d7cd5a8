// sigrok-cli, a program that is not ours, reads the emulated oscilloscopes for which it has a
// driver that works over TCP: it must see the volts that their channels see. (Its driver for Siglent
// asks for the waveform in two pieces, and gives none of what it read.)
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/emulators/scpi_instrument.h"

namespace acq::test {
namespace {

struct Peer {
  const char* family;
  const char* driver;   // of sigrok
  const char* channel;  // the first, in its words
  double step_v;        // of one code at 1 V per division, or of the six digits it writes
};
constexpr Peer kPeers[] = {{"rigol", "rigol-ds", "CH1", 1.0 / 25},
                           {"rohde_schwarz", "hameg-hmo", "CH1", 1e-5}};

std::string run_sigrok(const Peer& peer, const ScpiInstrument& instrument) {
  const std::string command = "timeout 12 sigrok-cli -d " + std::string(peer.driver) +
                              ":conn=tcp-raw/127.0.0.1/" + std::to_string(instrument.port()) +
                              " -C " + peer.channel +
                              " --frames 1 -O csv:header=false:label=none 2>&1";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string all;
  std::array<char, 4096> bytes{};
  while (const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), pipe.get()))
    all.append(bytes.data(), got);
  return all;
}

class EverySigrokScope : public testing::TestWithParam<Peer> {};

TEST_P(EverySigrokScope, SeesTheVoltsThatTheChannelSees) {
  ScpiInstrument instrument(GetParam().family, {.depth = 1000});
  const std::string output = run_sigrok(GetParam(), instrument);
  std::vector<double> volts;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    char* end = nullptr;
    const double value = std::strtod(line.c_str(), &end);
    if (!line.empty() && *end == '\0') volts.push_back(value);
  }
  std::string told;
  for (const std::string& line : instrument.log()) told += line + "\n";
  for (const std::string& line : instrument.unknown()) told += "unknown: " + line + "\n";
  ASSERT_GE(volts.size(), 600U) << output.substr(0, 2000) << told;
  double worst = 0;
  for (std::size_t i = 0; i < volts.size(); ++i)
    worst = std::max(worst, std::abs(volts[i] - scope_volts(1, i, 1)));
  EXPECT_LE(worst, GetParam().step_v) << told;
}

INSTANTIATE_TEST_SUITE_P(Peers, EverySigrokScope, testing::ValuesIn(kPeers),
                         [](const auto& tested) { return std::string(tested.param.family); });

}  // namespace
}  // namespace acq::test
