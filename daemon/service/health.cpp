#include "daemon/service/health.h"

#include <algorithm>
#include <utility>

namespace acq {

std::shared_ptr<Beat> Health::enlist(std::string_view stage, std::function<bool()> has_work) {
  auto beat = std::make_shared<Beat>();
  const std::lock_guard lock(mutex_);
  watched_.push_back({.stage = std::string(stage),
                      .beat = beat,
                      .has_work = std::move(has_work),
                      .moved_ns = clock_.now_ns()});
  return beat;
}

std::vector<Stall> Health::look() {
  std::vector<Stall> stalls;
  const std::lock_guard lock(mutex_);
  const std::int64_t now_ns = clock_.now_ns();
  std::erase_if(watched_, [](const Watched& w) { return w.beat.expired(); });
  for (Watched& watched : watched_) {
    const std::shared_ptr<Beat> beat = watched.beat.lock();
    if (!beat) continue;
    const std::uint64_t word = beat->word_.load(std::memory_order_relaxed);
    const bool is_resting = (word & 1) != 0 && !(watched.has_work && watched.has_work());
    if (word != watched.word || is_resting) {
      watched.word = word;
      watched.moved_ns = now_ns;
    } else if (now_ns - watched.moved_ns > patience_ns_) {
      stalls.push_back({.stage = watched.stage, .since_ns = watched.moved_ns});
    }
  }
  return stalls;
}

}  // namespace acq
