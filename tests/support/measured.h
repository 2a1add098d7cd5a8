// Short ways to measure one record with a block and to look at what it gave.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/block_harness.h"

namespace acq::test {

// f(x) at x = start + i * step, as float32.
inline std::vector<float> sampled(std::size_t count, double start, double step,
                                  const std::function<double(double)>& f) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = static_cast<float>(f(start + step * static_cast<double>(i)));
  }
  return values;
}

// The results of one record of one channel, by name.
class Measured {
 public:
  Measured(std::string_view block, const Table& params, const std::vector<float>& record,
           std::uint64_t rate_hz = 1000, double start = 0)
      : signal_(run(block, params, placed(record, rate_hz, start))) {}

  const ScalarResult& operator[](std::string_view name) const {
    const auto& specs = signal_.info.results;
    const auto found = std::find_if(specs.begin(), specs.end(),
                                    [&](const ResultSpec& spec) { return spec.name == name; });
    if (found == specs.end()) {
      ADD_FAILURE() << "there is no result " << name;
      static const ScalarResult kNone;
      return kNone;
    }
    return signal_.pieces.at(0).results.at(static_cast<std::size_t>(found - specs.begin()));
  }
  double operator()(std::string_view name) const { return (*this)[name].value; }
  [[nodiscard]] std::string why_not(std::string_view name) const {
    return (*this)[name].invalid_because;
  }
  [[nodiscard]] std::string unit(std::string_view name) const {
    for (const ResultSpec& spec : signal_.info.results) {
      if (spec.name == name) return spec.unit;
    }
    return "?";
  }

 private:
  static Signal placed(const std::vector<float>& record, std::uint64_t rate_hz, double start) {
    Signal in = records(Kind::kRecord, {{record}}, rate_hz);
    in.info.axis.start = start;
    return in;
  }

  Signal signal_;
};

}  // namespace acq::test
