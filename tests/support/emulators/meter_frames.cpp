#include "tests/support/emulators/meter_frames.h"

#include <bit>

#include "dsp/base/result.h"
#include "tests/support/emulators/meter_families.h"

namespace acq::test {

std::vector<Shown> everything_it_shows(const dmm::Meter& meter) {
  if (meter.find == dmm::find_fs9721) return fs9721_frames(meter.variant);
  if (meter.find == dmm::find_fs9922) return fs9922_frames();
  if (meter.find == dmm::find_es519xx)
    return meter.variant == dmm::kEs51922 ? es51922_frames() : es51978_frames();
  if (meter.find == dmm::find_metex14) return metex14_frames();
  if (meter.find == dmm::find_ut71) return ut71_frames();
  if (meter.find == dmm::find_bm25x) return bm25x_frames();
  ACQ_CHECK(meter.find == dmm::find_bm85x);
  return bm85x_frames();
}

std::string on_the_wire(std::string_view frame, dmm::Framing framing) {
  std::string wire(frame);
  for (char& c : wire) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool is_odd = std::popcount(byte) % 2 == 1;
    const bool sets = framing == dmm::Framing::k7n2 || (framing == dmm::Framing::k7o1 && !is_odd) ||
                      (framing == dmm::Framing::k7e1 && is_odd);
    if (framing != dmm::Framing::k8n1) c = static_cast<char>(sets ? byte | 0x80 : byte);
  }
  return wire;
}

}  // namespace acq::test
