#include "tests/support/emulators/soapy_radio.h"

#include <cstdlib>

#include "dsp/base/result.h"

namespace acq::test {

SoapyRadio::SoapyRadio() : ControlFile("acq-radio") {
  ACQ_CHECK(::setenv("SOAPY_SDR_PLUGIN_PATH", ACQ_SOAPY_MODULES, 1) == 0);
  ACQ_CHECK(::setenv("ACQ_RADIO_CONTROL", control().c_str(), 1) == 0);
}

SoapyRadio::~SoapyRadio() {
  ::unsetenv("ACQ_RADIO_CONTROL");
}

}  // namespace acq::test
