// An input as a file of a recording.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "tests/recording/temporary_folder.h"

namespace acq::fuzz {

// The same folder every time, empty but for the input; in memory where the system has room for files there.
inline std::string journal_file(const std::string& name, std::string_view bytes) {
  static const TemporaryFolder folder = [] {
    if (std::filesystem::exists("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
    return TemporaryFolder();
  }();
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    std::filesystem::remove(entry.path());
  std::ofstream file(folder / name, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return folder / name;
}

}  // namespace acq::fuzz
