// Values for declared parameters: good ones, bad ones, any.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "dsp/base/params.h"

namespace acq::test {

// Values the parameter must refuse.
List bad_values(const ParamSpec& spec);
// Values it may take: ends of the range, every choice, a table for every choice in it.
List good_values(const ParamSpec& spec);

// Any value of a declared parameter, small ones as likely as large ones.
class RandomValues {
 public:
  explicit RandomValues(std::uint32_t seed) : random_(seed) {}

  // Required parameters and about a third of the others.
  Table table(std::span<const ParamSpec> specs);

 private:
  std::size_t below(std::size_t end) { return random_() % end; }
  double number(const ParamSpec& spec);
  Value value(const ParamSpec& spec);

  std::mt19937 random_;
};

}  // namespace acq::test
