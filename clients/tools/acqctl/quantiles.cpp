#include "clients/tools/acqctl/quantiles.h"

#include <algorithm>
#include <cmath>

namespace acq::tool {

void Quantiles::add(double value) {
  if (count_++ % stride_ != 0) return;
  values_.push_back(value);
  if (values_.size() < kMost) return;
  for (std::size_t i = 0; i < kMost / 2; ++i) values_[i] = values_[2 * i];
  values_.resize(kMost / 2);
  stride_ *= 2;
}

double Quantiles::at(double p) const {
  if (values_.empty()) return std::nan("");
  std::vector<double> sorted = values_;
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(sorted.size())));
  const auto place = sorted.begin() + static_cast<std::ptrdiff_t>(
                                          std::clamp<std::size_t>(rank, 1, sorted.size()) - 1);
  std::nth_element(sorted.begin(), place, sorted.end());
  return *place;
}

}  // namespace acq::tool
