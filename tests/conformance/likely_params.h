// Random parameters that a block is likely to take: near its example, other choices, other flags.
#pragma once

#include <random>

#include "tests/support/block_harness.h"

namespace acq::test {

// The example with some of its values, and some of the others, changed at random; the example itself
// when the block refuses twenty such in a row.
Table likely_params(const BlockEntry& entry, const SignalInfo& in, std::mt19937_64& random);

}  // namespace acq::test
