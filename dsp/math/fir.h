// FIR filters over a stream: the state of one channel, fed piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/math/fir_kernel.h"

namespace acq {

// The last samples of a stream, followed by those of the current call, side by side.
class FirInput {
 public:
  FirInput() = default;
  // Looks back on `look_back` samples, and takes up to `most` at a time.
  FirInput(std::size_t look_back, std::size_t most);

  // Puts `count` samples, at most `most`, behind those seen before, and returns where they start:
  // look_back older ones lie in front, kFirSlack values of no meaning behind.
  float* append(const float* samples, std::size_t count) noexcept;
  // The `count` samples appended last have been seen.
  void keep(std::size_t count) noexcept;
  // These samples, of any number, have been seen; whether the first of them were appended or not.
  void keep(const float* samples, std::size_t count) noexcept;
  // As if every sample before had been 0.
  void reset() noexcept;
  // Takes over what another one has seen, as far as this one looks back.
  void adopt(const FirInput& before) noexcept;

 private:
  std::size_t history_ = 0;  // look_back, rounded up to whole vectors
  AlignedVector<float> buffer_;
};

// y[n] = sum over k of taps[k] * x[n - k], x = 0 before the first sample.
//
// Direct form in float32: the error stays below taps/2 ulp of sum |taps[k] x[n - k]|, and is
// typically far less. NaN and infinities reach the outputs their sample takes part in and no other.
// Threads: one; run(), reset() and adopt() are real-time safe.
class FirFilter {
 public:
  FirFilter() = default;
  FirFilter(std::span<const double> taps, std::size_t max_count);

  // Filters 1 to max_count samples. `out` may be `in`.
  void run(const float* in, std::size_t count, float* out) noexcept;
  void reset() noexcept { input_.reset(); }
  void adopt(const FirFilter& before) noexcept { input_.adopt(before.input_); }

 private:
  std::vector<float> taps_;  // the one for the oldest sample first
  FirInput input_;
};

// The same filter, of which only the outputs at multiples of `factor` of the sample index are
// computed: polyphase for small factors, dot products for large ones.
class FirDecimator {
 public:
  FirDecimator() = default;
  FirDecimator(std::span<const double> taps, std::size_t factor, std::size_t max_count);

  // Takes 1 to max_count samples, the first with index `first_index`, and writes the outputs that
  // fall on them; returns how many. `out` may be `in`.
  std::size_t run(const float* in, std::size_t count, std::uint64_t first_index,
                  float* out) noexcept;
  void reset() noexcept { input_.reset(); }
  void adopt(const FirDecimator& before) noexcept { input_.adopt(before.input_); }

 private:
  void run_dots(const float* in, std::size_t count, std::size_t first, float* out,
                std::size_t outputs) noexcept;
  void run_polyphase(const float* in, std::size_t count, std::size_t first, float* out,
                     std::size_t outputs) noexcept;
  void split(const float* in, std::size_t count, std::size_t first, std::size_t groups) noexcept;

  std::size_t factor_ = 1;
  std::size_t tap_count_ = 0;
  std::vector<float> taps_;  // the one for the oldest sample first; one phase after the other
  std::size_t stride_ = 0;   // of the phases' rows; 0 when outputs are dot products
  AlignedVector<float> rows_;
  FirInput input_;
};

}  // namespace acq
