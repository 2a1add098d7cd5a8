// The emulated devices by name: the one list of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/usb/model.h"

namespace acq::emu {

// None when there is no such device.
std::unique_ptr<Model> make_model(std::string_view name);
// All names, for messages.
std::string model_names();

}  // namespace acq::emu
