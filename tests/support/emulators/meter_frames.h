// The frames that serial multimeters send: written from the makers' descriptions, apart from the
// parsers, so that the two can disagree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/dmm/meters.h"

namespace acq::test {

// What a meter shows, and what that means.
struct Shown {
  std::string frame;  // seven bits a byte where the meter sends seven, without parity
  dmm::Reading means;
};

// Every function and range of a meter, with every symbol the family has; each value is another one.
std::vector<Shown> everything_it_shows(const dmm::Meter& meter);

// The bytes as they are on the wire: the eighth bit of each as the framing has it.
std::string on_the_wire(std::string_view frame, dmm::Framing framing);

}  // namespace acq::test
