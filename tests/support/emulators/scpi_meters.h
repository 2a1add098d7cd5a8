// A multimeter, a supply and a function generator after SCPI-99.
#pragma once

#include <memory>

#include "tests/support/emulators/scpi_model.h"

namespace acq::test {

std::unique_ptr<ScpiModel> make_multimeter();
std::unique_ptr<ScpiModel> make_supply();
std::unique_ptr<ScpiModel> make_generator();

}  // namespace acq::test
