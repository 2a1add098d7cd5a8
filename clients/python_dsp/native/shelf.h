// What is dear to make, such as plans of transforms, kept between calls.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "dsp/base/result.h"

namespace acq::python {

// The ones used last. Any thread.
template <typename Key, typename Kept>
class Shelf {
 public:
  // Gives use(kept) the one that make() made for this key, which nobody else uses meanwhile.
  template <typename Make, typename Use>
  Result<bool> with(const Key& key, const Make& make, const Use& use) {
    Kept kept;
    if (!take(key, kept)) {
      auto made = make();
      if (!made) return tl::unexpected(made.error());
      kept = std::move(*made);
    }
    use(kept);
    const std::lock_guard lock(mutex_);
    if (kept_.size() == kMost) kept_.erase(kept_.begin());
    kept_.emplace_back(key, std::move(kept));
    return true;
  }

 private:
  static constexpr std::size_t kMost = 4;

  bool take(const Key& key, Kept& kept) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) { return one.first == key; });
    if (found == kept_.end()) return false;
    kept = std::move(found->second);
    kept_.erase(found);
    return true;
  }

  std::mutex mutex_;
  std::vector<std::pair<Key, Kept>> kept_;
};

// Never destroyed: FFTW's own statics may be gone before.
template <typename Key, typename Kept>
Shelf<Key, Kept>& shelf() {
  static auto* shelf = new Shelf<Key, Kept>();
  return *shelf;
}

}  // namespace acq::python
