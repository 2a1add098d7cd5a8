// What each family of meters sends: see meter_frames.h.
#pragma once

#include <string>
#include <vector>

#include "tests/support/emulators/meter_frames.h"

namespace acq::test {

std::vector<Shown> fs9721_frames(std::uint32_t variant);
std::vector<Shown> fs9922_frames();
std::vector<Shown> es51922_frames();
std::vector<Shown> es51978_frames();
std::vector<Shown> metex14_frames();
std::vector<Shown> ut71_frames();
std::vector<Shown> bm25x_frames();
std::vector<Shown> bm85x_frames();

// Another number of `places` digits each time, none of them zero in front.
class Counting {
 public:
  explicit Counting(int places) : places_(places) {}
  int next() {
    int out = 1 + static_cast<int>(count_ % 9);
    for (int i = 1; i < places_; ++i) out = out * 10 + static_cast<int>((count_ * 7 + i * 3) % 10);
    ++count_;
    return out;
  }

 private:
  int places_;
  unsigned count_ = 0;
};

// Whether meters show this prefix with this function.
constexpr bool is_shown(dmm::Function function, int exponent) {
  switch (function) {
    case dmm::Function::kVoltage: return exponent >= -6 && exponent <= 3;
    case dmm::Function::kCurrent: return exponent >= -9 && exponent <= 0;
    case dmm::Function::kResistance:
    case dmm::Function::kFrequency: return exponent >= -3;
    case dmm::Function::kCapacitance: return exponent <= 0;
    default: return exponent == 0;
  }
}

}  // namespace acq::test
