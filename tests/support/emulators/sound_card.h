// The configuration that gives ALSA programs an emulated sound card, see alsa_card.cpp.
#pragma once

#include <string>

#include "tests/support/emulators/control_file.h"

namespace acq::test {

// Sets ALSA_CONFIG_PATH of this process as long as it lives. Devices: "card", the emulated card;
// "packed", one that has nothing but 24 bits in 3 bytes; and "recording", ALSA's own file plug-in
// over the file recording().
class SoundCard : public ControlFile {
 public:
  SoundCard();
  ~SoundCard();

  [[nodiscard]] std::string configuration() const { return folder() + "/asound.conf"; }
  [[nodiscard]] std::string recording() const { return folder() + "/recording.raw"; }
};

}  // namespace acq::test
