// soapy: any receiver that a module of SoapySDR drives.
//
// Delivers  one stream `iq`: I/Q pairs, i8 i16 or f32, whichever is native to the device; -1 to 1 of
//           full scale
// Params    the table below
// Stamps    the device's own time where it tells one, ns, free-running; else host arrival, monotonic.
//           Uncertainty unknown
// Loss      an overflow is told without a length: inexact. With the device's time the length is
//           estimated from it, without it is unknown
// Unplug    reading fails: kDisconnected until the device is found again
// Settings  are read back: the rate is the one in force
// Errors    kInvalid: a setting that the device refuses, named; kIo; kOverflow: a packet without room
//           for one pair
// Built     only where SoapySDR was found, see ACQ_SOAPY
// Checked   tests/drivers/soapy_test.cpp
#include <SoapySDR/Device.hpp>
#include <SoapySDR/Errors.hpp>
#include <SoapySDR/Formats.hpp>
#include <SoapySDR/Logger.hpp>
#include <algorithm>
#include <cmath>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drivers/driver.h"
#include "drivers/restart.h"

namespace acq {
namespace {

constexpr int kReceive = SOAPY_SDR_RX;
constexpr std::int64_t kSlice_ns = 20'000'000;  // how soon a stop is noticed
constexpr std::int64_t kFill_ns = 20'000'000;   // how long a packet waits for more
constexpr std::size_t kMostPairs = 1 << 20;     // of one packet
constexpr int kMostErrors = 5;                  // in a row, before the device counts as gone

constexpr ParamSpec kSettingFields[] = {
    {.name = "key", .type = ParamType::kText, .required = true, .text = "as the module calls it"},
    {.name = "value", .type = ParamType::kText, .required = true, .text = "written at open"},
};

constexpr ParamSpec kParams[] = {
    {.name = "device",
     .type = ParamType::kText,
     .required = true,
     .text = "which device, as SoapySDR finds it: driver=rtlsdr,serial=0001",
     .live = false},
    {.name = "channel",
     .type = ParamType::kInteger,
     .min = 0,
     .max = 63,
     .fallback = "0",
     .text = "number of the receiving channel",
     .live = false},
    {.name = "rate",
     .unit = "Hz",
     .min = 1,
     .max = 1e10,
     .fallback = "2.048 MHz",
     .text = "sample rate; the device takes its nearest",
     .live = false},
    {.name = "antenna",
     .type = ParamType::kText,
     .text = "name of the input; not given: as it is",
     .live = false},
    {.name = "bandwidth",
     .unit = "Hz",
     .min = 0,
     .max = 1e10,
     .text = "of the filter before the converter; not given: the device chooses",
     .live = false},
    {.name = "frequency",
     .unit = "Hz",
     .min = 0,
     .max = 1e12,
     .fallback = "100 MHz",
     .text = "centre frequency"},
    {.name = "gain",
     .unit = "dB",
     .min = -200,
     .max = 200,
     .text = "whole gain; not given: the device's own control where it has one"},
    {.name = "settings",
     .type = ParamType::kTables,
     .text = "settings that only this kind of device has",
     .fields = kSettingFields},
};

struct NativeFormat {
  std::string name;
  Dtype dtype = Dtype::kF32;
  double full_scale = 1;
};

// Modules throw whatever they like.
template <typename Action>
Result<void> attempt(const char* where, Action action) {
  try {
    action();
    return {};
  } catch (const std::exception& error) {
    return fail(Code::kInvalid, std::string("the device refuses: ") + quote(error.what()), where);
  } catch (...) {
    return fail(Code::kInvalid, "the device refuses without saying why", where);
  }
}

struct Unmake {
  void operator()(SoapySDR::Device* device) const noexcept {
    static_cast<void>(attempt("device", [&] { SoapySDR::Device::unmake(device); }));
  }
};

void be_silent(const SoapySDRLogLevel, const char*) {}

class Soapy final : public Driver {
 public:
  explicit Soapy(const Clock& clock) : clock_(clock) {}
  ~Soapy() override { close(); }
  Soapy(const Soapy&) = delete;
  Soapy& operator=(const Soapy&) = delete;

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    SoapySDR::registerLogHandler(be_silent);  // what matters is in the errors
    const auto made =
        attempt("device", [&] { device_.reset(SoapySDR::Device::make(params.text("device"))); });
    if (!made || device_ == nullptr)
      return fail(Code::kDisconnected, made ? "there is no such device" : made.error().sentence,
                  "device");
    channel_ = static_cast<std::size_t>(params.integer("channel"));
    auto info = describe(params);
    if (!info) close();
    return info;
  }

  Result<void> start() override {
    if (info_ == nullptr) return fail(Code::kInvalid, "soapy is not open");
    if (is_running_) return {};
    int code = 0;
    const auto done = attempt("device", [&] { code = device_->activateStream(stream_); });
    if (!done) return done;
    if (code != 0) return failed(code);
    is_running_ = true;
    has_overflowed_ = overflows_next_ = false;
    expected_ns_.reset();
    errors_ = 0;
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "soapy is not started");
    const std::size_t room = packet.room(*info_);
    if (room == 0) return fail(Code::kOverflow, "a packet of soapy has no room for one pair");
    Received got;
    const Result<void> received = fill(packet.samples, room, deadline_ns, stop, got);
    if (!received) return tl::unexpected<Error>(received.error());
    if (got.count == 0) return ReadOutcome::kNothing;
    deliver(packet, got);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    if (!std::exchange(is_running_, false)) return;
    static_cast<void>(attempt("device", [&] { device_->deactivateStream(stream_); }));
  }

  void close() override {
    stop();
    if (stream_ != nullptr)
      static_cast<void>(attempt("device", [&] { device_->closeStream(stream_); }));
    stream_ = nullptr;
    device_ = nullptr;
    info_ = nullptr;
  }

  Result<void> set(const Params& params) override {
    if (info_ == nullptr) return fail(Code::kInvalid, "soapy is not open");
    if (const std::string name = what_restarts(kParams, params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of soapy does not change while running", name);
    const auto done = tune(params);
    if (done) params_ = params;
    read_back();
    return done;
  }

  [[nodiscard]] Table in_force() const override { return in_force_; }

 private:
  struct Received {
    int count = 0;
    int flags = 0;
    long long time_ns = 0;
  };

  Result<InstrumentInfo> describe(const Params& params) {
    if (const auto done = configure(params); !done) return tl::unexpected<Error>(done.error());
    double rate_hz = 0;
    NativeFormat format;
    InstrumentInfo info{.vendor = "SoapySDR",
                        .serial = params.text("device"),
                        .transport = "soapy",
                        .loss_report = LossReport::kInexact,
                        .reads_settings_back = true};
    const auto told = attempt("device", [&] {
      rate_hz = device_->getSampleRate(kReceive, channel_);
      format = choose_format();
      stream_ = device_->setupStream(kReceive, format.name, {channel_});
      info.model = device_->getDriverKey() + " " + device_->getHardwareKey();
    });
    if (!told) return tl::unexpected<Error>(told.error());
    if (!std::isfinite(rate_hz) || rate_hz < 1 || rate_hz > 1e12)
      return fail(Code::kIo, "the device gives a rate of " + std::to_string(rate_hz), "rate");
    Channel in_phase{.id = "i",
                     .label = "in-phase",
                     .scale = 1 / format.full_scale,
                     .range_min = -1,
                     .range_max = 1};
    Channel quadrature = in_phase;
    quadrature.id = "q";
    quadrature.label = "quadrature";
    info_ = std::make_shared<const StreamInfo>(StreamInfo{.name = "iq",
                                                          .dtype = format.dtype,
                                                          .rate_hz = rational_from(rate_hz),
                                                          .channels = {in_phase, quadrature},
                                                          .kind = Kind::kIq});
    info.streams = {info_};
    params_ = params;
    read_back();
    return info;
  }

  Result<void> configure(const Params& params) {
    const auto rate =
        attempt("rate", [&] { device_->setSampleRate(kReceive, channel_, params.number("rate")); });
    if (!rate) return rate;
    if (params.has("antenna")) {
      const auto done = attempt(
          "antenna", [&] { device_->setAntenna(kReceive, channel_, params.text("antenna")); });
      if (!done) return done;
    }
    if (params.has("bandwidth")) {
      const auto done = attempt("bandwidth", [&] {
        device_->setBandwidth(kReceive, channel_, params.number("bandwidth"));
      });
      if (!done) return done;
    }
    return tune(params);
  }

  // What may change while samples come.
  Result<void> tune(const Params& params) {
    const auto frequency = attempt("frequency", [&] {
      device_->setFrequency(kReceive, channel_, params.number("frequency"));
    });
    if (!frequency) return frequency;
    const bool is_manual = params.has("gain");
    const auto gain = attempt("gain", [&] {
      if (device_->hasGainMode(kReceive, channel_))
        device_->setGainMode(kReceive, channel_, !is_manual);
      if (is_manual) device_->setGain(kReceive, channel_, params.number("gain"));
    });
    if (!gain) return gain;
    for (const Params& row : params.tables("settings")) {
      const auto done =
          attempt("settings", [&] { device_->writeSetting(row.text("key"), row.text("value")); });
      if (!done) return done;
    }
    return {};
  }

  // What the device made of its settings; of what it does not tell, nothing.
  void read_back() {
    const auto ask = [this](const char* name, const auto& get) {
      in_force_.erase(name);
      static_cast<void>(attempt(name, [&] { in_force_[name] = Value(get()); }));
    };
    ask("rate", [this] { return device_->getSampleRate(kReceive, channel_); });
    ask("frequency", [this] { return device_->getFrequency(kReceive, channel_); });
    ask("gain", [this] { return device_->getGain(kReceive, channel_); });
    ask("bandwidth", [this] { return device_->getBandwidth(kReceive, channel_); });
    ask("antenna", [this] { return device_->getAntenna(kReceive, channel_); });
    std::erase_if(in_force_, [](const auto& one) {
      const auto* number = std::get_if<double>(&one.second);
      return number != nullptr && !std::isfinite(*number);
    });
  }

  // The device's own format where we have it, else what every module can convert to.
  NativeFormat choose_format() const {
    double full_scale = 1;
    const std::string native = device_->getNativeStreamFormat(kReceive, channel_, full_scale);
    const bool is_scaled = std::isfinite(full_scale) && full_scale > 0;
    if (native == SOAPY_SDR_CS8 && is_scaled) return {native, Dtype::kI8, full_scale};
    if (native == SOAPY_SDR_CS16 && is_scaled) return {native, Dtype::kI16, full_scale};
    return {SOAPY_SDR_CF32, Dtype::kF32, 1};
  }

  // One call of the device: samples, or one of its codes below 0.
  int receive(void* into, std::size_t most, std::int64_t wait_ns, int& flags, long long& time_ns) {
    int count = SOAPY_SDR_STREAM_ERROR;
    const auto done = attempt("device", [&] {
      void* buffers[] = {into};
      count = device_->readStream(stream_, buffers, most, flags, time_ns,
                                  static_cast<long>(std::min(wait_ns, kSlice_ns) / 1000));
    });
    return done ? count : SOAPY_SDR_STREAM_ERROR;
  }

  // Fills the packet until it is full or has waited long enough, or samples were lost: what is
  // behind a loss is for the next packet.
  Result<void> fill(std::byte* into, std::size_t room, std::int64_t deadline_ns,
                    const std::stop_token& stop, Received& out) {
    const auto most = static_cast<int>(std::min<std::size_t>(room, kMostPairs));
    while (out.count < most && !stop.stop_requested()) {
      const std::int64_t left_ns = deadline_ns - clock_.now_ns();
      if (left_ns <= 0) break;
      const auto done = static_cast<std::size_t>(out.count);
      int flags = 0;
      long long time_ns = 0;
      const int count = receive(into + done * info_->scan_bytes(),
                                static_cast<std::size_t>(most) - done, left_ns, flags, time_ns);
      if (count > 0 && out.count == 0) {
        out.flags = flags;
        out.time_ns = time_ns;
        deadline_ns = std::min(deadline_ns, clock_.now_ns() + kFill_ns);
      }
      out.count += std::max(count, 0);
      if (count == SOAPY_SDR_OVERFLOW) {
        overflows_next_ = out.count > 0;
        has_overflowed_ = has_overflowed_ || !overflows_next_;
        if (overflows_next_) break;
      }
      const bool is_error = count < 0 && count != SOAPY_SDR_TIMEOUT && count != SOAPY_SDR_OVERFLOW;
      if (is_error && out.count > 0) break;  // the next call meets it again
      if (is_error) return failed(count);
    }
    return {};
  }

  // A device that fails again and again is gone.
  tl::unexpected<Error> failed(int code) {
    const bool is_gone = code == SOAPY_SDR_STREAM_ERROR || ++errors_ >= kMostErrors;
    return fail(is_gone ? Code::kDisconnected : Code::kIo,
                std::string("reading fails: ") + SoapySDR::errToStr(code), "device");
  }

  void deliver(Packet& packet, const Received& got) noexcept {
    const std::int64_t now_ns = clock_.now_ns();
    const double rate_hz = info_->rate_hz.value();
    const bool has_time = (got.flags & SOAPY_SDR_HAS_TIME) != 0;
    packet.stream = 0;
    packet.count = static_cast<std::uint32_t>(got.count);
    packet.info = info_;
    packet.stamp = {.t0_ticks = has_time ? got.time_ns : now_ns,
                    .scale = has_time ? TimeScale::kFreeRunning : TimeScale::kMonotonic,
                    .origin = has_time ? TimeOrigin::kDeviceReported : TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = now_ns};
    if (std::exchange(has_overflowed_, false)) {
      const double silent_s =
          has_time && expected_ns_ ? static_cast<double>(got.time_ns - *expected_ns_) * 1e-9 : 0;
      const double lost = std::round(std::clamp(silent_s * rate_hz, 0.0, 1e15));
      packet.gap_before = {static_cast<std::uint64_t>(lost), kGapDevice, false};
    }
    has_overflowed_ = std::exchange(overflows_next_, false);
    expected_ns_.reset();
    if (has_time) expected_ns_ = got.time_ns + std::llround(got.count * 1e9 / rate_hz);
    errors_ = 0;
  }

  const Clock& clock_;
  Params params_;
  Table in_force_;
  std::size_t channel_ = 0;
  std::unique_ptr<SoapySDR::Device, Unmake> device_;
  SoapySDR::Stream* stream_ = nullptr;       // of the device
  std::shared_ptr<const StreamInfo> info_;   // none while closed
  std::optional<std::int64_t> expected_ns_;  // the device's time of the next sample, were none lost
  bool is_running_ = false;
  bool has_overflowed_ = false;  // before the next sample
  bool overflows_next_ = false;  // behind the packet being filled
  int errors_ = 0;
};

}  // namespace

extern const DriverEntry driver_soapy;
const DriverEntry driver_soapy{
    .name = "soapy",
    .summary = "receiver behind a module of SoapySDR: I/Q samples",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Soapy>(clock);
    },
    .example = [] { return Table{{"device", std::string("driver=acq_radio")}}; },
};

}  // namespace acq
