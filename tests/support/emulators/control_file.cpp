#include "tests/support/emulators/control_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dsp/base/result.h"

namespace acq::test {

ControlFile::ControlFile(const std::string& name) {
  std::string pattern = (std::filesystem::temp_directory_path() / (name + "-XXXXXX")).string();
  ACQ_CHECK(::mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  order("go");
}

ControlFile::~ControlFile() {
  std::filesystem::remove_all(folder_);
}

// Replaced as a whole: it is read at any time.
void ControlFile::order(const char* word) const {
  std::ofstream(control() + ".new") << word;
  std::filesystem::rename(control() + ".new", control());
}

}  // namespace acq::test
