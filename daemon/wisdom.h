// What FFTW has learnt, kept from run to run, so that a restart plans at once.
#pragma once

#include <string>

#include "dsp/base/result.h"

namespace acq {

// One file for each FFTW and each kind of processor: what is fast on one is slow, or wrong, on
// another, and a folder may be moved, or shared. One thread.
class WisdomFile {
 public:
  // An empty folder: nothing is kept, and both calls do nothing.
  explicit WisdomFile(const std::string& folder);

  // Before the first plan is made. Whatever is wrong with the file, the daemon runs without it and
  // the next save() replaces it; no file is no error.
  Result<void> load();
  // Writes what was learnt since load() or the last save(), atomically; nothing when that is nothing.
  Result<void> save();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  std::string saved_;
};

// From now on transforms are planned without measuring: the same plan each time, to the last bit of what
// it computes. Instead of load() and before the first plan is made.
void forgo_wisdom() noexcept;

}  // namespace acq
