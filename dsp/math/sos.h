// Recursive filters as a cascade of second-order sections, over a stream of several channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/math/sos_kernel.h"

namespace acq {

// H(z) = (b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)
struct Section {
  double b0 = 1;
  double b1 = 0;
  double b2 = 0;
  double a1 = 0;
  double a2 = 0;
};

// Where a channel begins, and begins again behind a sample that is not finite.
enum class SosStart : std::uint8_t {
  kZero,     // as if all samples before had been 0
  kSettled,  // as if they all had been what the first one is
};

// Direct form 1 with float64 state, all sections of a sample at once: the vector of sections lags some
// samples behind from lane to lane.
//
// A sample that is not finite gives NaN and starts its channel anew behind it.
// Threads: one; all but the constructor is real-time safe.
class SosFilter {
 public:
  SosFilter() = default;
  SosFilter(std::span<const Section> sections, std::size_t channels,
            SosStart start = SosStart::kZero);

  // Filters any number of samples of each channel. out[c] may be in[c].
  void run(const float* const* in, float* const* out, std::size_t count) noexcept;
  void reset() noexcept;
  // Goes on from the state of a filter for as many channels. `values` is the last input of each, or
  // near it: what a constant input of that value would have left in the old filter's state is
  // replaced by what it would have left in this one's. With another number of sections the rest of
  // the state means nothing and is not taken over.
  void adopt(const SosFilter& before, std::span<const float> values) noexcept;

 private:
  double* state(std::size_t channel) noexcept {
    return state_.data() + channel * kSosDelays * padded_;
  }
  void add_settled(double value, double factor, double* state) const noexcept;
  // Neither a sample that is not finite nor one that begins a channel.
  [[nodiscard]] bool is_plain(std::size_t first, std::size_t channels,
                              bool are_finite) const noexcept;
  void run_parts(std::size_t channel, double* samples, std::size_t count) noexcept;

  SosStart start_ = SosStart::kZero;
  std::uint64_t begun_ = 0;  // one bit a channel
  std::size_t sections_ = 0;
  std::size_t channels_ = 0;
  std::size_t padded_ = 0;              // sections, filled up with such that change nothing
  AlignedVector<double> coefficients_;  // b0 of all, b1 of all ... a2 of all
  AlignedVector<double> state_;         // of each channel, as sos_run() has it
  AlignedVector<double> samples_;       // of some channels, while they are filtered
};

}  // namespace acq
