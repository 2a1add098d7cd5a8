// What a test says to the emulator that it runs under.
#pragma once

#include <string>
#include <string_view>

namespace acq::emu {

// Connected for the life of the object, by the path in ACQ_USB_EMULATOR.
class EmulatorControl {
 public:
  EmulatorControl();
  ~EmulatorControl();
  EmulatorControl(const EmulatorControl&) = delete;
  EmulatorControl& operator=(const EmulatorControl&) = delete;

  // Sends one line; returns what follows "ok ". An error fails the test.
  std::string say(std::string_view line);

 private:
  int fd_ = -1;
};

}  // namespace acq::emu
