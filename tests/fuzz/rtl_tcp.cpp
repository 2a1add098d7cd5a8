// Bytes as the greeting of an rtl_tcp server: refused, or a greeting within its limits.
#include "drivers/rtl_tcp/protocol.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < acq::rtl_tcp::kGreetingBytes) return 0;
  const auto greeting = acq::rtl_tcp::parse_greeting(
      acq::fuzz::bytes_of(data, size).first<acq::rtl_tcp::kGreetingBytes>());
  if (!greeting) {
    ACQ_CHECK(greeting.error().code == acq::Code::kIo && !greeting.error().sentence.empty());
    return 0;
  }
  ACQ_CHECK(greeting->gains <= 256);
  ACQ_CHECK(!acq::rtl_tcp::tuner_name(greeting->tuner).empty());
  return 0;
}
