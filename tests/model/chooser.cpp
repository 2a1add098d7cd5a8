#include "tests/model/chooser.h"

#include "dsp/base/result.h"

namespace acq::model {

std::uint32_t Chooser::choose(std::uint32_t options) {
  ACQ_CHECK(options > 0);
  if (options == 1) return 0;
  if (at_ < path_.size()) {
    // The same answers must lead to the same question.
    ACQ_CHECK(path_[at_].options == options);
    return path_[at_++].taken;
  }
  ACQ_CHECK(!is_repeating_);
  const auto taken = is_random_ ? static_cast<std::uint32_t>(random_() % options) : 0;
  path_.push_back({taken, options});
  ++at_;
  return taken;
}

bool Chooser::next() {
  at_ = 0;
  if (is_random_) {
    path_.clear();
    return true;
  }
  while (!path_.empty() && path_.back().taken + 1 == path_.back().options) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().taken;
  return true;
}

}  // namespace acq::model
