#include "drivers/sim/truth.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

namespace acq::sim {
namespace {

std::string counts_json(const std::array<std::uint64_t, kFaultKinds>& counts) {
  std::string out;
  for (std::size_t i = 0; i < kFaultKinds; ++i)
    out += fmt::format("{}\"{}\": {}", i == 0 ? "" : ", ", kFaultNames[i], counts[i]);
  return "{" + out + "}";
}

}  // namespace

void Truth::note(FaultKind kind, std::uint64_t at, std::uint64_t samples,
                 std::int64_t host_ns) noexcept {
  ++faults;
  ++times[static_cast<std::size_t>(kind)];
  if (events.size() < kMaxEvents) events.push_back({kind, at, samples, host_ns});
}

std::uint64_t Truth::lost_in_all() const noexcept {
  std::uint64_t sum = overflowed;
  for (const std::uint64_t samples : lost) sum += samples;
  return sum;
}

std::string to_json(const Truth& truth) {
  std::string events;
  for (const Truth::Event& event : truth.events) {
    fmt::format_to(std::back_inserter(events),
                   "{}\n    {{\"kind\": \"{}\", \"at\": {}, \"samples\": {}, \"host_ns\": {}}}",
                   events.empty() ? "" : ",", kFaultNames[static_cast<std::size_t>(event.kind)],
                   event.at, event.samples, event.host_ns);
  }
  return fmt::format(
      "{{\n  \"starts\": {},\n  \"made\": {},\n  \"sent\": {},\n  \"overflowed\": {},\n"
      "  \"left\": {},\n  \"lost\": {},\n  \"times\": {},\n  \"events\": [{}]\n}}\n",
      truth.starts, truth.made, truth.sent, truth.overflowed, truth.left, counts_json(truth.lost),
      counts_json(truth.times), events);
}

Result<void> write_truth(const Truth& truth, const std::string& path) {
  const std::string text = to_json(truth);
  const std::string fresh = path + ".new";
  const auto io_error = [&] {
    return fail(Code::kIo, "cannot write " + path + ": " + std::strerror(errno), "truth_file");
  };
  std::FILE* file = std::fopen(fresh.c_str(), "we");
  if (file == nullptr) return io_error();
  const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !is_written) return io_error();
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return io_error();
  return {};
}

}  // namespace acq::sim
