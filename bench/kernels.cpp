// Speed of the kernels in dsp/math on chunks of 4096 float32 samples: items_per_second is input
// samples a second on one thread.
//   bench_kernels [sse4|avx2|avx3] [--benchmark_filter=...]
// The first argument limits the instruction set, to compare them on one machine.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "dsp/math/convert.h"
#include "dsp/math/elementwise.h"
#include "dsp/math/fir.h"
#include "dsp/math/iir_design.h"
#include "dsp/math/moving_mean.h"
#include "dsp/math/simd.h"
#include "dsp/math/sos.h"

#include <hwy/targets.h>

namespace acq {
namespace {

constexpr std::size_t kCount = 4096;

std::vector<double> taps_of(std::size_t count) {
  return std::vector<double>(count, 1.0 / static_cast<double>(count));
}

AlignedVector<float> samples(std::size_t count) {
  AlignedVector<float> x(count);
  std::uint32_t seed = 1;
  for (float& value : x) {
    seed = seed * 1664525U + 1013904223U;
    value = static_cast<float>(static_cast<std::int32_t>(seed)) / 2147483648.0F;
  }
  return x;
}

void count_items(benchmark::State& state, std::size_t each = kCount) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

void fir(benchmark::State& state) {
  FirFilter filter(taps_of(static_cast<std::size_t>(state.range(0))), kCount);
  const AlignedVector<float> x = samples(kCount);
  AlignedVector<float> y(kCount);
  for (auto _ : state) {
    filter.run(x.data(), kCount, y.data());
    benchmark::ClobberMemory();
  }
  count_items(state);
}
BENCHMARK(fir)->Arg(8)->Arg(64)->Arg(65)->Arg(129)->Arg(256)->Arg(1024);

// Taps, factor.
void fir_decimate(benchmark::State& state) {
  FirDecimator decimator(taps_of(static_cast<std::size_t>(state.range(0))),
                         static_cast<std::size_t>(state.range(1)), kCount);
  const AlignedVector<float> x = samples(kCount);
  AlignedVector<float> y(kCount);
  std::uint64_t index = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decimator.run(x.data(), kCount, index, y.data()));
    benchmark::ClobberMemory();
    index += kCount;
  }
  count_items(state);
}
BENCHMARK(fir_decimate)
    ->Args({129, 4})
    ->Args({41, 2})
    ->Args({61, 3})
    ->Args({161, 8})
    ->Args({201, 10})
    ->Args({2001, 100});

// Bytes a sample (2: int16, 4: float32), channels.
void convert(benchmark::State& state) {
  const auto channels = static_cast<std::size_t>(state.range(1));
  const Dtype dtype = state.range(0) == 2 ? Dtype::kI16 : Dtype::kF32;
  const std::size_t count = 2 * kCount / channels;
  AlignedVector<std::byte> raw(count * channels * size_of(dtype), std::byte{1});
  std::vector<float> scale(channels, 0.5F), offset(channels, 0.25F);
  Planes planes(channels, count);
  std::array<float*, kMaxChannels> pointers{};
  planes.lend(pointers);
  for (auto _ : state) {
    to_planes(raw.data(), dtype, Layout::kInterleaved, channels, count, scale.data(), offset.data(),
              pointers.data());
    benchmark::ClobberMemory();
  }
  count_items(state, count * channels);
}
BENCHMARK(convert)->ArgsProduct({{2, 4}, {1, 2, 4, 8, 16, 64}});

// Order of a Butterworth low-pass, channels; items are samples of all channels.
void sos(benchmark::State& state) {
  const auto channels = static_cast<std::size_t>(state.range(1));
  const auto sections =
      *design_butterworth(Band::kLow, std::vector{0.1}, static_cast<std::size_t>(state.range(0)));
  SosFilter filter(sections, channels);
  Planes planes(channels, kCount);
  std::array<float*, kMaxChannels> pointers{};
  planes.lend(pointers);
  const AlignedVector<float> x = samples(kCount);
  std::array<const float*, kMaxChannels> inputs{};
  inputs.fill(x.data());
  for (auto _ : state) {
    filter.run(inputs.data(), pointers.data(), kCount);
    benchmark::ClobberMemory();
  }
  count_items(state, kCount * channels);
}
BENCHMARK(sos)->ArgsProduct({{2, 4, 8, 16}, {1, 4}});

void moving_mean(benchmark::State& state) {
  MovingMean mean(static_cast<std::size_t>(state.range(0)));
  const AlignedVector<float> x = samples(kCount);
  AlignedVector<float> y(kCount);
  for (auto _ : state) {
    mean.run(x.data(), kCount, y.data());
    benchmark::ClobberMemory();
  }
  count_items(state);
}
BENCHMARK(moving_mean)->Arg(5)->Arg(101)->Arg(10000);

void ratio_db(benchmark::State& state) {
  const AlignedVector<float> b = samples(kCount);
  AlignedVector<float> a(kCount);
  for (auto _ : state) {
    std::memcpy(a.data(), b.data(), kCount * sizeof(float));
    combine(Combine::kRatioDb, a.data(), b.data(), a.data(), kCount);
    benchmark::ClobberMemory();
  }
  count_items(state);
}
BENCHMARK(ratio_db);

void gain_and_offset(benchmark::State& state) {
  AlignedVector<float> x = samples(kCount);
  for (auto _ : state) {
    scale_and_offset(x.data(), kCount, 0.999F, 0.001F);
    benchmark::ClobberMemory();
  }
  count_items(state);
}
BENCHMARK(gain_and_offset);

void limit_instruction_set(const char* name) {
  std::int64_t target = 0;
  if (std::strcmp(name, "sse4") == 0) target = HWY_SSE4;
  if (std::strcmp(name, "avx2") == 0) target = HWY_AVX2;
  if (std::strcmp(name, "avx3") == 0) target = HWY_AVX3;
  if (target != 0) hwy::SetSupportedTargetsForTest(target);
}

}  // namespace
}  // namespace acq

int main(int argc, char** argv) {
  if (argc > 1) acq::limit_instruction_set(argv[1]);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
