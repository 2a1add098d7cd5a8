// Programs that stand in for the instruments of drivers that need one, for the conformance suite.
#pragma once

#include <memory>
#include <string_view>

#include "dsp/base/params.h"

namespace acq {

class StandIn {
 public:
  virtual ~StandIn() = default;
  // The parameters that lead to it.
  [[nodiscard]] virtual Table parameters() const = 0;
  virtual void unplug() = 0;
  virtual void plug() = 0;
  // Stays connected and sends nothing.
  virtual void hold(bool holds) = 0;
};

// nullptr: the driver needs none.
std::unique_ptr<StandIn> make_stand_in(std::string_view driver);

}  // namespace acq
