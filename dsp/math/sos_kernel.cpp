#include "dsp/math/sos_kernel.h"

#include <algorithm>

#include "dsp/math/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dsp/math/sos_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace acq::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// As many sections as lanes of D, for several channels at once. Lane s of a step works on the sample kLag * s
// before lane 0's, so that a section's output has kLag steps to become the next one's input; a step waits for
// no more than the multiplication of the last one's output by a1.
template <class D>
class Wavefront {
  using V = hn::Vec<D>;

 public:
  static constexpr std::size_t kLanes = hn::MaxLanes(D());

  HWY_INLINE Wavefront(const double* coefficients, std::size_t padded)
      : b0_(hn::LoadU(D(), coefficients)),
        b1_(hn::LoadU(D(), coefficients + padded)),
        b2_(hn::LoadU(D(), coefficients + 2 * padded)),
        a1_(hn::LoadU(D(), coefficients + 3 * padded)),
        a2_(hn::LoadU(D(), coefficients + 4 * padded)) {}

  // The state of channel c lies at state + c * 4 * padded.
  template <std::size_t Channels>
  HWY_INLINE void run(double* state, std::size_t padded, double* samples, std::size_t stride,
                      std::size_t count) const {
    Channel channels[Channels];
    for (std::size_t c = 0; c < Channels; ++c) {
      channels[c] = begin(state + 4 * c * padded, padded, samples + c * stride, count);
    }
    const std::size_t steps = count + kLate;
    std::size_t t = 0;
    const auto step_up_to = [&](std::size_t end) HWY_ATTR {
      for (; t < end; ++t) {
        for (std::size_t c = 0; c < Channels; ++c) partial_step(channels[c], t, count);
      }
    };
    step_up_to(std::min(kLate, steps));
    for (; t + 2 * kLag <= count; t += kLag) {  // all lanes work, and go on to samples there are
      for (std::size_t k = 0; k < kLag; ++k) {
        for (std::size_t c = 0; c < Channels; ++c) full_step(channels[c], k, t + k);
      }
    }
    step_up_to(steps);
    for (std::size_t c = 0; c < Channels; ++c) {
      hn::StoreU(channels[c].y1, D(), state + (4 * c + 2) * padded);
      hn::StoreU(channels[c].y2, D(), state + (4 * c + 3) * padded);
    }
  }

 private:
  static constexpr std::size_t kLag = 4;
  static constexpr std::size_t kLate = kLag * (kLanes - 1);  // steps until the last lane's first

  struct Channel {
    double* samples;
    V y1, y2;       // the last outputs of each section
    V x1, x2;       // the last inputs that fed() had
    V ahead[kLag];  // what inputs add to the outputs of this step and the next ones
  };

  // Moves each lane to the next one, the last to the first.
  static HWY_INLINE V rotate(V y) {
    const D d;
#if HWY_TARGET != HWY_SCALAR
    // Quicker than a table.
    if constexpr (kLanes == 4) {
      return hn::CombineShiftRightBytes<8>(d, y, hn::ConcatLowerUpper(d, y, y));
    }
#endif
    alignas(64) static constexpr std::int64_t kFrom[8] = {kLanes - 1, 0, 1, 2, 3, 4, 5, 6};
    return hn::TableLookupLanes(y, hn::SetTableIndices(d, kFrom));
  }
  // One section's output is the next one's input; the first takes a sample.
  static HWY_INLINE V enter(V rotated, double sample) {
    const D d;
    return hn::IfThenElse(hn::FirstN(d, 1), hn::Set(d, sample), rotated);
  }
  // What the input adds to an output, with the two before it.
  HWY_INLINE V fed(Channel& c, V x) const {
    const V sum = hn::MulAdd(b0_, x, hn::MulAdd(b1_, c.x1, hn::Mul(b2_, c.x2)));
    c.x2 = c.x1;
    c.x1 = x;
    return sum;
  }
  HWY_INLINE V output(const Channel& c, V fed) const {
    return hn::NegMulAdd(a1_, c.y1, hn::NegMulAdd(a2_, c.y2, fed));
  }

  // With the inputs of the first kLag steps: samples in lane 0, and in lane 1, at the last two of them, what
  // its section's input was before. Keeps the last two samples for the next time.
  HWY_INLINE Channel begin(double* state, std::size_t padded, double* samples,
                           std::size_t count) const {
    const D d;
    double* const last = state;
    double* const last_but_one = state + padded;
    Channel c{samples,           hn::LoadU(d, state + 2 * padded), hn::LoadU(d, state + 3 * padded),
              hn::Set(d, *last), hn::Set(d, *last_but_one),        {}};
    for (std::size_t k = 0; k < kLag; ++k) {
      const V before = rotate(k + 1 == kLag ? c.y1 : c.y2);
      c.ahead[k] = fed(c, enter(before, k < count ? samples[k] : 0.0));
    }
    *last_but_one = count > 1 ? samples[count - 2] : *last;
    *last = samples[count - 1];
    return c;
  }

  HWY_INLINE void full_step(Channel& c, std::size_t k, std::size_t t) const {
    const V y = output(c, c.ahead[k]);
    const V rotated = rotate(y);
    c.samples[t - kLate] = hn::GetLane(rotated);
    c.ahead[k] = fed(c, enter(rotated, c.samples[t + kLag]));
    c.y2 = c.y1;
    c.y1 = y;
  }

  // At both ends only the lanes whose sample exists work. Those that have not begun hand on what they made before.
  HWY_INLINE void partial_step(Channel& c, std::size_t t, std::size_t count) const {
    const D d;
    const auto begun = hn::FirstN(d, t / kLag + 1);
    const auto begin_now_or_next = hn::FirstN(d, (t + 1) / kLag + 1);
    const auto ended = hn::FirstN(d, t < count ? 0 : (t - count) / kLag + 1);
    const auto works = hn::AndNot(ended, begun);
    const V y = output(c, c.ahead[0]);
    const V before = hn::IfThenElse(begin_now_or_next, c.y1, c.y2);
    const V rotated = rotate(hn::IfThenElse(begun, y, before));
    if (t >= kLate) c.samples[t - kLate] = hn::GetLane(rotated);
    for (std::size_t k = 0; k + 1 < kLag; ++k) c.ahead[k] = c.ahead[k + 1];
    const double sample = t + kLag < count ? c.samples[t + kLag] : 0.0;
    c.ahead[kLag - 1] = fed(c, enter(rotated, sample));
    c.y2 = hn::IfThenElse(works, c.y1, c.y2);
    c.y1 = hn::IfThenElse(works, y, c.y1);
  }

  V b0_, b1_, b2_, a1_, a2_;
};

template <class D>
HWY_INLINE void run_lanes(D /*d*/, const double* coefficients, std::size_t sections,
                          std::size_t padded, double* state, double* samples, std::size_t stride,
                          std::size_t channels, std::size_t count) {
  constexpr std::size_t kLanes = Wavefront<D>::kLanes;
  for (std::size_t first = 0; first < sections; first += kLanes) {
    const Wavefront<D> wavefront(coefficients + first, padded);
    double* at = state + first;
    if (channels == 1) {
      wavefront.template run<1>(at, padded, samples, stride, count);
    } else {
      wavefront.template run<2>(at, padded, samples, stride, count);
    }
  }
}

void SosRun(const double* coefficients, std::size_t sections, std::size_t padded, double* state,
            double* samples, std::size_t stride, std::size_t channels, std::size_t count) {
  if (count == 0) return;
  if (sections <= 2) {
    run_lanes(hn::CappedTag<double, 2>(), coefficients, sections, padded, state, samples, stride,
              channels, count);
  } else if (sections <= 4) {
    run_lanes(hn::CappedTag<double, 4>(), coefficients, sections, padded, state, samples, stride,
              channels, count);
  } else {
    run_lanes(hn::CappedTag<double, 8>(), coefficients, sections, padded, state, samples, stride,
              channels, count);
  }
}

bool Widen(const float* in, std::size_t count, double* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  auto rest = hn::Zero(d);  // 0 as long as all are finite, then NaN
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto value = hn::PromoteTo(d, hn::LoadU(narrow, in + i));
    rest = hn::Add(rest, hn::Sub(value, value));
    hn::StoreU(value, d, out + i);
  }
  double rests = hn::GetLane(hn::SumOfLanes(d, rest));
  for (; i < count; ++i) {
    out[i] = static_cast<double>(in[i]);
    rests += out[i] - out[i];
  }
  return rests == 0;
}

void Narrow(const double* in, std::size_t count, float* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::DemoteTo(narrow, hn::LoadU(d, in + i)), narrow, out + i);
  }
  for (; i < count; ++i) out[i] = static_cast<float>(in[i]);
}

}  // namespace acq::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace acq {
HWY_EXPORT(SosRun);
HWY_EXPORT(Widen);
HWY_EXPORT(Narrow);

void sos_run(const double* coefficients, std::size_t sections, std::size_t padded, double* state,
             double* samples, std::size_t stride, std::size_t channels,
             std::size_t count) noexcept {
  HWY_DYNAMIC_DISPATCH(SosRun)
  (coefficients, sections, padded, state, samples, stride, channels, count);
}

bool widen(const float* in, std::size_t count, double* out) noexcept {
  return HWY_DYNAMIC_DISPATCH(Widen)(in, count, out);
}

void narrow(const double* in, std::size_t count, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Narrow)(in, count, out);
}

}  // namespace acq
#endif
