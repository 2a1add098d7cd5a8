// sigrok-cli, a program that is not ours, reads the emulated meters: it must see the values, units
// and symbols that our parsers see.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "drivers/dmm/meters.h"
#include "tests/support/emulators/meter.h"

namespace acq::dmm {
namespace {

struct Peer {
  const char* meter;
  const char* driver;  // of sigrok
  const char* line;    // a pseudo-terminal has eight bits
  int repeats = 1;     // of each frame: some are found only when nothing changes for 128 bytes
};
constexpr Peer kPeers[] = {
    {"voltcraft-vc820", "voltcraft-vc820-ser", "2400/8n1"},
    {"digitek-dt4000zc", "digitek-dt4000zc", "2400/8n1"},
    {"pce-pce-dm32", "pce-pce-dm32", "2400/8n1"},
    {"uni-t-ut61d", "uni-t-ut61d-ser", "2400/8n1"},
    {"uni-t-ut61e", "uni-t-ut61e-ser", "19200/8n1"},
    {"iso-tech-idm103n", "iso-tech-idm103n", "2400/8n1", 12},
    {"metex-me31", "metex-me31", "600/8n1"},
    {"voltcraft-m3650cr", "voltcraft-m3650cr", "1200/8n1"},
    {"uni-t-ut71a", "uni-t-ut71a-ser", "2400/8n1"},
    {"brymen-bm25x", "brymen-bm25x", "9600/8n1"},
    {"brymen-bm857", "brymen-bm857", "9600/8n1"},
};

// What sigrok can say of a reading: it prints few digits beside the unit, and all of them without.
struct Line {
  std::string text;      // "V DC AUTO"
  double value = 0;      // infinite: beyond the range
  double tolerance = 0;  // half of the last place printed
};

Line ours(const Reading& reading) {
  static const std::map<std::string_view, std::string> kUnits = {
      {"Ohm", "\u03a9"}, {"Cel", "°C"}, {"[degF]", "°F"}, {"{rev}/min", "RPM"}};
  static const std::pair<std::uint32_t, const char*> kMarks[] = {
      {kMarkAc, "AC"},   {kMarkDc, "DC"},   {kMarkAuto, "AUTO"},   {kMarkHold, "HOLD"},
      {kMarkMax, "MAX"}, {kMarkMin, "MIN"}, {kMarkRelative, "REL"}};
  std::set<std::string> marks;
  for (const auto& [mark, word] : kMarks)
    if ((reading.marks & mark) != 0) marks.insert(word);
  if (reading.function == Function::kDiode) marks.insert({"DC", "DIODE"});
  const std::string_view unit = unit_of(reading.function);
  const auto found = kUnits.find(unit);
  Line line{found == kUnits.end() ? std::string(unit) : found->second};
  for (const std::string& mark : marks) line.text += " " + mark;
  line.value = reading.over == Over::kNone ? value_of(reading) : INFINITY;
  return line;
}

// "P1: -56.78 mV DC AUTO"
std::optional<Line> theirs(const std::string& text) {
  static const std::regex kLine(R"(^P1: (\S+) (\S+)((?: [A-Z]+)*) ?$)");
  static const std::regex kUnit("^(p|n|µ|m|k|M|G|T|)(V|A|\u03a9|\u2126|F|Hz|°C|°F|%|RPM)$");
  static const std::map<std::string, double> kPrefixes = {{"", 1},     {"p", 1e-12}, {"n", 1e-9},
                                                          {"µ", 1e-6}, {"m", 1e-3},  {"k", 1e3},
                                                          {"M", 1e6},  {"G", 1e9},   {"T", 1e12}};
  std::smatch parts, unit;
  if (!std::regex_match(text, parts, kLine)) return std::nullopt;
  const std::string digits = parts[1], unit_text = parts[2];
  if (!std::regex_match(unit_text, unit, kUnit)) return std::nullopt;
  const double prefix = kPrefixes.at(unit[1]);
  const std::size_t point = digits.find('.');
  const auto places =
      point == std::string::npos ? 0 : static_cast<double>(digits.size() - point - 1);
  std::set<std::string> marks;
  std::istringstream words(parts[3]);
  for (std::string word; words >> word;)
    if (word != "RMS") marks.insert(word);  // which meters do not say
  // The ohm sign and the letter look the same.
  Line line{unit[2] == "\u2126" ? "\u03a9" : unit[2].str()};
  for (const std::string& mark : marks) line.text += " " + mark;
  line.value = std::strtod(digits.c_str(), nullptr) * prefix;
  line.tolerance = 0.5001 * std::pow(10, -places) * prefix;
  return line;
}

bool is_same(const Line& ours, const Line& theirs) {
  if (ours.text != theirs.text) return false;
  if (std::isinf(ours.value)) return std::isinf(theirs.value);
  return std::abs(ours.value - theirs.value) <= theirs.tolerance + 1e-6 * std::abs(ours.value);
}

// A line of values only; sigrok also writes one with the units.
std::optional<double> number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nullopt : std::optional(value);
}

std::string six_digits(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::set<std::string> run_sigrok(const Peer& peer, const test::MeterEmulator& emulator,
                                 const std::string& format) {
  // Each frame comes twice at least, wherever sigrok begins and whatever it drops then.
  const std::size_t samples = 3 * emulator.frames().size() * static_cast<std::size_t>(peer.repeats);
  // The program looks its line up in /sys/class/tty; this way round it finds ours.
  const std::string command = "LD_PRELOAD=" ACQ_PTY_MODEM_LINES " timeout 40 sigrok-cli -d " +
                              std::string(peer.driver) + ":conn=/dev/../../.." + emulator.path() +
                              ":serialcomm=" + peer.line + " -O " + format + " --samples " +
                              std::to_string(samples) + " 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string all;
  std::array<char, 4096> bytes{};
  while (const std::size_t got = std::fread(bytes.data(), 1, bytes.size(), pipe.get()))
    all.append(bytes.data(), got);
  std::set<std::string> lines;
  std::istringstream text(all);
  for (std::string line; std::getline(text, line);) lines.insert(line);
  return lines;
}

class EverySigrokDriver : public testing::TestWithParam<Peer> {};

// Some families' rare symbols are damage to sigrok.
bool sigrok_knows(const Meter& meter, const Reading& reading) {
  const bool is_both = (reading.marks & (kMarkAc | kMarkDc)) == (kMarkAc | kMarkDc);
  if (meter.find != find_metex14) return !is_both;
  return reading.over == Over::kNone &&
         !(reading.function == Function::kFrequency && std::abs(value_of(reading)) >= 1e6);
}

TEST_P(EverySigrokDriver, SeesTheReadingsThatWeSee) {
  const Meter* meter = find_meter(GetParam().meter);
  ASSERT_NE(meter, nullptr);
  std::vector<test::Shown> frames = test::everything_it_shows(*meter);
  std::erase_if(frames, [&](const test::Shown& s) { return !sigrok_knows(*meter, s.means); });
  test::MeterEmulator emulator(
      *meter, {.frames = frames, .repeats = GetParam().repeats, .has_eighth_bit = false});

  std::vector<Line> expected;
  std::set<std::string> expected_values;
  Scanner scanner(meter->find, meter->variant, Framing::k8n1);
  for (const test::Shown& shown : emulator.frames()) {
    scanner.put(std::as_bytes(std::span(shown.frame)));
    const auto reading = scanner.next();
    ASSERT_TRUE(reading);
    expected.push_back(ours(*reading));
    expected_values.insert(six_digits(expected.back().value));
  }

  std::vector<Line> seen;
  for (const std::string& text : run_sigrok(GetParam(), emulator, "analog:digits=all")) {
    const auto line = theirs(text);
    ASSERT_TRUE(line) << text;
    EXPECT_TRUE(std::any_of(expected.begin(), expected.end(),
                            [&](const Line& e) { return is_same(e, *line); }))
        << "only sigrok sees: " << text;
    seen.push_back(*line);
  }
  for (const Line& line : expected) {
    EXPECT_TRUE(
        std::any_of(seen.begin(), seen.end(), [&](const Line& s) { return is_same(line, s); }))
        << "sigrok does not see: " << line.value << " " << line.text;
  }
  std::set<std::string> values;
  for (const std::string& text : run_sigrok(GetParam(), emulator, "csv:header=false:label=none"))
    if (const auto value = number_in(text)) values.insert(six_digits(*value));
  EXPECT_EQ(values, expected_values);
}

INSTANTIATE_TEST_SUITE_P(Peers, EverySigrokDriver, testing::ValuesIn(kPeers),
                         [](const auto& tested) {
                           std::string name(tested.param.meter);
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

}  // namespace
}  // namespace acq::dmm
