// Signals to feed any block with, by what its declaration says it needs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/block_harness.h"

namespace acq::test {

// Noise around a sine of 20 Hz at 1 kHz: 4000 samples (as logic: 1 where above 0), or 40 records or
// spectra of 100 values.
// `channels` counts are multiples of the block's least number; `seed` tells signals apart.
Signal example_input(const BlockEntry& entry, std::size_t channels, std::uint64_t seed);

// The same with all values 0.
Signal silence(const BlockEntry& entry, std::size_t channels);

// Replaces all values of one channel by those of another signal of the same shape.
Signal with_channel(Signal signal, std::size_t channel, const Signal& from);

// Sets `values` of one channel from value `at` on, counted over all pieces.
void poke(Signal& signal, std::size_t channel, std::size_t at, const std::vector<float>& values);

// Whether input channel `from` has a part in output channel `to`: block for block where there are
// more outputs than inputs, modulo where there are fewer; a pair of I/Q channels counts as one.
bool takes_part(std::size_t from, const SignalInfo& in, std::size_t to, const SignalInfo& out);

std::vector<std::string> names_of_blocks();

}  // namespace acq::test
