// Every hit of a rule in a whole array.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "clients/python_dsp/native/arrays.h"
#include "dsp/math/trigger_rules.h"

namespace acq::python {

// (positions in samples, whether rising) of the hits from sample `from` on.
template <typename Rule>
py::tuple all_hits(const Floats& in, std::size_t from, Rule rule) {
  // Of this thread, so that they need not grow each time anew.
  thread_local std::vector<double> kept_positions;
  thread_local std::vector<std::uint8_t> kept_rising;
  auto& positions = kept_positions;
  auto& rising = kept_rising;
  positions.clear();
  rising.clear();
  unlocked([&] {
    float before = in.size() > 0 ? in.span()[0] : 0;
    TriggerFound hits[256];
    for (std::size_t found = std::size(hits); found == std::size(hits);) {
      found = find_hits(rule, before, in.span().data(), from, in.size(), hits);
      const std::size_t at = positions.size();
      positions.resize(at + found);
      rising.resize(at + found);
      double* const to = positions.data() + at;
      std::uint8_t* const rises = rising.data() + at;
      for (std::size_t i = 0; i < found; ++i) {
        to[i] = static_cast<double>(hits[i].index) - 1 + hits[i].hit.fraction;
        rises[i] = hits[i].hit.is_rising ? 1 : 0;
      }
      from = std::end(hits)[-1].index + 1;
    }
  });
  const Out<bool> are_rising(rising.size());
  std::copy(rising.begin(), rising.end(), are_rising.span().begin());
  return py::make_tuple(to_array(positions), are_rising.array);
}

}  // namespace acq::python
