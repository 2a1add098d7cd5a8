// What derivative and integral share: a waveform runs on in time, a record or a spectrum is a whole along its
// axis.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "dsp/filtering.h"
#include "dsp/framing.h"
#include "dsp/records.h"

namespace acq {

class CalculusBlock : public RecordBlock {
 public:
  // kInvalid: another kind, an axis that is not linear.
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) final;
  Yield process(const Chunk& in, Chunk& out) noexcept final;
  void adopt(Block& before) noexcept final;

 protected:
  // `unit` makes the new unit of the signal's and the axis'; `delay` samples are those a waveform waits for.
  using UnitRule = std::string (*)(const std::string& signal, const std::string& axis);
  CalculusBlock(std::string_view name, UnitRule unit, double delay) noexcept
      : name_(name), unit_(unit), delay_(delay) {}

  [[nodiscard]] double step() const noexcept { return step_; }

  // Of a waveform. Behind a gap, if it resets: the samples before count for nothing.
  virtual void forget() noexcept = 0;
  virtual void run(std::size_t channel, const float* x, std::size_t count, float* y) noexcept = 0;
  // All channels have been given `count` samples.
  virtual void pass(std::size_t /*count*/) noexcept {}
  virtual void take(const CalculusBlock& before) noexcept = 0;

 private:
  std::string_view name_;
  UnitRule unit_;
  double delay_;
  double step_ = 1;
  bool is_running_ = false;  // a waveform
  bool resets_ = true;
  Continuity continuity_;
};

}  // namespace acq
