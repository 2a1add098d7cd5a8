// A capture device of ALSA, configured and read without ever waiting longer than asked.
#pragma once

#include <alsa/asoundlib.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/transport/until.h"
#include "dsp/base/result.h"
#include "dsp/base/stream_info.h"

namespace acq::alsa {

inline constexpr std::string_view kFormats[] = {"u8", "s16", "s24", "s32", "f32"};

// How a format of kFormats leaves the driver: 24 bits as 32 bits with sign.
Dtype dtype_of(std::string_view format) noexcept;
// Raw value of full scale.
double full_scale_of(std::string_view format) noexcept;
int bits_of(std::string_view format) noexcept;

class Pcm {
 public:
  struct Settings {
    std::string device;
    std::string format;
    unsigned rate_hz = 0;
    unsigned channels = 0;
  };
  enum class Got : std::uint8_t { kFrames, kNothing, kOverrun };

  // kDisconnected: there is no such device, or it is gone; kBusy; kInvalid with `where`: format,
  // rate or channels the device does not have, with what it has.
  static Result<Pcm> open(const Settings& settings);

  Result<void> start();
  void stop() noexcept;

  // Up to `frames` frames, as dtype_of() says, waiting for the first until then and a little for the
  // rest. kOverrun: frames were lost, and the device is at work again. kDisconnected: it is gone.
  Result<Got> read(std::byte* into, std::size_t frames, std::size_t& count, Until until);

  // CLOCK_MONOTONIC of the oldest frame not yet read, from the device's position; nothing where the
  // device tells no time.
  [[nodiscard]] std::optional<std::int64_t> next_frame_ns() const;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  // As the device says it has them.
  [[nodiscard]] unsigned rate_hz() const noexcept { return rate_hz_; }
  [[nodiscard]] unsigned channels() const noexcept { return channels_; }

 private:
  struct Closer {
    void operator()(snd_pcm_t* pcm) const noexcept { snd_pcm_close(pcm); }
  };

  Result<void> configure(const Settings& settings);
  Result<void> choose_format(snd_pcm_hw_params_t* params, const std::string& format);
  Result<void> choose_rate(snd_pcm_hw_params_t* params, unsigned rate_hz);
  Result<void> recover(int error);
  bool wait(const Until& until);
  void unpack(const std::byte* from, std::byte* into, std::size_t frames) const noexcept;

  std::unique_ptr<snd_pcm_t, Closer> pcm_;
  std::string name_;
  Dtype dtype_ = Dtype::kUnspecified;
  snd_pcm_format_t format_ = SND_PCM_FORMAT_UNKNOWN;
  unsigned rate_hz_ = 1;
  unsigned channels_ = 1;
  std::vector<std::byte> packed_;  // frames of 3 bytes a sample
};

}  // namespace acq::alsa
