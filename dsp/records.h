// What blocks that compute on whole records share: float64 inside, one channel after the other.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/block.h"

namespace acq {

// A block whose output is one array for each channel's array. The derived class checks its input
// and parameters in configure(), calls set_up() and computes in compute().
class RecordBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept override;

 protected:
  // For `in.channels` arrays of in.max_count values in, `count` values out.
  void set_up(const SignalInfo& in, std::size_t count);
  // The output of a channel, `count` values; for a process() of the derived class.
  float* plane(std::size_t channel) noexcept { return out_[channel]; }
  void lend(Chunk& out) noexcept { out_.lend(out.planes); }
  // x holds in.max_count values, y `count`. Real-time safe.
  virtual void compute(std::span<const double> x, std::span<double> y) noexcept = 0;

 private:
  std::vector<double> x_;
  std::vector<double> y_;
  Planes out_;
};

// A block that makes one array of each pair of records: the first half of the channels are one side, the second
// half the other. The derived class checks its input with need_pairs(), calls set_up() and computes.
class PairBlock : public Block {
 public:
  Yield process(const Chunk& in, Chunk& out) noexcept override;

 protected:
  // kInvalid: not a record, an odd number of channels.
  static Result<void> need_pairs(const SignalInfo& in, std::string_view block);
  // For pairs of in.max_count values, `count` values out. What comes out but for units and the like: a channel
  // for each pair, as its first one, calibrated where both are alike.
  SignalInfo set_up(const SignalInfo& in, std::size_t count);
  // x and y, which are scratch, hold in.max_count values, `out` `count`. Real-time safe.
  virtual void compute(std::span<double> x, std::span<double> y,
                       std::span<double> out) noexcept = 0;

 private:
  std::vector<double> x_;
  std::vector<double> y_;
  std::vector<double> made_;
  Planes out_;
};

// The step of the x axis of records or spectra. kInvalid when it is not linear.
Result<double> axis_step(const SignalInfo& in, std::string_view block);

// out[i] = in[i], rounded to float32; beyond its range infinite.
void round_to(std::span<const double> in, float* out) noexcept;

}  // namespace acq
