// Speed of the block welch_psd on chunks of 4096 samples: items_per_second is input samples a
// second on one thread. The floor beside it is FFTW alone on the same transforms.
//   bench_psd [sse4|avx2|avx3] [--benchmark_filter=...]
// The first argument limits the instruction set of our own kernels, to compare them on one machine.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "dsp/base/planes.h"
#include "dsp/block.h"
#include "dsp/math/fft.h"
#include "dsp/math/pair_power.h"
#include "dsp/math/simd.h"

#include <hwy/targets.h>

namespace acq {
namespace {

constexpr std::size_t kStored = std::size_t{1} << 15;  // 128 KiB of signal, read again and again

AlignedVector<float> signal() {
  AlignedVector<float> x(kStored);
  std::uint32_t seed = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    seed = seed * 1664525U + 1013904223U;
    x[i] = static_cast<float>(static_cast<std::int32_t>(seed)) / 2147483648.0F +
           std::sin(static_cast<float>(i % 1000) * 0.12566371F);
  }
  return x;
}

// Segment length, overlap, averages, samples a chunk.
void welch_psd(benchmark::State& state) {
  const BlockEntry& entry = *find_block("welch_psd");
  SignalInfo info;
  info.rate_hz = {1'000'000, 1};
  info.channels.resize(1);
  const auto chunk = static_cast<std::uint32_t>(state.range(3));
  info.max_count = chunk;
  const auto params = Params::check(entry.params,
                                    {{"length", static_cast<double>(state.range(0))},
                                     {"overlap", static_cast<double>(state.range(1))},
                                     {"averages", static_cast<double>(state.range(2))},
                                     {"detrend", "none"}},
                                    "welch_psd");
  const std::unique_ptr<Block> block = entry.make();
  if (!params || !block->configure(info, *params)) {
    state.SkipWithError("welch_psd refused its parameters");
    return;
  }
  AlignedVector<float> x = signal();
  Chunk in;
  in.channels = 1;
  in.count = chunk;
  float seen = 0;
  for (auto _ : state) {
    in.planes[0] = x.data() + in.first_index % kStored;
    Yield yield = Yield::kMore;
    while (yield == Yield::kMore) {
      Chunk out = in;
      yield = block->process(in, out);
      if (yield != Yield::kNone) seen += out.planes[0][5];
    }
    in.first_index += chunk;
  }
  benchmark::DoNotOptimize(seen);
  state.SetItemsProcessed(state.iterations() * chunk);
}
BENCHMARK(welch_psd)
    ->Args({1024, 0, 16, 4096})
    ->Args({4096, 0, 16, 4096})
    ->Args({1024, 512, 16, 4096})
    ->Args({4096, 2048, 16, 4096})
    ->Args({4096, 2048, 16, 1024});  // behind a decimation by 4: row W2

// Size; every second row two real signals in one complex transform.
void fftw_floor(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  AlignedVector<std::complex<float>> in(size);
  AlignedVector<std::complex<float>> out(size);
  const bool is_pair = state.range(1) == 2;
  auto real = RealFft<float>::plan(size);
  auto pair = ComplexFft<float>::plan(size, FftDirection::kForward);
  if (!real || !pair) {
    state.SkipWithError("no plan");
    return;
  }
  for (auto _ : state) {
    if (is_pair) {
      pair->run(in.data(), out.data());
    } else {
      real->run(reinterpret_cast<float*>(in.data()), out.data());
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(fftw_floor)
    ->Args({256, 2})
    ->Args({1024, 1})
    ->Args({1024, 2})
    ->Args({4096, 1})
    ->Args({4096, 2})
    ->Args({16384, 2})
    ->Args({65536, 2});

// Size: window, transform and power of two segments, as welch_psd does it.
void pair_power(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const AlignedVector<float> x = signal();
  AlignedVector<float> power(size);
  PairPower transform{std::vector<float>(size, 0.5F)};
  for (auto _ : state) {
    transform.add(x.data(), 0.0F, x.data() + size / 2, 0.0F, power.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 2);
}
BENCHMARK(pair_power)->RangeMultiplier(4)->Range(256, 65536);

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
