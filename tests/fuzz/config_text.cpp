// A text is refused with a problem, or the configuration comes back whole through to_toml(); the
// same text as a patch of a good configuration never leaves it half changed.
#include <algorithm>
#include <string>

#include "proto/config.h"
#include "proto/limits.h"
#include "proto/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/proto/good_config.h"

namespace {

void check_problems(const std::vector<acq::Problem>& problems) {
  for (const acq::Problem& problem : problems) {
    ACQ_CHECK(problem.where.starts_with("fuzz.toml"));
    ACQ_CHECK(!problem.sentence.empty());
    ACQ_CHECK(acq::is_clean_text(acq::to_string(problem)));
  }
}

void check_text(std::string_view text) {
  std::vector<acq::Problem> problems;
  const acq::ConfigText config = acq::parse_config(text, "fuzz.toml", problems);
  check_problems(problems);
  if (!problems.empty()) return;
  const std::string written = acq::to_toml(config.config);
  if (written.size() > acq::limits::kConfigBytes) return;
  std::vector<acq::Problem> again;
  ACQ_CHECK(acq::parse_config(written, "fuzz.toml", again).config == config.config);
  ACQ_CHECK(again.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = acq::fuzz::text_of(data, size);
  check_text(text);
  if (const auto merged = acq::merge_config_text(acq::testing::kGoodConfig, text)) {
    check_text(*merged);
  }
  return 0;
}
