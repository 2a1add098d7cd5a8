// What FFTW has learnt, kept in a file.
#include <fcntl.h>
#include <fftw3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string_view>

#include "dsp/math/fft.h"
#include "dsp/math/fftw_api.h"

namespace acq {

using detail::planner_mutex;

namespace {

// One precision's wisdom starts with "(fftw-3.3.10 fftw_wisdom", the other's with "...
// fftwf_wisdom".
constexpr const char* kSingleMark = "fftwf_wisdom";

std::string text_of(char* exported) {
  const std::unique_ptr<char, void (*)(void*)> owner(exported, std::free);
  return exported == nullptr ? std::string() : std::string(exported);
}

// Closes in any case; errno is of the first thing that failed.
bool sync_and_close(int file, bool is_good) {
  if (is_good) is_good = fsync(file) == 0;
  const int error = errno;
  if (close(file) != 0) return false;
  errno = error;
  return is_good;
}

// False with errno when not all of the text is on the disk itself.
bool write_to_disk(const std::string& path, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return sync_and_close(file, false);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return sync_and_close(file, true);
}

// A new name is on the disk when its folder is.
bool sync_folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return file >= 0 && sync_and_close(file, true);
}

}  // namespace

std::string fft_version() {
  return fftwf_version;
}

std::string learnt_wisdom() {
  const std::lock_guard lock(planner_mutex());
  return text_of(fftw_export_wisdom_to_string()) + text_of(fftwf_export_wisdom_to_string());
}

Result<void> import_wisdom(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(errno == ENOENT ? Code::kNotFound : Code::kIo,
                std::string("cannot read FFT wisdom: ") + std::strerror(errno), path);
  }
  std::ostringstream text;
  text << file.rdbuf();
  const std::string wisdom = text.str();
  const std::size_t single = wisdom.rfind('(', wisdom.find(kSingleMark));
  const std::lock_guard lock(planner_mutex());
  if (wisdom.find(kSingleMark) == std::string::npos || single == std::string::npos ||
      fftw_import_wisdom_from_string(wisdom.substr(0, single).c_str()) == 0 ||
      fftwf_import_wisdom_from_string(wisdom.c_str() + single) == 0) {
    return fail(Code::kInvalid, "not the FFT wisdom of this FFTW library", path);
  }
  return {};
}

Result<void> export_wisdom(const std::string& path) {
  const std::string fresh = path + ".new";
  if (write_to_disk(fresh, learnt_wisdom()) && std::rename(fresh.c_str(), path.c_str()) == 0 &&
      sync_folder_of(path)) {
    return {};
  }
  const std::string why = std::strerror(errno);
  std::remove(fresh.c_str());
  return fail(Code::kIo, "cannot write FFT wisdom: " + why, path);
}

}  // namespace acq
