// The environment in which SoapySDR finds an emulated receiver, see soapy_module.cpp.
#pragma once

#include "tests/support/emulators/control_file.h"

namespace acq::test {

// Sets SOAPY_SDR_PLUGIN_PATH and ACQ_RADIO_CONTROL of this process as long as it lives. SoapySDR
// looks for modules once in a process: the first of these must be there before.
class SoapyRadio : public ControlFile {
 public:
  SoapyRadio();
  ~SoapyRadio();
};

}  // namespace acq::test
