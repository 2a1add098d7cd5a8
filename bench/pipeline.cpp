// T4, T6, T7, T8, W2, L4, G1, G6: what a pipeline computes in a second, on one core.
//
// A chunk of 4096 float32 that lies in the cache is pushed again and again through a pipeline built as
// the daemon builds it; the outlet adds up what comes out. Prints "R key value unit" lines; samples are
// counted at the pipeline's input.
#include <pthread.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "dsp/base/clock.h"
#include "dsp/base/planes.h"
#include "dsp/math/fft.h"
#include "dsp/pipeline.h"
#include "tests/support/allocation_hook.h"

namespace acq {
namespace {

constexpr std::size_t kCount = 4096;
constexpr double kRate = 1e6;
double g_seconds = 0.5;

void emit(const std::string& key, double value, const char* unit) {
  std::printf("R %s %.6g %s\n", key.c_str(), value, unit);
  std::fflush(stdout);
}

// Reads one value of each cache line, as a publisher that copies would.
class Sink final : public Outlet {
 public:
  void deliver(const Chunk& chunk) noexcept override {
    float sums[4] = {};  // so that one addition need not wait for the last
    for (std::uint32_t i = 0; i < chunk.count; i += 64) {
      for (std::uint32_t k = 0; k < 4 && i + 16 * k < chunk.count; ++k)
        sums[k] += chunk.planes[0][i + 16 * k];
    }
    sum += static_cast<double>(sums[0] + sums[1] + sums[2] + sums[3]);
    ++chunks;
  }
  [[nodiscard]] bool is_wanted() const noexcept override { return true; }
  double sum = 0;
  std::uint64_t chunks = 0;
};

SignalInfo input(std::size_t channels) {
  SignalInfo info;
  info.rate_hz = {static_cast<std::uint64_t>(kRate), 1};
  info.max_count = kCount;
  info.axis.step = 1 / kRate;
  for (std::size_t c = 0; c < channels; ++c) {
    info.channels.push_back(Channel{.id = "ch" + std::to_string(c), .unit = "V"});
  }
  return info;
}

Step step(const char* name, const Table& given) {
  const BlockEntry* entry = find_block(name);
  if (entry == nullptr) {
    std::fprintf(stderr, "there is no block %s\n", name);
    std::exit(1);
  }
  auto params = Params::check(entry->params, given, name);
  if (!params) {
    std::fprintf(stderr, "%s\n", to_string(params.error()).c_str());
    std::exit(1);
  }
  return {entry, std::move(*params), ""};
}

struct Bench {
  Bench(std::vector<Step> steps, std::size_t channels) : planes(channels, kCount) {
    auto built = Pipeline::build({input(channels)}, std::move(steps));
    if (!built) {
      std::fprintf(stderr, "%s\n", to_string(built.error()).c_str());
      std::exit(1);
    }
    pipeline = std::move(*built);
    pipeline->connect(&sink, {});
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t i = 0; i < kCount; ++i) {
        planes[c][i] =
            static_cast<float>(std::sin(0.05 * static_cast<double>(i)) +
                               0.25 / 1024 * static_cast<double>((i * 2654435761U >> 8) & 1023));
      }
    }
    chunk.channels = static_cast<std::uint32_t>(channels);
    chunk.count = kCount;
    chunk.stamp.scale = TimeScale::kMonotonic;
  }

  void push() {
    planes.lend(chunk.planes);
    pipeline->push(0, chunk);
    chunk.first_index += kCount;
  }

  // Seconds for one chunk: the median of several runs of the asked length.
  double seconds_per_chunk() {
    for (int i = 0; i < 64; ++i) push();
    const std::int64_t start = system_clock().now_ns();
    const std::int64_t end = start + static_cast<std::int64_t>(g_seconds * 1e9);
    std::int64_t now = start;
    std::uint64_t chunks = 0;
    for (; now < end; now = system_clock().now_ns()) {
      for (int i = 0; i < 32; ++i) push();
      chunks += 32;
    }
    if (!std::isfinite(sink.sum) || sink.chunks == 0) std::exit(1);
    return static_cast<double>(now - start) * 1e-9 / static_cast<double>(chunks);
  }

  Planes planes;
  std::unique_ptr<Pipeline> pipeline;
  Sink sink;
  Chunk chunk;
};

double msps(double seconds_per_chunk) {
  return static_cast<double>(kCount) / seconds_per_chunk * 1e-6;
}

std::vector<Step> chain(std::size_t blocks) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < blocks; ++i) steps.push_back(step("calibrate", {{"gain", 1.0001}}));
  return steps;
}

std::vector<Step> fir_and_psd() {
  return {step("fir", {{"kind", std::string("low")}, {"cutoff", kRate * 0.1}, {"order", 63.0}}),
          step("welch_psd", {{"length", 1024.0}, {"overlap", 0.0}, {"averages", 4.0}})};
}

void run(const std::string& what) {
  if (what == "t4") emit("t4.ours", msps(Bench(chain(20), 1).seconds_per_chunk()), "MS/s");
  if (what == "l4") {
    const double short_s = Bench(chain(1), 1).seconds_per_chunk();
    const double long_s = Bench(chain(17), 1).seconds_per_chunk();
    emit("l4.ours", (long_s - short_s) / 16 * 1e6, "us");
  }
  if (what == "t6") {
    auto fir =
        step("fir", {{"kind", std::string("low")}, {"cutoff", kRate * 0.1}, {"order", 63.0}});
    emit("t6.ours", msps(Bench({fir}, 1).seconds_per_chunk()), "MS/s");
  }
  if (what == "t7") {
    for (const int taps : {256, 1024}) {
      auto fir = step("fir", {{"kind", std::string("low")},
                              {"cutoff", kRate * 0.1},
                              {"order", static_cast<double>(taps - 1)}});
      emit("t7.ours." + std::to_string(taps), msps(Bench({fir}, 1).seconds_per_chunk()), "MS/s");
    }
  }
  if (what == "t8") {
    for (const double length : {1024.0, 4096.0}) {
      auto psd = step("welch_psd", {{"length", length},
                                    {"overlap", 0.0},
                                    {"averages", 16.0},
                                    {"detrend", std::string("none")}});
      emit("t8.ours." + std::to_string(static_cast<int>(length)),
           msps(Bench({psd}, 1).seconds_per_chunk()), "MS/s");
    }
  }
  if (what == "w2") {
    auto decimate = step("decimate", {{"factor", 4.0},
                                      {"cutoff", kRate * 0.1},
                                      {"order", 128.0},
                                      {"window", std::string("hamming")}});
    auto psd = step("welch_psd", {{"length", 4096.0},
                                  {"overlap", 2048.0},
                                  {"averages", 16.0},
                                  {"detrend", std::string("none")}});
    emit("w2.ours", msps(Bench({decimate, psd}, 1).seconds_per_chunk()), "MS/s");
  }
  if (what == "g1") {
    for (const std::size_t channels : {std::size_t{1}, std::size_t{8}, std::size_t{64}}) {
      Bench bench(fir_and_psd(), channels);
      emit("g1.ours." + std::to_string(channels),
           bench.seconds_per_chunk() / static_cast<double>(channels) * 1e6, "us/channel");
    }
  }
  if (what == "g6") {
    Bench bench({step("decimate", {{"factor", 4.0}}),
                 step("welch_psd", {{"length", 1024.0}, {"averages", 4.0}}),
                 step("peaks", {{"count", 3.0}})},
                4);
    bench.push();
    const test::AllocationCount count;
    for (int i = 0; i < 10000; ++i) bench.push();
    emit("g6.ours", static_cast<double>(count.since().made) / 10000, "allocations/packet");
  }
}

}  // namespace
}  // namespace acq

int main(int argc, char** argv) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  const std::string what = argc > 1 ? argv[1] : "t4";
  if (argc > 2) acq::g_seconds = std::atof(argv[2]);
  acq::run(what);
}
