// The newest value of something, from one writer to one reader, neither ever waiting.
#pragma once

#include <cstdint>

#include "dsp/base/atomics.h"

namespace acq {

// Triple buffer: one writer thread, one reader thread. Older values that nobody read are
// overwritten.
//
// Orders: publish()'s exchange releases the slot just written and acquires the slot the reader gave
// back; read()'s exchange releases the slot just read and acquires the one just written. Each pairs
// with the other.
template <typename T, typename Atomics = StdAtomics>
class LatestValue {
 public:
  // Writer. The slot to fill; publish() shows it to the reader.
  [[nodiscard]] T& draft() noexcept { return slots_[write_]; }
  void publish() noexcept {
    write_ = static_cast<std::uint8_t>(
        shared_.exchange(static_cast<std::uint8_t>(write_ | kFresh), Atomics::kAcqRel) & kIndex);
  }

  // Reader. The newest value published, or nullptr when nothing new came since the last call.
  [[nodiscard]] T* read() noexcept {
    if ((shared_.load(Atomics::kRelaxed) & kFresh) == 0) return nullptr;
    read_ = static_cast<std::uint8_t>(shared_.exchange(read_, Atomics::kAcqRel) & kIndex);
    return &slots_[read_];
  }

 private:
  static constexpr std::uint8_t kIndex = 3;
  static constexpr std::uint8_t kFresh = 4;

  T slots_[3]{};
  std::uint8_t write_ = 0;
  std::uint8_t read_ = 2;
  typename Atomics::template Atomic<std::uint8_t> shared_{1};
};

}  // namespace acq
