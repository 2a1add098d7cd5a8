// Recording (W7): the journal beside plain appending to the same disk.
//   bench_record journal|lz4|zstd|raw FOLDER SECONDS    MB/s with a sync each second and one at the end
//   bench_record paced FOLDER SECONDS                   part of a core at 200 MB/s
//   bench_record make FOLDER GIGABYTES                  a journal for opening
//   bench_record open FOLDER SECONDS                    seconds from its name to its first samples
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dsp/base/clock.h"
#include "recording/journal_cursor.h"
#include "recording/journal_writer.h"

namespace acq {
namespace {

constexpr std::uint32_t kScans = 4096;  // of a packet: 16 KiB
constexpr std::size_t kPackets = 256;   // of different content
constexpr std::size_t kPacketBytes = kScans * 2 * sizeof(std::int16_t);
constexpr double kPaced_bytes_s = 200e6;

double seconds_since(std::int64_t start_ns) {
  return static_cast<double>(system_clock().now_ns() - start_ns) * 1e-9;
}

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Two channels of a 14-bit converter: sines with noise of two bits.
std::vector<std::int16_t> samples() {
  std::vector<std::int16_t> values(kPackets * kScans * 2);
  std::mt19937 random(1);
  std::normal_distribution<double> noise(0, 2);
  for (std::size_t i = 0; i < values.size() / 2; ++i) {
    const auto t = static_cast<double>(i);
    values[2 * i] =
        static_cast<std::int16_t>(std::lround(6000 * std::sin(t * 1e-3) + noise(random)));
    values[2 * i + 1] =
        static_cast<std::int16_t>(std::lround(3000 * std::sin(t * 7e-4) + noise(random)));
  }
  return values;
}

std::shared_ptr<const StreamInfo> stream() {
  StreamInfo info;
  info.name = "wave";
  info.dtype = Dtype::kI16;
  info.rate_hz = {50'000'000, 1};
  info.channels = {{.id = "a", .unit = "V", .scale = 1e-3},
                   {.id = "b", .unit = "V", .scale = 1e-3}};
  return std::make_shared<const StreamInfo>(info);
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "bench_record: %s\n", error.sentence.c_str());
  return 1;
}

// Writes until `bytes` are reached, or for `seconds`; at `pace` bytes a second unless that is 0.
Result<std::uint64_t> write_journal(const std::vector<std::int16_t>& values,
                                    const std::string& folder, mcap::Compression compression,
                                    double seconds, std::uint64_t bytes, double pace) {
  JournalWriter writer(system_disk(), system_clock(),
                       {.folder = folder + "/run",
                        .name = "run",
                        .software = "bench",
                        .run_id = 1,
                        .compression = compression,
                        .segment_bytes = std::uint64_t{1} << 40});
  if (auto done = writer.open(); !done) return tl::unexpected<Error>(done.error());
  const auto info = stream();
  const std::size_t number = writer.add_stream("bench", "wave");
  const std::int64_t start_ns = system_clock().now_ns();
  std::uint64_t given = 0;
  for (std::uint64_t i = 0; seconds_since(start_ns) < seconds && given < bytes; ++i) {
    journal::PacketHead head;
    head.epoch = 1;
    head.first_index = i * kScans;
    head.count = kScans;
    head.stamp.host_rx_ns = system_clock().now_ns();
    const auto* from = values.data() + i % kPackets * kScans * 2;
    writer.add_packet(number, info, head, std::as_bytes(std::span(from, kScans * 2)));
    given += kPacketBytes;
    if (writer.wants_flush()) {
      if (auto done = writer.flush(); !done) return tl::unexpected<Error>(done.error());
    }
    if (pace > 0) {
      const double ahead_s = static_cast<double>(given) / pace - seconds_since(start_ns);
      if (ahead_s > 1e-3) std::this_thread::sleep_for(std::chrono::duration<double>(ahead_s));
    }
  }
  if (auto done = writer.close(); !done) return tl::unexpected<Error>(done.error());
  return given;
}

int run_journal(const std::string& folder, mcap::Compression compression, double seconds,
                double pace) {
  const std::vector<std::int16_t> values = samples();
  const double cpu_before_s = cpu_s();
  const std::int64_t start_ns = system_clock().now_ns();
  const auto given = write_journal(values, folder, compression, seconds, UINT64_MAX, pace);
  if (!given) return fail_with(given.error());
  const double took_s = seconds_since(start_ns);
  const auto size = std::filesystem::file_size(folder + "/run/run-0001.mcap");
  std::printf("R rate %.6g\n", static_cast<double>(*given) / took_s * 1e-6);
  std::printf("R cores %.6g\n", (cpu_s() - cpu_before_s) / took_s);
  std::printf("R ratio %.6g\n", static_cast<double>(*given) / static_cast<double>(size));
  return 0;
}

// The same chunks, with nothing around them.
int run_raw(const std::string& folder, double seconds) {
  const std::vector<std::int16_t> values = samples();
  const int file = ::open((folder + "/raw").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0) return 1;
  const std::size_t chunk = values.size() * sizeof values[0];
  std::uint64_t given = 0;
  std::int64_t synced_ns = system_clock().now_ns();
  const std::int64_t start_ns = synced_ns;
  while (seconds_since(start_ns) < seconds) {
    if (::write(file, values.data(), chunk) != static_cast<ssize_t>(chunk)) return 1;
    given += chunk;
    if (seconds_since(synced_ns) < 1) continue;
    ::fdatasync(file);
    synced_ns = system_clock().now_ns();
  }
  ::fsync(file);
  ::close(file);
  std::printf("R rate %.6g\n", static_cast<double>(given) / seconds_since(start_ns) * 1e-6);
  return 0;
}

int run_open(const std::string& folder) {
  const std::int64_t start_ns = system_clock().now_ns();
  const auto journal = Journal::open(folder + "/run");
  if (!journal) return fail_with(journal.error());
  JournalCursor cursor(*journal, JournalFilter::stream(0));
  const auto item = cursor.next();
  if (!item || *item == nullptr || (*item)->samples.size() != kPacketBytes) return 1;
  std::printf("R open %.6g\n", seconds_since(start_ns));
  std::printf("R gigabytes %.6g\n", static_cast<double>(journal->bytes()) * 1e-9);
  return 0;
}

int run(const std::string& what, const std::string& folder, double amount) {
  if (what == "journal") return run_journal(folder, mcap::Compression::kNone, amount, 0);
  if (what == "lz4") return run_journal(folder, mcap::Compression::kLz4, amount, 0);
  if (what == "zstd") return run_journal(folder, mcap::Compression::kZstd, amount, 0);
  if (what == "paced") return run_journal(folder, mcap::Compression::kNone, amount, kPaced_bytes_s);
  if (what == "raw") return run_raw(folder, amount);
  if (what == "open") return run_open(folder);
  if (what != "make") return 2;
  const auto made = write_journal(samples(), folder, mcap::Compression::kNone, 1e9,
                                  static_cast<std::uint64_t>(amount * 1e9), 0);
  return made ? 0 : fail_with(made.error());
}

}  // namespace
}  // namespace acq

int main(int argc, char** argv) {
  if (argc == 4) return acq::run(argv[1], argv[2], std::strtod(argv[3], nullptr));
  std::fprintf(stderr, "usage: bench_record journal|lz4|zstd|raw|paced|make|open FOLDER AMOUNT\n");
  return 2;
}
