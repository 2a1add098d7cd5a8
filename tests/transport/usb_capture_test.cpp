// A conversation over USB, listened to and played back, in virtual time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "drivers/scpi/usbtmc.h"
#include "drivers/transport/tap.h"
#include "tests/support/transport_replay.h"
#include "tests/support/usb/fake_bus.h"
#include "tests/support/usb/tmc_scope.h"

namespace acq::test {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;

// What a tap hears, as it would be read from a file.
class ListeningTap final : public Tap {
 public:
  void note(const WireEvent& event, std::span<const std::byte> bytes) noexcept override {
    const WireActNames& names = names_of(event.act);
    CapturedEvent heard{.line = static_cast<int>(capture.events.size()) + 2,
                        .wire = event.wire,
                        .act = std::string(names.act),
                        .code = event.code};
    heard.bytes.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    for (std::size_t i = 0; i < names.numbers.size() && !names.numbers[i].empty(); ++i)
      heard.fields[std::string(names.numbers[i])] = event.numbers[i];
    capture.events.push_back(std::move(heard));
  }
  TransportCapture capture;
};

class UsbCaptureTest : public testing::Test {
 protected:
  UsbCaptureTest() { scope = bus->add(std::make_unique<emu::TmcScope>(emu::TmcScope::Options{})); }

  static std::string answer(scpi::Link& link, const Clock& time, std::string_view message) {
    const Until until{time.now_ns() + 500 * kMillisecond};
    if (const auto sent = link.write(message, until); !sent) return to_string(sent.error());
    std::string text;
    std::array<std::byte, 200> into{};
    while (true) {
      const auto piece = link.read(into, until);
      if (!piece) return text + to_string(piece.error());
      text.append(reinterpret_cast<const char*>(into.data()), piece->bytes);
      if (piece->is_end) return text;
    }
  }
  // Everything that was answered, errors included.
  std::string converse(usb::Bus& through, const Clock& time) {
    auto device = through.open({.interface_class = scpi::kUsbtmcClass});
    if (!device) return to_string(device.error());
    auto link = scpi::UsbtmcLink::open("usb", std::move(*device), time,
                                       {time.now_ns() + 1000 * kMillisecond});
    if (!link) return to_string(link.error());
    std::string all = answer(**link, time, "*IDN?");
    all += answer(**link, time, "DATA:BLOCK? 1000");
    before_mute();
    all += answer(**link, time, "*IDN?");
    if (const auto done = (*link)->clear({time.now_ns() + 1000 * kMillisecond}); !done)
      all += to_string(done.error());
    if (const auto status = (*link)->status_byte({time.now_ns() + 500 * kMillisecond}))
      all += std::to_string(*status);
    // A capture tells when the device was found gone, not when it was still there: that question
    // must not be the next one.
    all += answer(**link, time, "*IDN?");
    before_leaving();
    all += answer(**link, time, "*IDN?");
    return all;
  }
  // Listened to, on the emulated device.
  std::string listen() {
    before_mute = [this] { bus->model(scope).tell("lie mute"); };
    before_leaving = [this] { bus->unplug(scope); };
    const auto through = detail::tapped(bus, detail::TapEnd(tap));
    return converse(*through, clock);
  }
  // Played back.
  std::string play(const TransportCapture& capture, std::string& difference) {
    before_mute = before_leaving = [] {};
    FakeClock own;
    ReplayScript script(capture, own);
    const std::string said = converse(*replay_bus(script, 1), own);
    difference = script.difference();
    return said;
  }

  FakeClock clock;
  std::shared_ptr<emu::FakeBus> bus = std::make_shared<emu::FakeBus>(clock);
  std::size_t scope = 0;
  std::shared_ptr<ListeningTap> tap = std::make_shared<ListeningTap>();
  std::function<void()> before_mute, before_leaving;
};
using UsbCapture = UsbCaptureTest;

TEST_F(UsbCapture, GivesTheSameAnswersToTheSameRequests) {
  const std::string said = listen();
  EXPECT_NE(said.find("timeout"), std::string::npos) << said;
  EXPECT_NE(said.find("disconnected"), std::string::npos) << said;
  std::string difference;
  EXPECT_EQ(play(tap->capture, difference), said);
  EXPECT_EQ(difference, "");
}

TEST_F(UsbCapture, HasControlBulkAndInterruptTransfersWithTheirEnds) {
  listen();
  std::set<std::string> acts;
  std::set<std::uint64_t> endpoints, ends;
  for (const CapturedEvent& event : tap->capture.events) {
    acts.insert(event.act);
    if (event.act == "pipe") endpoints.insert(event.number("endpoint"));
    if (event.act == "take" && event.code == Code::kOk) ends.insert(event.number("end"));
  }
  for (const char* act :
       {"usb_open", "claim", "control", "pipe", "submit", "take", "cancel", "close"})
    EXPECT_TRUE(acts.contains(act)) << act;
  EXPECT_TRUE(endpoints.contains(emu::TmcScope::kOut));
  EXPECT_TRUE(endpoints.contains(emu::TmcScope::kIn));
  EXPECT_EQ(ends.size(), 2U) << "done and cancelled";
}

TEST_F(UsbCapture, NoticesAnotherRequestAndAnotherAnswer) {
  const std::string said = listen();
  std::string difference;
  for (const char* act : {"submit", "take"}) {
    TransportCapture changed = tap->capture;
    const auto longest = std::max_element(
        changed.events.begin(), changed.events.end(), [&](const auto& a, const auto& b) {
          return (a.act == act ? a.bytes.size() : 0) < (b.act == act ? b.bytes.size() : 0);
        });
    longest->bytes[longest->bytes.size() / 2] ^= 1;
    const std::string otherwise = play(changed, difference);
    EXPECT_NE(otherwise, said) << act;
    EXPECT_EQ(difference.empty(), act == std::string_view("take")) << difference;
  }
}

TEST_F(UsbCapture, DescribesTheDeviceAsItWas) {
  listen();
  const auto opened = std::find_if(tap->capture.events.begin(), tap->capture.events.end(),
                                   [](const auto& event) { return event.act == "usb_open"; });
  ASSERT_NE(opened, tap->capture.events.end());
  FakeClock own;
  ReplayScript script(tap->capture, own);
  const auto device = replay_bus(script, 1)->open({});
  ASSERT_TRUE(device) << to_string(device.error());
  EXPECT_EQ((*device)->info().vendor_id, 0x1209);
  EXPECT_EQ((*device)->info().serial, "SCOPE01");
  ASSERT_EQ((*device)->info().interfaces.size(), 1U);
  EXPECT_EQ((*device)->info().interfaces[0].endpoints.size(), 3U);
}

}  // namespace
}  // namespace acq::test
