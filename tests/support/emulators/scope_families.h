// What the descriptions of the emulated families share.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "tests/support/emulators/scpi_model.h"

namespace acq::test {

inline constexpr int kScopeChannels = 4;

inline int clipped(double code, int low, int high) {
  return std::clamp(static_cast<int>(std::lround(code)), low, high);
}

inline std::string whole(double value) {
  return std::to_string(static_cast<long long>(value));
}

inline std::string ch(std::string_view pattern, int channel) {
  std::string out(pattern);
  out.replace(out.find('#'), 1, std::to_string(channel));
  return out;
}

// The channel in "CHAN2" or "C2"; 1 when there is none.
inline int channel_in(std::string_view text) {
  for (const char c : text)
    if (c >= '1' && c <= '0' + kScopeChannels) return c - '0';
  return 1;
}

inline const ScpiModel::Number kScale{1, 1e-3, 10, true}, kOffset{0, -50, 50}, kProbe{1, 1e-3, 1e4},
    kTimebase{1e-6, 5e-9, 50, true}, kDelay{0, -100, 100}, kLevel{0, -50, 50};

std::unique_ptr<ScpiModel> make_rigol(std::size_t depth, int looks);
std::unique_ptr<ScpiModel> make_siglent_old(std::size_t depth, int looks);
std::unique_ptr<ScpiModel> make_siglent(std::size_t depth, int looks);
std::unique_ptr<ScpiModel> make_keysight(std::size_t depth, int looks);
std::unique_ptr<ScpiModel> make_tektronix(std::size_t depth, int looks);
std::unique_ptr<ScpiModel> make_rohde_schwarz(std::size_t depth, int looks);

}  // namespace acq::test
