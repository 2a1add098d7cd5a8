// alsa: a sound card, or anything else ALSA has a capture device for.
//
// Delivers  one stream `audio`: 1..64 channels, u8 i16 i32 f32, interleaved
// Params    the table below
// Stamps    the host's monotonic clock when the card's position was last seen, less the frames that
//           waited behind it; never going back. The card's own clock is free. Uncertainty unknown
// Loss      an overrun is noticed, its length is estimated from the clock: inexact
// Unplug    the device is gone: kDisconnected until it can be opened again
// Errors    kInvalid: a format, rate or number of channels the device does not have; kBusy;
//           kOverflow: a packet without room for one frame
// Checked   tests/drivers/alsa_test.cpp
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "drivers/alsa/pcm.h"
#include "drivers/driver.h"
#include "drivers/restart.h"

namespace acq {
namespace {

constexpr ParamSpec kParams[] = {
    {.name = "device",
     .type = ParamType::kText,
     .fallback = "default",
     .text = "name of the PCM, such as hw:1,0",
     .live = false},
    {.name = "format",
     .type = ParamType::kChoice,
     .fallback = "s16",
     .text = "of the samples",
     .choices = alsa::kFormats,
     .live = false},
    {.name = "rate",
     .type = ParamType::kInteger,
     .unit = "Hz",
     .min = 1,
     .max = 10'000'000,
     .fallback = "48000",
     .text = "sample rate, one that the converter really has",
     .live = false},
    {.name = "channels",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 64,
     .fallback = "2",
     .text = "number of channels",
     .live = false},
    {.name = "full_scale",
     .unit = "V",
     .min = 1e-9,
     .max = 1e9,
     .text = "voltage of the largest sample; not given: samples are from -1 to 1"},
};

class Alsa final : public Driver {
 public:
  explicit Alsa(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    auto pcm = alsa::Pcm::open({.device = params.text("device"),
                                .format = params.text("format"),
                                .rate_hz = static_cast<unsigned>(params.integer("rate")),
                                .channels = static_cast<unsigned>(params.integer("channels"))});
    if (!pcm) return tl::unexpected<Error>(pcm.error());
    pcm_ = std::move(*pcm);
    params_ = params;
    describe_stream();
    return InstrumentInfo{.vendor = "ALSA",
                          .model = pcm_->name(),
                          .serial = params.text("device"),
                          .transport = "alsa",
                          .streams = {info_},
                          .loss_report = LossReport::kInexact,
                          .reads_settings_back = true};
  }

  Result<void> start() override {
    if (!pcm_) return fail(Code::kInvalid, "alsa is not open");
    if (is_running_) return {};
    if (const auto started = pcm_->start(); !started) return started;
    is_running_ = true;
    has_overrun_ = false;
    expected_ns_.reset();
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "alsa is not started");
    const std::size_t room = packet.room(*info_);
    if (room == 0) return fail(Code::kOverflow, "a packet of alsa has no room for one frame");
    const std::optional<std::int64_t> told_ns = pcm_->next_frame_ns();
    std::size_t frames = 0;
    const auto got = pcm_->read(packet.samples, room, frames, {deadline_ns, stop});
    if (!got) return tl::unexpected<Error>(got.error());
    if (*got == alsa::Pcm::Got::kOverrun) has_overrun_ = true;
    if (*got != alsa::Pcm::Got::kFrames) return ReadOutcome::kNothing;
    deliver(packet, frames, told_ns);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    if (!is_running_) return;
    is_running_ = false;
    pcm_->stop();
  }

  void close() override {
    stop();
    pcm_.reset();
    info_ = nullptr;
  }

  Result<void> set(const Params& params) override {
    if (!pcm_) return fail(Code::kInvalid, "alsa is not open");
    if (const std::string name = what_restarts(kParams, params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of alsa does not change while running", name);
    params_ = params;
    describe_stream();
    return {};
  }

  [[nodiscard]] Table in_force() const override {
    if (!pcm_) return {};
    return {{"rate", static_cast<double>(pcm_->rate_hz())},
            {"channels", static_cast<double>(pcm_->channels())}};
  }

 private:
  void describe_stream() {
    const std::string& format = params_.text("format");
    const bool has_voltage = params_.has("full_scale");
    const double full_scale = has_voltage ? params_.number("full_scale") : 1;
    StreamInfo info{.name = "audio",
                    .dtype = alsa::dtype_of(format),
                    .rate_hz = {static_cast<std::uint64_t>(params_.integer("rate")), 1}};
    for (std::int64_t i = 0; i < params_.integer("channels"); ++i) {
      Channel channel{.id = "ch" + std::to_string(i + 1),
                      .quantity = has_voltage ? "voltage" : "",
                      .unit = has_voltage ? "V" : "1",
                      .scale = full_scale / alsa::full_scale_of(format),
                      .range_min = -full_scale,
                      .range_max = full_scale,
                      .significant_bits = alsa::bits_of(format)};
      if (format == "u8") channel.offset = -full_scale;
      info.channels.push_back(std::move(channel));
    }
    info_ = std::make_shared<const StreamInfo>(std::move(info));
  }

  void deliver(Packet& packet, std::size_t frames, std::optional<std::int64_t> told_ns) {
    const std::int64_t now_ns = clock_.now_ns();
    const double rate_hz = info_->rate_hz.value();
    const auto duration_ns = [&](double count) { return std::llround(count * 1e9 / rate_hz); };
    std::int64_t first_ns = told_ns.value_or(now_ns);
    first_ns = std::max(first_ns, last_ns_);
    last_ns_ = first_ns;
    packet.stream = 0;
    packet.count = static_cast<std::uint32_t>(frames);
    packet.info = info_;
    if (std::exchange(has_overrun_, false)) {
      const std::int64_t silent_ns = expected_ns_ ? first_ns - *expected_ns_ : 0;
      const double lost =
          static_cast<double>(std::max<std::int64_t>(silent_ns, 0)) * 1e-9 * rate_hz;
      packet.gap_before = {static_cast<std::uint64_t>(std::llround(lost)), kGapDevice, false};
    }
    packet.stamp = {.t0_ticks = first_ns,
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = now_ns};
    expected_ns_ = first_ns + duration_ns(static_cast<double>(frames));
  }

  const Clock& clock_;
  Params params_;
  std::optional<alsa::Pcm> pcm_;             // none while closed
  std::shared_ptr<const StreamInfo> info_;   // none while closed
  std::optional<std::int64_t> expected_ns_;  // of the next frame, were none lost
  std::int64_t last_ns_ = 0;                 // the stamp before
  bool is_running_ = false;
  bool has_overrun_ = false;
};

}  // namespace

extern const DriverEntry driver_alsa;
const DriverEntry driver_alsa{
    .name = "alsa",
    .summary = "sound card, or any other capture device of ALSA",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Alsa>(clock);
    },
    .example = [] { return Table{{"device", std::string("null")}}; },
};

}  // namespace acq
