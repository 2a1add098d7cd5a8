// Sessions that the daemon captured (tests/data/transports/make.py), played to their drivers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "drivers/driver.h"
#include "tests/support/paths.h"
#include "tests/support/transport_replay.h"

namespace acq::test {
namespace {

const char* const kFolder = ACQ_TEST_DATA "/transports/";

std::vector<std::string> captures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".jsonl") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::string file_of(const std::string& name) {
  return kFolder + name + ".jsonl";
}

bool is_one_of(const CapturedEvent& event, std::initializer_list<std::string_view> acts) {
  return !event.is_call() && event.code == Code::kOk && !event.bytes.empty() &&
         std::find(acts.begin(), acts.end(), event.act) != acts.end();
}

bool is_request(const CapturedEvent& event) {
  const bool is_out = event.act != "control" || (event.number("type") & 0x80U) == 0;
  return is_one_of(event, {"write", "submit", "control"}) && is_out;
}

// The longest request of a session.
CapturedEvent* longest_request(TransportCapture& capture) {
  CapturedEvent* found = nullptr;
  for (CapturedEvent& event : capture.events) {
    const bool is_longer = found == nullptr || event.bytes.size() > found->bytes.size();
    if (is_longer && is_request(event)) found = &event;
  }
  return found;
}

// The longest of the answers that came last before a packet: those with its samples.
CapturedEvent* longest_samples(TransportCapture& capture) {
  CapturedEvent* found = nullptr;
  CapturedEvent* last = nullptr;
  for (CapturedEvent& event : capture.events) {
    if (is_one_of(event, {"read", "take"})) last = &event;
    if (!event.is_call() || event.act != "packet" || last == nullptr) continue;
    if (found == nullptr || last->bytes.size() > found->bytes.size()) found = last;
  }
  return found;
}

class CaptureTest : public testing::TestWithParam<std::string> {
 protected:
  static TransportCapture load() {
    Result<TransportCapture> capture = read_capture(file_of(GetParam()));
    EXPECT_TRUE(capture) << to_string(capture.error());
    return capture ? std::move(*capture) : TransportCapture();
  }
};
using Captured = CaptureTest;

TEST_P(Captured, SessionGivesTheSamePacketsForTheSameBytes) {
  const TransportCapture capture = load();
  const auto packets = std::count_if(capture.events.begin(), capture.events.end(),
                                     [](const auto& event) { return event.act == "packet"; });
  const Replayed replayed = replay(capture);
  EXPECT_EQ(replayed.difference, "");
  EXPECT_EQ(replayed.packets, static_cast<std::uint64_t>(packets));
  EXPECT_GE(replayed.packets, 2U);
  RecordProperty("samples", static_cast<int>(replayed.samples));
}

TEST_P(Captured, SessionWithAnotherAnswerIsNoticed) {
  TransportCapture capture = load();
  CapturedEvent* const answer = longest_samples(capture);
  ASSERT_NE(answer, nullptr);
  // Of text and of meters' frames the fourth byte is a digit.
  const std::size_t at = answer->bytes.size() > 100 ? answer->bytes.size() / 2 : 3;
  ASSERT_LT(at, answer->bytes.size());
  answer->bytes[at] = static_cast<char>(answer->bytes[at] ^ 1);
  EXPECT_NE(replay(capture).difference, "") << "line " << answer->line;
}

TEST_P(Captured, SessionWithAnotherRequestIsNoticed) {
  TransportCapture capture = load();
  CapturedEvent* const request = longest_request(capture);
  if (request == nullptr) {
    EXPECT_EQ(capture.driver, "serial_dmm") << "these meters alone speak without being asked";
    return;
  }
  request->bytes.front() = static_cast<char>(request->bytes.front() ^ 1);
  EXPECT_EQ(replay(capture).difference.find("line " + std::to_string(request->line) + ":"), 0U);
}

TEST_P(Captured, FileWithAnyByteChangedIsRefused) {
  std::ifstream in(file_of(GetParam()), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  ASSERT_TRUE(parse_capture(text));
  for (std::size_t at = 0; at < text.size(); at += 1 + text.size() / 50) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    EXPECT_EQ(parse_capture(changed).error().code, Code::kInvalid) << "byte " << at;
    EXPECT_EQ(parse_capture(text.substr(0, at)).error().code, Code::kInvalid) << "cut at " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Captured, testing::ValuesIn(captures()),
                         [](const auto& one) { return one.param; });

TEST(Captures, AreThereForEveryDriverWithAWire) {
  // Without one: files and a simulator have no wire; ALSA and SoapySDR open their devices themselves.
  std::set<std::string_view> without = {"sim", "replay", "alsa", "soapy"};
  for (const std::string& name : captures()) {
    const auto capture = read_capture(file_of(name));
    ASSERT_TRUE(capture) << name;
    without.insert(find_driver(capture->driver)->name);
  }
  for (const DriverEntry* entry : driver_registry())
    EXPECT_TRUE(without.contains(entry->name)) << "no capture of " << entry->name;
}

}  // namespace
}  // namespace acq::test
