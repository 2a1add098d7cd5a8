// Files for the tests of the readers: made here, gone with the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/replay/sample_file.h"

namespace acq::replay {

class TempFolder {
 public:
  TempFolder() {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("replay-" + std::to_string(getpid()) + "-" + std::to_string(number++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  // Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::remove(path);  // many file systems flush a file that is written over
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path.string();
  }

 private:
  std::filesystem::path path_;
};

// The bytes of a number, little-endian as this machine is.
template <typename T>
std::string bytes_of(T value) {
  std::string out(sizeof(T), '\0');
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}
template <typename T>
std::string bytes_of(const std::vector<T>& values) {
  std::string out;
  for (const T value : values) out += bytes_of(value);
  return out;
}
inline std::string swapped(std::string bytes, std::size_t sample_bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += sample_bytes)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + sample_bytes));
  return bytes;
}

// A RIFF chunk, padded to even length.
inline std::string chunk(std::string_view id, const std::string& content) {
  return std::string(id) + bytes_of(static_cast<std::uint32_t>(content.size())) + content +
         (content.size() % 2 == 1 ? std::string(1, '\0') : "");
}

struct WavSpec {
  std::uint16_t tag = 1;
  std::uint16_t channels = 1;
  std::uint32_t rate_hz = 48000;
  std::uint16_t bits = 16;
};
inline std::string wav_format(const WavSpec& spec) {
  const auto scan = static_cast<std::uint16_t>(spec.channels * spec.bits / 8);
  return bytes_of(spec.tag) + bytes_of(spec.channels) + bytes_of(spec.rate_hz) +
         bytes_of(spec.rate_hz * scan) + bytes_of(scan) + bytes_of(spec.bits);
}
inline std::string wav(const WavSpec& spec, const std::string& samples) {
  const std::string chunks = chunk("fmt ", wav_format(spec)) + chunk("data", samples);
  return "RIFF" + bytes_of(static_cast<std::uint32_t>(chunks.size() + 4)) + "WAVE" + chunks;
}

inline std::string npy(std::string_view descr, bool is_fortran, std::string_view shape,
                       const std::string& samples) {
  std::string header = "{'descr': '" + std::string(descr) +
                       "', 'fortran_order': " + (is_fortran ? "True" : "False") +
                       ", 'shape': " + std::string(shape) + ", }";
  header.resize((10 + header.size() + 64) / 64 * 64 - 10 - 1, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + bytes_of(static_cast<std::uint16_t>(header.size())) +
         header + samples;
}

// All samples of a file, scan by scan, as numbers.
template <typename T>
std::vector<T> all_samples(SampleFile& file) {
  const Recording& r = file.recording();
  std::vector<T> raw(r.scans * r.channels.size());
  EXPECT_EQ(size_of(r.dtype), sizeof(T));
  const Result<void> read =
      file.read(0, static_cast<std::uint32_t>(r.scans), reinterpret_cast<std::byte*>(raw.data()));
  EXPECT_TRUE(read) << to_string(read.error());
  if (r.layout == Layout::kInterleaved) return raw;
  std::vector<T> scans;
  for (std::size_t n = 0; n < r.scans; ++n)
    for (std::size_t c = 0; c < r.channels.size(); ++c) scans.push_back(raw[c * r.scans + n]);
  return scans;
}

// The error of opening a file that must not open.
inline Error refused(const std::string& path, const Hints& hints = {}) {
  const auto file = open_sample_file(path, Format::kAuto, hints);
  EXPECT_FALSE(file) << path << " was accepted";
  return file ? Error{Code::kOk, "accepted"} : file.error();
}
inline std::unique_ptr<SampleFile> opened(const std::string& path, const Hints& hints = {}) {
  auto file = open_sample_file(path, Format::kAuto, hints);
  EXPECT_TRUE(file) << to_string(file.error());
  return file ? std::move(*file) : nullptr;
}

#define EXPECT_REFUSED(error, code_, place, words)                        \
  do {                                                                    \
    const Error e = (error);                                              \
    EXPECT_EQ(e.code, code_) << to_string(e);                             \
    EXPECT_TRUE(e.where.ends_with(place)) << to_string(e);                \
    EXPECT_NE(e.sentence.find(words), std::string::npos) << to_string(e); \
  } while (false)

}  // namespace acq::replay
