#include "daemon/wisdom.h"

#include <fmt/format.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#endif

#include <cstdint>
#include <vector>

#include "dsp/math/fft.h"

namespace acq {
namespace {

// What the processor says of its kind and abilities. Asked of itself: the service does not see
// /proc/cpuinfo.
std::vector<unsigned> processor_facts() {
#if defined(__x86_64__) || defined(__i386__)
  std::vector<unsigned> facts;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) != 0) facts.insert(facts.end(), {a, c, d});  // b: which core
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) facts.insert(facts.end(), {b, c, d});
  for (const unsigned brand : {0x80000002U, 0x80000003U, 0x80000004U}) {
    if (__get_cpuid(brand, &a, &b, &c, &d) != 0) facts.insert(facts.end(), {a, b, c, d});
  }
  return facts;
#else
  return {static_cast<unsigned>(getauxval(AT_HWCAP)), static_cast<unsigned>(getauxval(AT_HWCAP2))};
#endif
}

std::uint64_t processor_hash() {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bit
  for (const unsigned fact : processor_facts()) hash = (hash ^ fact) * 0x100000001b3;
  return hash;
}

}  // namespace

WisdomFile::WisdomFile(const std::string& folder) {
  if (folder.empty()) return;
  path_ = fmt::format("{}/{}-{:016x}.wisdom", folder, fft_version(), processor_hash());
}

Result<void> WisdomFile::load() {
  if (path_.empty()) return {};
  const auto loaded = import_wisdom(path_);
  if (!loaded && loaded.error().code != Code::kNotFound) return loaded;
  if (loaded) saved_ = learnt_wisdom();
  return {};
}

Result<void> WisdomFile::save() {
  if (path_.empty()) return {};
  std::string learnt = learnt_wisdom();
  if (learnt == saved_) return {};
  auto written = export_wisdom(path_);
  if (written) saved_ = std::move(learnt);
  return written;
}

void forgo_wisdom() noexcept {
  plan_without_measuring();
}

}  // namespace acq
