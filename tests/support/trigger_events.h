// Where a trigger block fires on one channel at 1 kHz.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/block_harness.h"

namespace acq::test {

// Index of the 0 s of each record, with fraction. `own` are the parameters beside the framing.
inline std::vector<double> events(const std::string& block, const Table& own,
                                  const std::vector<float>& x) {
  Table params = own;
  params["pre"] = 1.0;
  params["post"] = 1.0;
  std::vector<double> all;
  for (const Piece& piece : run(block, params, waveform({x})).pieces) {
    EXPECT_EQ(piece.triggers.size(), 1U);
    all.push_back(static_cast<double>(piece.first_index) - piece.axis_start.value() * 1000);
  }
  return all;
}

inline void expect_at(const std::vector<double>& got, const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-6) << i;
}

}  // namespace acq::test
