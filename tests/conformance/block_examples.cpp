#include "tests/conformance/block_examples.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace acq::test {
namespace {

constexpr std::size_t kPieces = 40;
constexpr std::size_t kValues = 100;  // of a record or spectrum

std::vector<float> noisy_sine(std::size_t count, std::uint64_t seed) {
  std::vector<float> x = noise(count, seed);
  for (std::size_t i = 0; i < count; ++i) {
    const double turns = 0.02 * static_cast<double>(i);
    x[i] = 0.3F * x[i] + static_cast<float>(std::sin(2 * std::numbers::pi * turns));
  }
  return x;
}

Signal as_logic(Signal signal) {
  signal.info.kind = Kind::kLogic;
  signal.info.is_logic = true;
  for (Piece& piece : signal.pieces) {
    for (auto& plane : piece.samples) {
      for (float& value : plane) value = value > 0 ? 1.0F : 0.0F;
    }
  }
  return signal;
}

}  // namespace

Signal example_input(const BlockEntry& entry, std::size_t channels, std::uint64_t seed) {
  std::vector<std::vector<float>> all;
  for (std::size_t c = 0; c < channels; ++c) {
    all.push_back(noisy_sine(kPieces * kValues, seed + 1000 * c));
    if (entry.input != Kind::kSpectrum) continue;
    for (float& value : all.back()) value = std::abs(value);
  }
  if (entry.input == Kind::kLogic) return as_logic(waveform(std::move(all), 1000, "1"));
  if (is_continuous(entry.input)) {
    Signal signal = waveform(std::move(all));
    signal.info.kind = entry.input;
    return signal;
  }
  std::vector<std::vector<std::vector<float>>> pieces(kPieces);
  for (std::size_t i = 0; i < kPieces; ++i) {
    for (const std::vector<float>& channel : all) {
      const auto from = channel.begin() + static_cast<std::ptrdiff_t>(i * kValues);
      pieces[i].emplace_back(from, from + kValues);
    }
  }
  return records(entry.input, std::move(pieces));
}

Signal silence(const BlockEntry& entry, std::size_t channels) {
  Signal signal = example_input(entry, channels, 1);
  for (Piece& piece : signal.pieces) {
    for (auto& plane : piece.samples) std::fill(plane.begin(), plane.end(), 0.0F);
  }
  return signal;
}

Signal with_channel(Signal signal, std::size_t channel, const Signal& from) {
  for (std::size_t i = 0; i < signal.pieces.size(); ++i) {
    signal.pieces[i].samples[channel] = from.pieces[i].samples[channel];
  }
  return signal;
}

void poke(Signal& signal, std::size_t channel, std::size_t at, const std::vector<float>& values) {
  std::size_t passed = 0;
  for (Piece& piece : signal.pieces) {
    for (std::size_t i = 0; i < piece.count(); ++i, ++passed) {
      if (passed >= at && passed < at + values.size()) {
        piece.samples[channel][i] = values[passed - at];
      }
    }
  }
}

bool takes_part(std::size_t from, const SignalInfo& in, std::size_t to, const SignalInfo& out) {
  const std::size_t each_in = in.kind == Kind::kIq ? 2 : 1,
                    each_out = out.kind == Kind::kIq ? 2 : 1;
  const std::size_t inputs = in.channels.size() / each_in;
  const std::size_t outputs = out.channels.size() / each_out;
  from /= each_in;
  to /= each_out;
  if (outputs >= inputs) return to / (outputs / inputs) == from;
  return from % outputs == to;
}

std::vector<std::string> names_of_blocks() {
  std::vector<std::string> names;
  for (const BlockEntry* entry : block_registry()) names.emplace_back(entry->name);
  return names;
}

}  // namespace acq::test
