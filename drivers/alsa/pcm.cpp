#include "drivers/alsa/pcm.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "drivers/transport/wait.h"
#include "dsp/base/clock.h"

namespace acq::alsa {
namespace {

constexpr unsigned kBuffer_us = 500'000;
constexpr unsigned kPeriod_us = 10'000;
constexpr std::int64_t kMillisecond_ns = 1'000'000;
// How long a packet may wait to be filled once something has come.
constexpr std::int64_t kFill_ns = 20 * kMillisecond_ns;
constexpr unsigned kMostDescriptors = 16;
constexpr std::size_t kPackedFrames = 1024;

struct FormatRow {
  std::string_view name;
  Dtype dtype;
  int bits;
  snd_pcm_format_t formats[2];  // the first that the device has
};
constexpr FormatRow kRows[] = {
    {"u8", Dtype::kU8, 8, {SND_PCM_FORMAT_U8, SND_PCM_FORMAT_U8}},
    {"s16", Dtype::kI16, 16, {SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S16}},
    {"s24", Dtype::kI32, 24, {SND_PCM_FORMAT_S24, SND_PCM_FORMAT_S24_3LE}},
    {"s32", Dtype::kI32, 32, {SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S32}},
    {"f32", Dtype::kF32, 24, {SND_PCM_FORMAT_FLOAT, SND_PCM_FORMAT_FLOAT}},
};

const FormatRow& row_of(std::string_view format) {
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows),
                                 [&](const FormatRow& one) { return one.name == format; });
  ACQ_CHECK(row != std::end(kRows));
  return *row;
}

Code code_of(int error) noexcept {
  switch (-error) {
    case EBUSY: return Code::kBusy;
    case EACCES:
    case EPERM: return Code::kDenied;
    case ENODEV:
    case ENOENT:
    case ENXIO:
    case EBADFD: return Code::kDisconnected;
    default: return Code::kIo;
  }
}

tl::unexpected<Error> failed(int error, const std::string& what, std::string where = "device") {
  return fail(code_of(error), what + ": " + snd_strerror(error), std::move(where));
}

// The library writes to the standard error; what matters is in the error codes.
void be_silent(const char*, int, const char*, int, const char*, ...) {}

template <typename Params>
struct Freer {
  void operator()(Params* params) const noexcept {
    if constexpr (std::is_same_v<Params, snd_pcm_hw_params_t>) snd_pcm_hw_params_free(params);
    if constexpr (std::is_same_v<Params, snd_pcm_sw_params_t>) snd_pcm_sw_params_free(params);
    if constexpr (std::is_same_v<Params, snd_pcm_info_t>) snd_pcm_info_free(params);
    if constexpr (std::is_same_v<Params, snd_pcm_status_t>) snd_pcm_status_free(params);
  }
};
template <typename Params>
using Owned = std::unique_ptr<Params, Freer<Params>>;

template <typename Params>
Owned<Params> allocate(int (*make)(Params**)) {
  Params* params = nullptr;
  ACQ_CHECK(make(&params) == 0);
  return Owned<Params>(params);
}

std::int64_t now_ns() noexcept {
  return system_clock().now_ns();
}

std::int32_t sign_extended(std::uint32_t low24) noexcept {
  return static_cast<std::int32_t>(low24 << 8) >> 8;
}

}  // namespace

Dtype dtype_of(std::string_view format) noexcept {
  return row_of(format).dtype;
}

double full_scale_of(std::string_view format) noexcept {
  return format == "f32" ? 1.0 : static_cast<double>(std::int64_t{1} << (bits_of(format) - 1));
}

int bits_of(std::string_view format) noexcept {
  return row_of(format).bits;
}

Result<Pcm> Pcm::open(const Settings& settings) {
  snd_lib_error_set_handler(be_silent);
  snd_pcm_t* raw = nullptr;
  const int error =
      snd_pcm_open(&raw, settings.device.c_str(), SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
  if (error < 0) return failed(error, "cannot open " + quote(settings.device));
  Pcm pcm;
  pcm.pcm_.reset(raw);
  pcm.dtype_ = dtype_of(settings.format);
  pcm.rate_hz_ = settings.rate_hz;
  pcm.channels_ = settings.channels;
  if (const auto done = pcm.configure(settings); !done) return tl::unexpected<Error>(done.error());
  const auto info = allocate(snd_pcm_info_malloc);
  const bool is_named = snd_pcm_info(raw, info.get()) == 0 && *snd_pcm_info_get_name(info.get());
  pcm.name_ = is_named ? snd_pcm_info_get_name(info.get()) : settings.device;
  return pcm;
}

Result<void> Pcm::choose_format(snd_pcm_hw_params_t* params, const std::string& format) {
  const FormatRow& row = row_of(format);
  for (const snd_pcm_format_t one : row.formats) {
    if (snd_pcm_hw_params_set_format(pcm_.get(), params, one) < 0) continue;
    format_ = one;
    packed_.resize(one == SND_PCM_FORMAT_S24_3LE ? kPackedFrames * channels_ * 3 : 0);
    return {};
  }
  std::string able;
  for (const FormatRow& other : kRows) {
    for (const snd_pcm_format_t one : other.formats) {
      const bool is_told = able.ends_with(other.name);
      if (!is_told && snd_pcm_hw_params_test_format(pcm_.get(), params, one) == 0)
        able += (able.empty() ? "" : ", ") + std::string(other.name);
    }
  }
  return fail(Code::kInvalid, "the device has no format " + format, "format", able);
}

Result<void> Pcm::choose_rate(snd_pcm_hw_params_t* params, unsigned rate_hz) {
  // Only what the converter really does.
  snd_pcm_hw_params_set_rate_resample(pcm_.get(), params, 0);
  if (snd_pcm_hw_params_set_rate(pcm_.get(), params, rate_hz, 0) == 0) return {};
  unsigned nearest = rate_hz;
  int direction = 0;
  snd_pcm_hw_params_set_rate_near(pcm_.get(), params, &nearest, &direction);
  return fail(Code::kInvalid, "the device has no rate of " + std::to_string(rate_hz) + " Hz",
              "rate", "the nearest is " + std::to_string(nearest) + " Hz");
}

Result<void> Pcm::configure(const Settings& settings) {
  snd_pcm_t* pcm = pcm_.get();
  const auto hw = allocate(snd_pcm_hw_params_malloc);
  if (const int error = snd_pcm_hw_params_any(pcm, hw.get()); error < 0)
    return failed(error, "the device tells nothing of itself");
  if (const int error = snd_pcm_hw_params_set_access(pcm, hw.get(), SND_PCM_ACCESS_RW_INTERLEAVED);
      error < 0)
    return failed(error, "the device cannot be read frame by frame");
  if (const auto done = choose_format(hw.get(), settings.format); !done) return done;
  if (snd_pcm_hw_params_set_channels(pcm, hw.get(), settings.channels) < 0) {
    unsigned least = 0, most = 0;
    snd_pcm_hw_params_get_channels_min(hw.get(), &least);
    snd_pcm_hw_params_get_channels_max(hw.get(), &most);
    return fail(Code::kInvalid,
                "the device has no " + std::to_string(settings.channels) + " channels", "channels",
                std::to_string(least) + " to " + std::to_string(most));
  }
  if (const auto done = choose_rate(hw.get(), settings.rate_hz); !done) return done;
  // Where a device has other buffers, its nearest are as good.
  unsigned buffer_us = kBuffer_us, period_us = kPeriod_us;
  snd_pcm_hw_params_set_buffer_time_near(pcm, hw.get(), &buffer_us, nullptr);
  snd_pcm_hw_params_set_period_time_near(pcm, hw.get(), &period_us, nullptr);
  if (const int error = snd_pcm_hw_params(pcm, hw.get()); error < 0)
    return failed(error, "the device refuses its settings");
  snd_pcm_hw_params_get_rate(hw.get(), &rate_hz_, nullptr);
  snd_pcm_hw_params_get_channels(hw.get(), &channels_);

  const auto sw = allocate(snd_pcm_sw_params_malloc);
  snd_pcm_sw_params_current(pcm, sw.get());
  snd_pcm_sw_params_set_tstamp_mode(pcm, sw.get(), SND_PCM_TSTAMP_ENABLE);
  snd_pcm_sw_params_set_tstamp_type(pcm, sw.get(), SND_PCM_TSTAMP_TYPE_MONOTONIC);
  if (const int error = snd_pcm_sw_params(pcm, sw.get()); error < 0)
    return failed(error, "the device refuses its settings");
  return {};
}

Result<void> Pcm::start() {
  int error = snd_pcm_prepare(pcm_.get());
  if (error == 0) error = snd_pcm_start(pcm_.get());
  if (error < 0) return failed(error, "the device does not start");
  return {};
}

void Pcm::stop() noexcept {
  snd_pcm_drop(pcm_.get());  // one that is gone needs no stop
}

// After an overrun (EPIPE) or a suspended machine (ESTRPIPE) the device starts anew.
Result<void> Pcm::recover(int error) {
  if (error != -EPIPE && error != -ESTRPIPE) return failed(error, "the device is lost");
  snd_pcm_drop(pcm_.get());
  return start();
}

// True: the device says that it can be read.
bool Pcm::wait(const Until& until) {
  std::array<pollfd, kMostDescriptors> descriptors{};
  const int count = snd_pcm_poll_descriptors(pcm_.get(), descriptors.data(), kMostDescriptors);
  if (count <= 0) return false;
  const auto used = std::span(descriptors).first(static_cast<std::size_t>(count));
  // snd_pcm_wait() starts its time anew whenever a descriptor is ready for nothing.
  if (!wait_ready(used, until)) return false;
  unsigned short events = 0;
  snd_pcm_poll_descriptors_revents(pcm_.get(), used.data(), static_cast<unsigned>(count), &events);
  return events != 0;
}

Result<Pcm::Got> Pcm::read(std::byte* into, std::size_t frames, std::size_t& count, Until until) {
  count = 0;
  const std::size_t frame_bytes = size_of(dtype_) * channels_;
  bool is_ready = false;
  while (count < frames && !until.stop.stop_requested()) {
    std::byte* const rest = into + count * frame_bytes;
    std::byte* const target = packed_.empty() ? rest : packed_.data();
    const std::size_t most = packed_.empty() ? frames - count : kPackedFrames;
    const snd_pcm_sframes_t got = snd_pcm_readi(pcm_.get(), target, std::min(most, frames - count));
    if (got > 0) {
      if (count == 0) until.deadline_ns = std::min(until.deadline_ns, now_ns() + kFill_ns);
      unpack(target, rest, static_cast<std::size_t>(got));
      count += static_cast<std::size_t>(got);
      is_ready = false;
      if (now_ns() >= until.deadline_ns) break;  // a few frames at a time would never end
      continue;
    }
    if (got < 0 && got != -EAGAIN) {
      if (count > 0) break;  // the next call meets it again
      const auto recovered = recover(static_cast<int>(got));
      if (!recovered) return tl::unexpected<Error>(recovered.error());
      return Got::kOverrun;
    }
    if (now_ns() >= until.deadline_ns) break;
    // Some devices are always ready, and have nothing.
    if (is_ready) system_clock().sleep_until(now_ns() + kMillisecond_ns, until.stop);
    is_ready = wait(until);
  }
  return count > 0 ? Got::kFrames : Got::kNothing;
}

void Pcm::unpack(const std::byte* from, std::byte* into, std::size_t frames) const noexcept {
  const std::size_t samples = frames * channels_;
  for (std::size_t i = 0; i < samples && format_ == SND_PCM_FORMAT_S24_3LE; ++i) {
    const auto b = [&](std::size_t n) { return std::to_integer<std::uint32_t>(from[3 * i + n]); };
    const std::int32_t value = sign_extended(b(0) | b(1) << 8 | b(2) << 16);
    std::memcpy(into + 4 * i, &value, sizeof value);
  }
  for (std::size_t i = 0; i < samples && format_ == SND_PCM_FORMAT_S24; ++i) {
    std::uint32_t raw = 0;
    std::memcpy(&raw, into + 4 * i, sizeof raw);
    const std::int32_t value = sign_extended(raw & 0xffffff);  // the top byte is anything
    std::memcpy(into + 4 * i, &value, sizeof value);
  }
}

std::optional<std::int64_t> Pcm::next_frame_ns() const {
  snd_pcm_status_t* status = nullptr;
  snd_pcm_status_alloca(&status);
  if (snd_pcm_status(pcm_.get(), status) < 0) return {};
  snd_htimestamp_t stamp{};
  snd_pcm_status_get_htstamp(status, &stamp);
  if (stamp.tv_sec == 0 && stamp.tv_nsec == 0) return {};
  const std::int64_t position_ns = stamp.tv_sec * 1'000'000'000 + stamp.tv_nsec;
  const auto waiting = static_cast<std::int64_t>(snd_pcm_status_get_avail(status));
  return position_ns - waiting * 1'000'000'000 / rate_hz_;
}

}  // namespace acq::alsa
