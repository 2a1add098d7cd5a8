// Spoils what comes from any byte stream, by a plan.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>

#include "drivers/transport/byte_stream.h"
#include "dsp/base/clock.h"

namespace acq::test {

// Chances are per read, 0 to 1.
struct StreamFaults {
  std::uint32_t seed = 1;
  std::size_t longest_read = SIZE_MAX;      // cut: each read gives 1 to this many bytes
  double flip = 0;                          // one bit of one byte is turned
  double drop = 0;                          // one byte is missing
  double garbage = 0;                       // 1 to 8 random bytes come first
  double delay = 0;                         // nothing comes before the deadline
  std::uint64_t bytes_to_cut = UINT64_MAX;  // after so many bytes the connection is gone
};

class FaultyStream final : public ByteStream {
 public:
  // With a clock, a delay takes its time to the deadline.
  FaultyStream(std::unique_ptr<ByteStream> inner, const StreamFaults& faults,
               const Clock* clock = nullptr);

  Result<std::size_t> read(std::span<std::byte> into, const Until& until) override;
  Result<void> write(std::span<const std::byte> bytes, const Until& until) override;
  Result<std::size_t> discard_input() override;

  // Faults done so far: a test looks here that its plan did something.
  [[nodiscard]] std::uint64_t fault_count() const noexcept { return done_; }

 private:
  bool happens(double chance);
  std::size_t spoil(std::span<std::byte> bytes);

  std::unique_ptr<ByteStream> inner_;
  StreamFaults faults_;
  const Clock* clock_;
  std::mt19937 random_;
  std::uint64_t passed_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace acq::test
