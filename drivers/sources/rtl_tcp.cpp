// rtl_tcp: a software-defined radio behind an rtl_tcp server.
//
// Delivers  one stream `iq`: I/Q pairs, u8, interleaved, -1 to 1 of full scale
// Params    the table below
// Stamps    host arrival of the first sample, monotonic, uncertainty unknown
// Loss      the server drops samples without a word when the network is slow, and numbers none: it
//           cannot be told. An absence of the server is told from the clock by the acquire stage
// Unplug    the connection ends: kDisconnected until the server accepts another one
// Settings  are never confirmed: every frame says settings_unconfirmed
// Errors    kInvalid: a rate the chip does not have; kIo: the server is not rtl_tcp; kOverflow: a
//           packet without room for one pair
// Checked   tests/drivers/rtl_tcp_test.cpp
#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/restart.h"
#include "drivers/rtl_tcp/protocol.h"
#include "drivers/transport/tcp.h"
#include "drivers/transport/tcp_parameters.h"

namespace acq {
namespace {

using rtl_tcp::Command;

constexpr std::int64_t kMillisecond_ns = 1'000'000;
constexpr std::int64_t kConnect_ns = 3'000 * kMillisecond_ns;
constexpr std::int64_t kCommand_ns = 1'000 * kMillisecond_ns;
// How long a packet may wait to be filled once something has come.
constexpr std::int64_t kFill_ns = 20 * kMillisecond_ns;
constexpr std::size_t kPairBytes = 2;

constexpr std::string_view kGainModes[] = {"auto", "manual"};
constexpr std::string_view kSamplings[] = {"off", "i", "q"};

struct Setting {
  Command command;
  std::uint32_t value = 0;
  bool operator==(const Setting&) const = default;
};

std::uint32_t index_of(std::span<const std::string_view> choices, std::string_view choice) {
  const auto found = std::find(choices.begin(), choices.end(), choice);
  return static_cast<std::uint32_t>(found - choices.begin());
}

// In the order they are sent: a mode before what has a meaning only in it.
std::vector<Setting> settings_of(const Params& params) {
  const auto whole = [](double value) {
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(std::llround(value)));
  };
  const auto flag = [&](std::string_view name) { return params.flag(name) ? 1U : 0U; };
  return {{Command::kRate, whole(params.number("rate"))},
          {Command::kCorrection, static_cast<std::uint32_t>(params.integer("correction"))},
          {Command::kDirectSampling, index_of(kSamplings, params.text("direct_sampling"))},
          {Command::kOffsetTuning, flag("offset_tuning")},
          {Command::kFrequency, whole(params.number("frequency"))},
          {Command::kGainMode, index_of(kGainModes, params.text("gain_mode"))},
          {Command::kGain, whole(params.number("gain") * 10)},
          {Command::kAgc, flag("agc")},
          {Command::kBiasTee, flag("bias_tee")},
          {Command::kTestMode, flag("test_mode")}};
}

// The ranges of the resampler of the RTL2832 that librtlsdr allows.
Result<void> check_rate(double rate_hz) {
  const bool is_slow = rate_hz >= 225'001 && rate_hz <= 300'000;
  const bool is_fast = rate_hz >= 900'001 && rate_hz <= 3'200'000;
  if (is_slow || is_fast) return {};
  return fail(Code::kInvalid, "the RTL2832 has no rate of " + std::to_string(rate_hz) + " Hz",
              "rate", "225.001 kHz to 300 kHz, 900.001 kHz to 3.2 MHz");
}

constexpr ParamSpec kParams[] = {
    tcp_host(),
    tcp_port("1234"),
    {.name = "rate",
     .unit = "Hz",
     .min = 225'001,
     .max = 3'200'000,
     .fallback = "2.048 MHz",
     .text = "sample rate; nothing between 300 kHz and 900 kHz",
     .live = false},
    {.name = "frequency",
     .unit = "Hz",
     .min = 0,
     .max = 4'294'967'295,
     .fallback = "100 MHz",
     .text = "centre frequency"},
    {.name = "gain_mode",
     .type = ParamType::kChoice,
     .fallback = "auto",
     .text = "who sets the gain of the tuner",
     .choices = kGainModes},
    {.name = "gain",
     .unit = "dB",
     .min = 0,
     .max = 60,
     .fallback = "20 dB",
     .text = "gain of the tuner in gain mode manual; it takes its nearest step"},
    {.name = "correction",
     .type = ParamType::kInteger,
     .min = -1000,
     .max = 1000,
     .fallback = "0",
     .text = "of the crystal's frequency, ppm"},
    {.name = "agc",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "automatic gain of the RTL2832, behind the converter"},
    {.name = "direct_sampling",
     .type = ParamType::kChoice,
     .fallback = "off",
     .text = "convert an input without the tuner, for below 24 MHz",
     .choices = kSamplings},
    {.name = "offset_tuning",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "tune beside the frequency, away from the tuner's DC offset"},
    {.name = "bias_tee",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "supply 4.5 V to the antenna"},
    {.name = "test_mode",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "an 8-bit counter instead of samples"},
};

class RtlTcp final : public Driver {
 public:
  explicit RtlTcp(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    if (const auto rate = check_rate(params.number("rate")); !rate)
      return tl::unexpected<Error>(rate.error());
    const HostPort server{params.text("host"), static_cast<std::uint16_t>(params.integer("port"))};
    Result<rtl_tcp::Greeting> greeting = connect(server);
    if (!greeting) return gone(greeting.error());
    if (const auto sent = send(settings_of(params), {}); !sent) return gone(sent.error());
    params_ = params;
    describe_stream();
    return InstrumentInfo{
        .vendor = "Realtek",
        .model = "RTL2832 with " + std::string(rtl_tcp::tuner_name(greeting->tuner)),
        .serial = to_string(server),
        .transport = "tcp",
        .streams = {info_},
        .loss_report = LossReport::kNotAtAll};
  }

  // The server never pauses: what came before now is not part of what is asked for.
  Result<void> start() override {
    if (connection_ == nullptr) return fail(Code::kInvalid, "rtl_tcp is not open");
    if (is_running_) return {};
    const Result<std::size_t> dropped = connection_->discard_input();
    if (!dropped) return tl::unexpected<Error>(dropped.error());
    const bool is_within_pair = ((*dropped + (half_pair_ ? 1 : 0)) % kPairBytes) != 0;
    half_pair_.reset();
    drops_byte_ = drops_byte_ != is_within_pair;
    is_running_ = true;
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "rtl_tcp is not started");
    const std::size_t wanted = packet.room(*info_) * kPairBytes;
    if (wanted == 0) return fail(Code::kOverflow, "a packet of rtl_tcp has no room for one pair");
    if (stop.stop_requested()) return ReadOutcome::kNothing;
    std::int64_t arrival_ns = 0;
    const Result<std::size_t> size =
        fill(packet.space().first(wanted), {deadline_ns, stop}, arrival_ns);
    if (!size) return tl::unexpected<Error>(size.error());
    if (*size < kPairBytes) return ReadOutcome::kNothing;
    deliver(packet, *size / kPairBytes, arrival_ns);
    return ReadOutcome::kPacket;
  }

  void stop() override { is_running_ = false; }

  void close() override {
    stop();
    connection_ = nullptr;
    half_pair_.reset();
    drops_byte_ = false;
  }

  Result<void> set(const Params& params) override {
    if (connection_ == nullptr) return fail(Code::kInvalid, "rtl_tcp is not open");
    if (const std::string name = what_restarts(kParams, params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of rtl_tcp does not change while running", name);
    const auto sent = send(settings_of(params), settings_of(params_));
    if (sent) params_ = params;
    return sent;
  }

  // The protocol has no way to ask: as they were sent, in its whole numbers.
  [[nodiscard]] Table in_force() const override {
    if (connection_ == nullptr) return {};
    return {{"rate", std::round(params_.number("rate"))},
            {"frequency", std::round(params_.number("frequency"))},
            {"gain", std::round(params_.number("gain") * 10) / 10}};
  }

 private:
  Result<rtl_tcp::Greeting> connect(const HostPort& server) {
    const Until until{clock_.now_ns() + kConnect_ns};
    auto connection = connect_tcp(server, until);
    if (!connection) return tl::unexpected<Error>(connection.error());
    std::array<std::byte, rtl_tcp::kGreetingBytes> greeting{};
    for (std::size_t size = 0; size < greeting.size();) {
      const auto got = (*connection)->read(std::span(greeting).subspan(size), until);
      if (!got) return tl::unexpected<Error>(got.error());
      size += *got;
    }
    connection_ = std::move(*connection);
    return rtl_tcp::parse_greeting(greeting);
  }

  // A server that does not answer in time is as good as none.
  tl::unexpected<Error> gone(Error error) {
    close();
    if (error.code == Code::kTimeout) error.code = Code::kDisconnected;
    return tl::unexpected<Error>(std::move(error));
  }

  // Sends the settings that differ from those in force.
  Result<void> send(const std::vector<Setting>& settings, const std::vector<Setting>& in_force) {
    const Until until{clock_.now_ns() + kCommand_ns};
    for (std::size_t i = 0; i < settings.size(); ++i) {
      if (i < in_force.size() && in_force[i] == settings[i]) continue;
      const auto bytes = rtl_tcp::encode(settings[i].command, settings[i].value);
      if (const auto sent = connection_->write(bytes, until); !sent) return sent;
    }
    return {};
  }

  void describe_stream() {
    // Raw 0 is -1, raw 255 is 1: the converter has no code for zero.
    const Channel in_phase{.id = "i",
                           .label = "in-phase",
                           .scale = 2.0 / 255,
                           .offset = -1,
                           .range_min = -1,
                           .range_max = 1,
                           .significant_bits = 8};
    Channel quadrature = in_phase;
    quadrature.id = "q";
    quadrature.label = "quadrature";
    const auto rate_hz = static_cast<std::uint64_t>(std::llround(params_.number("rate")));
    info_ = std::make_shared<const StreamInfo>(StreamInfo{.name = "iq",
                                                          .dtype = Dtype::kU8,
                                                          .rate_hz = {rate_hz, 1},
                                                          .channels = {in_phase, quadrature},
                                                          .flags = kFlagSettingsUnconfirmed,
                                                          .kind = Kind::kIq});
  }

  // Fills `space`, of whole pairs, until it is full or has waited long enough. What is received is
  // given out before an error is told: the next call meets it again.
  Result<std::size_t> fill(std::span<std::byte> space, Until until, std::int64_t& arrival_ns) {
    std::size_t size = 0;
    if (half_pair_) space[size++] = *std::exchange(half_pair_, std::nullopt);
    while (size < space.size()) {
      const auto got = connection_->read(space.subspan(size), until);
      if (!got && got.error().code != Code::kTimeout && size < kPairBytes)
        return tl::unexpected<Error>(got.error());
      if (!got) break;
      if (arrival_ns == 0) {
        arrival_ns = clock_.now_ns();
        until.deadline_ns = std::min(until.deadline_ns, arrival_ns + kFill_ns);
      }
      size += *got;
      if (drops_byte_) {
        std::copy(space.begin() + 1, space.begin() + static_cast<std::ptrdiff_t>(size),
                  space.begin());
        --size;
        drops_byte_ = false;
      }
      if (clock_.now_ns() >= until.deadline_ns) break;  // a trickle would never end
    }
    if (size % kPairBytes != 0) half_pair_ = space[--size];
    return size;
  }

  void deliver(Packet& packet, std::size_t pairs, std::int64_t arrival_ns) const noexcept {
    packet.stream = 0;
    packet.count = static_cast<std::uint32_t>(pairs);
    packet.info = info_;
    packet.flags = info_->flags;
    packet.stamp = {.t0_ticks = arrival_ns,
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = clock_.now_ns()};
    mark_overrange(packet);
  }

  // The ends of the converter's range.
  static void mark_overrange(Packet& packet) noexcept {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(packet.samples);
    std::array<std::uint8_t, kPairBytes> low{255, 255}, high{0, 0};
    for (std::size_t i = 0; i < packet.count; ++i) {
      for (std::size_t c = 0; c < kPairBytes; ++c) {
        low[c] = std::min(low[c], raw[kPairBytes * i + c]);
        high[c] = std::max(high[c], raw[kPairBytes * i + c]);
      }
    }
    for (std::size_t c = 0; c < kPairBytes; ++c) {
      if (low[c] == 0) packet.overrange_low |= 1U << c;
      if (high[c] == 255) packet.overrange_high |= 1U << c;
    }
    if ((packet.overrange_low | packet.overrange_high) != 0) packet.flags |= kFlagOverrange;
  }

  const Clock& clock_;
  Params params_;
  std::unique_ptr<ByteStream> connection_;
  std::shared_ptr<const StreamInfo> info_;
  std::optional<std::byte> half_pair_;  // an I whose Q is still to come
  bool drops_byte_ = false;             // the next byte is the Q of a dropped I
  bool is_running_ = false;
};

}  // namespace

extern const DriverEntry driver_rtl_tcp;
const DriverEntry driver_rtl_tcp{
    .name = "rtl_tcp",
    .summary = "software-defined radio behind an rtl_tcp server: I/Q samples",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<RtlTcp>(clock);
    },
    .check = [](const Params& params) { return check_rate(params.number("rate")); },
    .example = [] { return Table{{"host", std::string("127.0.0.1")}, {"test_mode", true}}; },
};

}  // namespace acq
