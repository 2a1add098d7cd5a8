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

// As many sections as lanes of D, for several channels at once: a step of one channel waits for its
// last one, and the others fill the wait. Lane s of a step works on the sample s before lane 0's.
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

  // The state of channel c lies at state + c * 2 * padded.
  template <std::size_t Channels>
  HWY_INLINE void run(double* state, std::size_t padded, double* samples, std::size_t stride,
                      std::size_t count) const {
    const D d;
    V y[Channels], z1[Channels], z2[Channels];
    for (std::size_t c = 0; c < Channels; ++c) {
      y[c] = hn::Zero(d);
      z1[c] = hn::LoadU(d, state + 2 * c * padded);
      z2[c] = hn::LoadU(d, state + (2 * c + 1) * padded);
    }
    const std::size_t steps = count + kLanes - 1;
    const std::size_t full = std::min(kLanes - 1, count);  // from here to count all lanes work
    std::size_t t = 0;
    for (; t < full; ++t) partial_step<Channels>(y, z1, z2, samples, stride, t, count);
    for (; t < count; ++t) {
      for (std::size_t c = 0; c < Channels; ++c) {
        step(y[c], z1[c], z2[c], enter(y[c], samples[c * stride + t], samples + c * stride, t));
      }
    }
    for (; t < steps; ++t) partial_step<Channels>(y, z1, z2, samples, stride, t, count);
    for (std::size_t c = 0; c < Channels; ++c) {
      samples[c * stride + count - 1] = hn::GetLane(rotate(y[c]));
      hn::StoreU(z1[c], d, state + 2 * c * padded);
      hn::StoreU(z2[c], d, state + (2 * c + 1) * padded);
    }
  }

 private:
  // Moves each lane to the next one, the last to the first.
  static HWY_INLINE V rotate(V y) {
    const D d;
    alignas(64) static constexpr std::int64_t kFrom[8] = {kLanes - 1, 0, 1, 2, 3, 4, 5, 6};
    return hn::TableLookupLanes(y, hn::SetTableIndices(d, kFrom));
  }

  // The inputs of this step, one section's output being the next one's input. What leaves the last
  // lane is the output for the sample kLanes before `t`.
  static HWY_INLINE V enter(V y, double sample, double* samples, std::size_t t) {
    const D d;
    const V rotated = rotate(y);
    if (t >= kLanes) samples[t - kLanes] = hn::GetLane(rotated);
    return hn::IfThenElse(hn::FirstN(d, 1), hn::Set(d, sample), rotated);
  }

  HWY_INLINE void step(V& y, V& z1, V& z2, V x) const {
    y = hn::MulAdd(b0_, x, z1);
    z1 = hn::NegMulAdd(a1_, y, hn::MulAdd(b1_, x, z2));
    z2 = hn::NegMulAdd(a2_, y, hn::Mul(b2_, x));
  }

  // At both ends only the lanes whose sample exists work.
  template <std::size_t Channels>
  HWY_INLINE void partial_step(V* y, V* z1, V* z2, double* samples, std::size_t stride,
                               std::size_t t, std::size_t count) const {
    const D d;
    const auto begun = hn::FirstN(d, t + 1);
    const auto ended = hn::FirstN(d, t < count ? 0 : t + 1 - count);
    const auto works = hn::AndNot(ended, begun);
    for (std::size_t c = 0; c < Channels; ++c) {
      double* channel = samples + c * stride;
      const V x = enter(y[c], t < count ? channel[t] : 0.0, channel, t);
      V new_z1 = z1[c], new_z2 = z2[c];
      step(y[c], new_z1, new_z2, x);
      z1[c] = hn::IfThenElse(works, new_z1, z1[c]);
      z2[c] = hn::IfThenElse(works, new_z2, z2[c]);
    }
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
    switch (channels) {
      case 1: wavefront.template run<1>(at, padded, samples, stride, count); break;
      case 2: wavefront.template run<2>(at, padded, samples, stride, count); break;
      case 3: wavefront.template run<3>(at, padded, samples, stride, count); break;
      default: wavefront.template run<4>(at, padded, samples, stride, count); break;
    }
  }
}

void SosRun(const double* coefficients, std::size_t sections, std::size_t padded, double* state,
            double* samples, std::size_t stride, std::size_t channels, std::size_t count) {
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
