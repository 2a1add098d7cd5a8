// A file that is read at places, and the words for what is wrong with one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::replay {

// An open regular file. Nothing is believed about it: reads past its end are errors that say so.
class File {
 public:
  // kNotFound, kDenied or kIo with the system's reason; kInvalid when it is not a regular file.
  static Result<File> open(const std::string& path);

  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  // Fills `out` from byte `offset` on. kIo naming file and byte.
  Result<void> read_at(std::uint64_t offset, std::span<std::byte> out) const;
  // The whole file as text. kOverflow above `limit_bytes`.
  [[nodiscard]] Result<std::string> read_text(std::uint64_t limit_bytes) const;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }  // when it was opened
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  File(std::string path, int descriptor, std::uint64_t size) noexcept;

  std::string path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// kInvalid: "name: sentence", at "path, byte 12" or "path, line 3".
tl::unexpected<Error> bad_byte(const std::string& path, std::uint64_t byte, std::string_view what,
                               std::string allowed = {});
tl::unexpected<Error> bad_line(const std::string& path, std::uint64_t line, std::string_view what,
                               std::string allowed = {});

// Whether text may leave the process: valid UTF-8 of at most 256 bytes without control characters.
bool is_clean(std::string_view text) noexcept;
// At most 64 bytes of somebody else's text, made harmless, in quotes.
std::string in_quotes(std::string_view raw_text);

// Little-endian numbers out of a header.
template <typename T>
T little_endian(const std::byte* raw) noexcept {
  T value = 0;
  for (std::size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>((std::uint64_t{value} << 8) | static_cast<std::uint64_t>(raw[i]));
  return value;
}

}  // namespace acq::replay
