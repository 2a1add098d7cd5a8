#include "tests/support/faulty_stream.h"

#include <algorithm>
#include <utility>

namespace acq::test {

FaultyStream::FaultyStream(std::unique_ptr<ByteStream> inner, const StreamFaults& faults,
                           const Clock* clock)
    : inner_(std::move(inner)), faults_(faults), clock_(clock), random_(faults.seed) {}

bool FaultyStream::happens(double chance) {
  const bool does = std::uniform_real_distribution<double>(0, 1)(random_) < chance;
  if (does) ++done_;
  return does;
}

Result<std::size_t> FaultyStream::read(std::span<std::byte> into, const Until& until) {
  if (passed_ >= faults_.bytes_to_cut) {
    ++done_;
    return fail(Code::kDisconnected, "cut by the plan");
  }
  if (happens(faults_.delay)) {
    if (clock_ != nullptr) clock_->sleep_until(until.deadline_ns, until.stop);
    return fail(Code::kTimeout, "late by the plan");
  }
  if (happens(faults_.garbage)) {
    const std::size_t count = std::min<std::size_t>(1 + random_() % 8, into.size());
    for (std::byte& byte : into.first(count)) byte = static_cast<std::byte>(random_() & 0xff);
    return count;
  }
  std::size_t most = std::min(into.size(), faults_.longest_read);
  if (most < into.size()) most = 1 + random_() % most;
  most = std::min<std::uint64_t>(most, faults_.bytes_to_cut - passed_);
  Result<std::size_t> got = inner_->read(into.first(most), until);
  if (!got) return got;
  passed_ += *got;
  return spoil(into.first(*got));
}

std::size_t FaultyStream::spoil(std::span<std::byte> bytes) {
  if (happens(faults_.flip))
    bytes[random_() % bytes.size()] ^= static_cast<std::byte>(1U << random_() % 8);
  // A read gives at least one byte: of a single one nothing can go missing.
  if (bytes.size() < 2 || !happens(faults_.drop)) return bytes.size();
  const auto at = static_cast<std::ptrdiff_t>(random_() % bytes.size());
  std::move(bytes.begin() + at + 1, bytes.end(), bytes.begin() + at);
  return bytes.size() - 1;
}

Result<void> FaultyStream::write(std::span<const std::byte> bytes, const Until& until) {
  if (passed_ >= faults_.bytes_to_cut) return fail(Code::kDisconnected, "cut by the plan");
  return inner_->write(bytes, until);
}

Result<std::size_t> FaultyStream::discard_input() {
  return inner_->discard_input();
}

}  // namespace acq::test
