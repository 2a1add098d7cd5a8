// Bytes as what a serial multimeter sends: the first chooses the meter. Readings within what a
// display can show, and every byte accounted for.
#include <algorithm>
#include <cmath>

#include "drivers/dmm/meters.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const acq::dmm::Meter& meter = acq::dmm::meters()[data[0] % acq::dmm::meters().size()];
  acq::dmm::Scanner scanner(meter.find, meter.variant, meter.framing);
  std::span<const std::byte> bytes = acq::fuzz::bytes_of(data, size).subspan(1);
  const std::size_t given = bytes.size();
  std::size_t frames = 0;
  while (!bytes.empty()) {
    const std::size_t taken = scanner.put(bytes);
    ACQ_CHECK(taken > 0);
    bytes = bytes.subspan(taken);
    while (const auto reading = scanner.next()) {
      ++frames;
      ACQ_CHECK(std::abs(reading->digits) <= 99'999'999);
      ACQ_CHECK(std::abs(reading->exponent) <= 22);
      ACQ_CHECK(!acq::dmm::unit_of(reading->function).empty());
      const double value = acq::dmm::value_of(*reading);
      ACQ_CHECK(std::isnan(value) == (reading->over != acq::dmm::Over::kNone));
    }
  }
  const std::size_t discarded = scanner.take_discarded();
  ACQ_CHECK(discarded + 10 * frames <= given);
  ACQ_CHECK(discarded + acq::dmm::kLongestFrame * (frames + 2) >= given);
  return 0;
}
