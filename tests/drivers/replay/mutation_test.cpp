// Damaged files: whatever is in them, a reader answers with samples that are there or with an error
// that says where.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iostream>
#include <random>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "dsp/base/signal.h"
#include "tests/drivers/replay/support.h"

namespace acq::replay {
namespace {

constexpr int kMutations = 4000;

// ACQ_TEST_SEED repeats a run.
std::uint32_t seed() {
  const char* given = std::getenv("ACQ_TEST_SEED");
  return given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                          : std::random_device{}();
}

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutated(std::string bytes) {
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) change(bytes);
    return bytes;
  }
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }

 private:
  void change(std::string& bytes) {
    static const std::string kTokens[] = {std::string(4, '\xff'),
                                          std::string(8, '\xff'),
                                          std::string(4, '\0'),
                                          "\xff\xff\xff\x7f",
                                          "9999999999999999999",
                                          "-1",
                                          "1e999",
                                          "nan",
                                          "\"",
                                          "[[[[",
                                          "{}",
                                          "null",
                                          ",,,",
                                          ";",
                                          "\n\n",
                                          "\xc3\x28",
                                          "'",
                                          "(",
                                          "0"};
    const std::size_t at = below(bytes.size());
    switch (below(7)) {
      case 0:
        bytes[at % std::max<std::size_t>(bytes.size(), 1)] ^= static_cast<char>(1 << below(8));
        break;
      case 1: bytes.resize(at); break;
      case 2: bytes.erase(at, 1 + below(16)); break;
      case 3: bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(64))); break;
      case 4: bytes.insert(at, kTokens[below(std::size(kTokens))]); break;
      case 5: {
        const std::string& token = kTokens[below(std::size(kTokens))];
        bytes.replace(at, token.size(), token);
        break;
      }
      default: bytes.insert(at, 1 + below(300), static_cast<char>(below(256))); break;
    }
  }

  std::mt19937 random_;
};

// Reads the ends and some places of a file that opened; what it says of itself must hold.
void expect_consistent(SampleFile& file, Mutator& mutator) {
  const Recording& r = file.recording();
  ASSERT_GE(r.scans, 1U);
  ASSERT_GE(r.channels.size(), 1U);
  ASSERT_LE(r.channels.size(), kMaxChannels);
  ASSERT_GT(size_of(r.dtype), 0U);
  ASSERT_LT(r.scans, 1'000'000U) << "more samples than the file has bytes";
  for (const Channel& channel : r.channels) {
    ASSERT_TRUE(is_clean(channel.label) && is_clean(channel.unit) && is_clean(channel.id));
    ASSERT_TRUE(std::isfinite(channel.scale) && std::isfinite(channel.offset));
  }
  for (int reads = 0; reads < 4; ++reads) {
    const std::uint64_t first = reads == 0 ? 0 : mutator.below(r.scans);
    const auto count = static_cast<std::uint32_t>(reads == 1 ? r.scans - first
                                                             : 1 + mutator.below(r.scans - first));
    std::vector<std::byte> out(count * r.channels.size() * size_of(r.dtype));
    const Result<void> read = file.read(first, count, out.data());
    ASSERT_TRUE(read) << to_string(read.error());
  }
}

struct Sample {
  const char* name;
  std::string bytes;
};

void survive(const std::vector<Sample>& samples) {
  const std::uint32_t run = seed();
  std::cout << "ACQ_TEST_SEED=" << run << '\n';
  SCOPED_TRACE("ACQ_TEST_SEED=" + std::to_string(run));
  Mutator mutator(run);
  const TempFolder folder;
  for (const Sample& sample : samples) folder.write(sample.name, sample.bytes);
  int accepted = 0;
  for (int i = 0; i < kMutations; ++i) {
    const Sample& chosen = samples[mutator.below(samples.size())];
    const std::string path = folder.write(chosen.name, mutator.mutated(chosen.bytes));
    const Hints hints{.skip_lines = mutator.below(3), .is_channels_first = mutator.below(2) == 1};
    const auto file = open_sample_file(path, Format::kAuto, hints);
    if (file) {
      ++accepted;
      ASSERT_NO_FATAL_FAILURE(expect_consistent(**file, mutator));
    } else {
      ASSERT_NE(file.error().code, Code::kInternal);
      ASSERT_FALSE(file.error().where.empty()) << to_string(file.error());
      ASSERT_TRUE(is_clean(file.error().sentence.substr(0, 200)))
          << in_quotes(file.error().sentence);
    }
  }
  // Some mutations hit samples or comments and are legal; most hit the headers of these small
  // files.
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, kMutations);
}

TEST(DamagedFiles, WavIsReadOrRefused) {
  const std::string samples(48, '\x11');
  survive(
      {{"a.wav", wav({.channels = 2}, samples)},
       {"b.wav", wav({.channels = 2, .bits = 24}, samples)},
       {"c.wav", "RF64" + bytes_of(0xffffffffU) + "WAVE" +
                     chunk("ds64", bytes_of(std::uint64_t{0}) + bytes_of(std::uint64_t{48}) +
                                       std::string(12, '\0')) +
                     chunk("fmt ", wav_format({})) + "data" + bytes_of(0xffffffffU) + samples}});
}

TEST(DamagedFiles, NpyIsReadOrRefused) {
  const std::string samples(48, '\x11');
  survive({{"a.npy", npy("<i2", false, "(24,)", samples)},
           {"b.npy", npy(">f4", true, "(6, 2)", samples)}});
}

TEST(DamagedFiles, CsvIsReadOrRefused) {
  survive({{"a.csv", "# scope\nTime (ms),a [V],b\n0,1,2\n1,3,4\n2,5,6\n3,7,8\n"},
           {"b.csv", "1;2,5\n3;4,5e3\n-1;+7\n"},
           {"c.txt", "  1 2 3\n 4 5 6\n\n7 8 9"}});
}

TEST(DamagedFiles, SigmfIsReadOrRefused) {
  survive(
      {{"a.sigmf-meta",
        R"({"global": {"core:datatype": "ri16_le", "core:sample_rate": 360, "core:num_channels": 2,
                "core:hw": "x", "acqd:channels": [{"id": "a", "scale": 0.5}, {"unit": "V"}]},
                "captures": [{"core:sample_start": 0, "core:datetime": "2024-05-01T12:00:00.5Z",
                              "core:header_bytes": 4}], "annotations": []})"},
       {"a.sigmf-data", std::string(48, '\x11')}});
}

// The driver as a whole, with rates and times out of the file.
TEST(DamagedFiles, AreReplayedOrRefusedByTheDriver) {
  const std::uint32_t run = seed();
  std::cout << "ACQ_TEST_SEED=" << run << '\n';
  SCOPED_TRACE("ACQ_TEST_SEED=" + std::to_string(run));
  Mutator mutator(run);
  const TempFolder folder;
  const std::string meta =
      R"({"global": {"core:datatype": "ri16_le", "core:sample_rate": 360.25},
          "captures": [{"core:datetime": "2024-05-01T12:00:00Z"}]})";
  folder.write("a.sigmf-data", std::string(4096, '\x11'));
  const DriverEntry* entry = find_driver("replay");
  PacketPool pool(1, 512);
  Packet* packet = pool.take();
  for (int i = 0; i < kMutations; ++i) {
    const std::string path = folder.write("a.sigmf-meta", mutator.mutated(meta));
    const FakeClock clock;
    const std::unique_ptr<Driver> driver = entry->make(clock);
    const Result<Params> params =
        Params::check(entry->params, {{"file", path}, {"loop", mutator.below(2) == 1}}, "");
    if (!driver->open(*params)) continue;
    ASSERT_TRUE(driver->start());
    for (int reads = 0; reads < 5; ++reads) {
      const auto outcome = driver->read(*packet, clock.now_ns() + 1'000'000'000, {});
      ASSERT_TRUE(outcome) << to_string(outcome.error());
      if (*outcome != ReadOutcome::kPacket) continue;
      ASSERT_LE(packet->size_bytes(), packet->capacity_bytes);
    }
  }
}

}  // namespace
}  // namespace acq::replay
