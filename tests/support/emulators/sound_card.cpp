#include "tests/support/emulators/sound_card.h"

#include <cstdlib>
#include <fstream>

#include "dsp/base/result.h"

namespace acq::test {

SoundCard::SoundCard() : ControlFile("acq-card") {
  std::ofstream(recording()) << "";
  std::ofstream(configuration())
      << "pcm_type.acq_card { lib \"" << ACQ_ALSA_CARD << "\" }\n"
      << "pcm.card { type acq_card control \"" << control() << "\" }\n"
      << "pcm.packed { type acq_card control \"" << control() << "\" format packed }\n"
      << "pcm.nothing { type null }\n"
      << "pcm.recording { type file slave.pcm nothing file /dev/null format raw infile \""
      << recording() << "\" }\n";
  ACQ_CHECK(::setenv("ALSA_CONFIG_PATH", configuration().c_str(), 1) == 0);
}

SoundCard::~SoundCard() {
  ::unsetenv("ALSA_CONFIG_PATH");
}

}  // namespace acq::test
