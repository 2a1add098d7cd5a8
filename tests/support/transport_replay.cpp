#include "tests/support/transport_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "proto/crc32c.h"

namespace acq::test {
namespace {

// Of what an event tells that went wrong.
tl::unexpected<Error> failed(const CapturedEvent& event) {
  return fail(event.code, event.bytes.empty() ? "as captured" : event.bytes);
}

tl::unexpected<Error> over() {
  return fail(Code::kDisconnected, "the capture is over");
}

std::string shown(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 48)) out += fmt::format("{:02x} ", c & 0xff);
  return out + fmt::format("({} bytes)", bytes.size());
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ReplayStream final : public ByteStream {
 public:
  ReplayStream(ReplayScript& script, std::uint32_t wire) : script_(script), wire_(wire) {}
  ~ReplayStream() override { script_.next(wire_, "close"); }
  ReplayStream(const ReplayStream&) = delete;
  ReplayStream& operator=(const ReplayStream&) = delete;

  Result<std::size_t> read(std::span<std::byte> into, const Until&) override {
    const CapturedEvent* const event = script_.next(wire_, "read");
    if (event == nullptr) return over();
    if (into.size() != event->number("asked"))
      script_.differs(*event, fmt::format("it asks for {} bytes", into.size()));
    if (event->code != Code::kOk) return failed(*event);
    if (event->bytes.size() > into.size()) return over();
    std::memcpy(into.data(), event->bytes.data(), event->bytes.size());
    return event->bytes.size();
  }
  Result<void> write(std::span<const std::byte> bytes, const Until&) override {
    const CapturedEvent* const event = script_.next(wire_, "write");
    if (event == nullptr) return over();
    if (event->bytes != text_of(bytes)) {
      script_.differs(*event,
                      "it sends " + shown(text_of(bytes)) + " in place of " + shown(event->bytes));
      return over();
    }
    if (event->code != Code::kOk) return fail(event->code, "as captured");
    return {};
  }
  Result<std::size_t> discard_input() override {
    const CapturedEvent* const event = script_.next(wire_, "discard");
    if (event == nullptr) return over();
    if (event->code != Code::kOk) return failed(*event);
    return event->number("dropped");
  }

 private:
  ReplayScript& script_;
  std::uint32_t wire_;
};

std::int64_t day_ahead_ns() {
  return system_clock().now_ns() + 86'400'000'000'000;
}

// A packet's memory, and what the daemon does with a driver.
class Player {
 public:
  explicit Player(TransportCapture capture)
      : script_(std::move(capture), clock_), wires_(script_), scope_(wires_) {
    const DriverEntry* const entry = find_driver(script_.capture().driver);
    ACQ_CHECK(entry != nullptr);
    driver_ = entry->make(clock_);
    const auto params = Params::check(entry->params, script_.capture().parameters, "");
    ACQ_CHECK(params.has_value());
    params_ = *params;
  }

  Replayed play() {
    while (!script_.is_over()) call();
    result_.difference = script_.difference();
    driver_.reset();
    return result_;
  }

 private:
  void call() {
    const CapturedEvent* const event = script_.next(0, script_.peek()->act);
    if (event == nullptr) return;
    if (event->act == "open") return done(driver_->open(params_));
    if (event->act == "start") return done(driver_->start());
    if (event->act == "read") return read(*event);
    if (event->act == "stop") return void_done([&] { driver_->stop(); });
    if (event->act == "close") return void_done([&] { driver_->close(); });
    script_.differs(*event, "the replay knows no such call");
  }
  template <typename Run>
  void void_done(Run run) {
    run();
    script_.next(0, "done");
  }
  template <typename T>
  void done(const Result<T>& result) {
    const CapturedEvent* const event = script_.next(0, "done");
    const Code code = result ? Code::kOk : result.error().code;
    if (event != nullptr && event->code != code)
      script_.differs(*event, result ? "it succeeds" : to_string(result.error()));
  }
  void read(const CapturedEvent& event) {
    memory_.resize(event.number("room"));
    Packet packet;
    packet.samples = memory_.data();
    packet.capacity_bytes = memory_.size();
    const auto wait_ns = static_cast<std::int64_t>(event.number("wait_ns"));
    const auto outcome = driver_->read(packet, clock_.now_ns() + wait_ns, {});
    if (script_.is_over()) return;  // within this call: what it gave is of no account
    if (!outcome) return done(outcome);
    if (*outcome != ReadOutcome::kPacket) {
      script_.next(0, *outcome == ReadOutcome::kNothing ? "nothing" : "end");
      return;
    }
    const CapturedEvent* const told = script_.next(0, "packet");
    if (told == nullptr) return;
    ++result_.packets;
    result_.samples += packet.count;
    const std::uint32_t digest = crc32c({packet.samples, packet.size_bytes()});
    const bool is_same =
        told->number("stream") == packet.stream && told->number("count") == packet.count &&
        told->number("gap") == packet.gap_before.samples && told->number("crc32c") == digest;
    if (!is_same)
      script_.differs(
          *told, fmt::format("it gives {} samples of stream {} after {} lost, {}", packet.count,
                             packet.stream, packet.gap_before.samples, digest));
  }

  FakeClock clock_;
  ReplayScript script_;
  ReplayWires wires_;
  WiresScope scope_;
  std::unique_ptr<Driver> driver_;
  Params params_;
  std::vector<std::byte> memory_;
  Replayed result_;
};

}  // namespace

ReplayScript::ReplayScript(TransportCapture capture, FakeClock& clock)
    : capture_(std::move(capture)), clock_(clock), begin_ns_(day_ahead_ns()) {
  clock_.sleep_until(begin_ns_, {});
}

const CapturedEvent* ReplayScript::peek() const noexcept {
  const bool is_over = !difference_.empty() || next_ >= capture_.events.size();
  return is_over ? nullptr : &capture_.events[next_];
}

const CapturedEvent* ReplayScript::use() {
  const CapturedEvent& event = capture_.events[next_++];
  clock_.sleep_until(begin_ns_ + event.t_ns, {});
  return &event;
}

const CapturedEvent* ReplayScript::next(std::uint32_t wire, std::string_view act) {
  const CapturedEvent* const event = peek();
  if (event == nullptr) return nullptr;
  if (event->wire == wire && event->act == act) return use();
  differs(*event, fmt::format("comes {} on wire {} in place of {} on wire {}", act, wire,
                              event->act, event->wire));
  return nullptr;
}

const CapturedEvent* ReplayScript::next(std::string_view act) {
  const CapturedEvent* const event = peek();
  return event == nullptr ? nullptr : next(std::max(event->wire, 1U), act);
}

void ReplayScript::differs(const CapturedEvent& event, const std::string& what) {
  if (difference_.empty()) difference_ = fmt::format("line {}: {}", event.line, what);
}

Result<std::unique_ptr<ByteStream>> ReplayWires::stream(std::string_view act,
                                                        const std::string& peer) {
  const CapturedEvent* const event = script_.next(act);
  if (event == nullptr) return over();
  if (event->bytes != peer) {
    script_.differs(*event, "it connects to " + peer);
    return over();
  }
  if (event->code != Code::kOk) return fail(event->code, "as captured", peer);
  return std::make_unique<ReplayStream>(script_, event->wire);
}

Result<std::unique_ptr<ByteStream>> ReplayWires::tcp(const HostPort& address, const Until&) {
  return stream("tcp", to_string(address));
}

Result<std::unique_ptr<ByteStream>> ReplayWires::serial(const std::string& path,
                                                        const SerialSettings& settings) {
  return stream("serial", path + " " + to_string(settings));
}

Result<std::shared_ptr<usb::Bus>> ReplayWires::usb() {
  const CapturedEvent* const event = script_.next("usb_bus");
  if (event == nullptr) return over();
  if (event->code != Code::kOk) return failed(*event);
  return replay_bus(script_, event->wire);
}

Replayed replay(TransportCapture capture) {
  return Player(std::move(capture)).play();
}

}  // namespace acq::test
