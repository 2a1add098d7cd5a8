// What blocks that measure named results on whole records share: float64 inside, one channel after
// the other.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/block.h"
#include "dsp/math/trace.h"

namespace acq {

// A block whose output is a few results for each channel of a record. The derived class checks its
// input and parameters in configure(), calls set_up() and computes in measure(). A channel with a
// value that is not finite is not measured: all its results are invalid.
class MeasuringBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept final;

 protected:
  // The signal that comes out, with `specs` for each channel.
  // kInvalid when there are more than kMaxResults in all, or the x axis is not an even one.
  Result<SignalInfo> set_up(const SignalInfo& in, std::vector<ResultSpec> specs);

  // Called once a record, before its channels. Real-time safe.
  virtual void begin(const Chunk& /*in*/, double /*start*/) noexcept {}
  // `results` holds one place for each of the specs. Real-time safe.
  virtual void measure(const Trace& record, std::span<ScalarResult> results) noexcept = 0;

 private:
  Axis axis_;
  std::size_t each_ = 0;
  std::vector<double> values_;
  std::vector<ScalarResult> results_;
};

// The place of a checked choice among all of them.
template <typename Choices>
std::size_t choice_of(const Choices& choices, std::string_view name) noexcept {
  return static_cast<std::size_t>(std::find(std::begin(choices), std::end(choices), name) -
                                  std::begin(choices));
}

}  // namespace acq
