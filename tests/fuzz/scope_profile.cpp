// Text as an instrument profile: refused with a place and a reason, or one whose expressions can be
// computed; and as the answer with a number that an instrument gives.

#include "drivers/scpi/profile.h"
#include "drivers/scpi/scope.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = acq::fuzz::text_of(data, size);
  const auto profile = acq::scpi::parse_profile(text, "fuzz.toml");
  if (profile) {
    ACQ_CHECK(!profile->name.empty() && profile->channels >= 1 && profile->channels <= 8);
  } else {
    ACQ_CHECK(profile.error().code == acq::Code::kInvalid && !profile.error().sentence.empty());
  }
  static_cast<void>(acq::scpi::evaluate(text, {{"a", 1.5}}));
  if (acq::scpi::parse_with_unit(text)) ACQ_CHECK(!text.empty());
  return 0;
}
