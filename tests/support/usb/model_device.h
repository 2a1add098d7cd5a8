// An instrument of tests/support/emulators behind a link that wants a ScpiDevice.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "tests/support/emulators/scpi_model.h"
#include "tests/support/scpi_device.h"

namespace acq::emu {

// Messages go to the model; status, triggers and clearing stay those of the device.
class ModelDevice final : public test::ScpiDevice {
 public:
  explicit ModelDevice(std::string_view family);
  std::optional<test::ScpiReply> execute(std::string_view message) override;

 private:
  std::unique_ptr<test::ScpiModel> model_;
};

}  // namespace acq::emu
