#include "drivers/replay/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace acq::replay {
namespace {

std::string name_of(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

Code code_of(int error) noexcept {
  if (error == ENOENT || error == ENOTDIR) return Code::kNotFound;
  return error == EACCES || error == EPERM ? Code::kDenied : Code::kIo;
}

tl::unexpected<Error> bad_place(const std::string& path, const std::string& place,
                                std::string_view what, std::string allowed) {
  return fail(Code::kInvalid, fmt::format("{}: {}", name_of(path), what),
              fmt::format("{}, {}", path, place), std::move(allowed));
}

// Length of the UTF-8 sequence at the start of `text`; 0: not a legal one (RFC 3629).
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const unsigned char second = byte(1);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second > 0x9f;
  const bool is_beyond = first == 0xf4 && second > 0x8f;
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

}  // namespace

Result<File> File::open(const std::string& path) {
  const auto refused = [&](int error) {
    return fail(code_of(error), fmt::format("cannot open {}: {}", path, std::strerror(error)),
                path);
  };
  if (path.find('\0') != std::string::npos) return refused(ENOENT);
  // Without waiting: opening a pipe would hang until somebody writes to it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return refused(errno);
  File file(path, descriptor, 0);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return refused(errno);
  if (!S_ISREG(status.st_mode))
    return fail(Code::kInvalid, path + " is not a regular file", path, "a regular file");
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  return file;
}

File::File(std::string path, int descriptor, std::uint64_t size) noexcept
    : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

File::File(File&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_) {}

File& File::operator=(File&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t got = ::pread(descriptor_, out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return fail(Code::kIo,
                  fmt::format("{}: {} at byte {}", name_of(path_),
                              got < 0 ? std::strerror(errno) : "the file ends", offset + done),
                  fmt::format("{}, byte {}", path_, offset + done));
    }
    done += static_cast<std::size_t>(got);
  }
  return {};
}

Result<std::string> File::read_text(std::uint64_t limit_bytes) const {
  if (size_ > limit_bytes) {
    return fail(Code::kOverflow, fmt::format("{}: has {} bytes", name_of(path_), size_), path_,
                fmt::format("at most {} bytes", limit_bytes));
  }
  std::string text(size_, '\0');
  if (Result<void> read = read_at(0, std::as_writable_bytes(std::span(text))); !read)
    return tl::unexpected<Error>(read.error());
  return text;
}

tl::unexpected<Error> bad_byte(const std::string& path, std::uint64_t byte, std::string_view what,
                               std::string allowed) {
  return bad_place(path, fmt::format("byte {}", byte), what, std::move(allowed));
}

tl::unexpected<Error> bad_line(const std::string& path, std::uint64_t line, std::string_view what,
                               std::string allowed) {
  return bad_place(path, fmt::format("line {}", line), what, std::move(allowed));
}

bool is_clean(std::string_view text) noexcept {
  constexpr std::size_t kLongest = 256;
  if (text.size() > kLongest) return false;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    const auto first = static_cast<unsigned char>(text[0]);
    const bool is_c1 = first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (first < 0x20 || first == 0x7f || is_c1) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string in_quotes(std::string_view raw_text) {
  constexpr std::size_t kLongest = 64;
  std::string out;
  for (const char c : raw_text.substr(0, kLongest)) {
    const auto code = static_cast<unsigned char>(c);
    out += code < 0x20 || code >= 0x7f ? fmt::format("\\x{:02x}", code) : std::string(1, c);
  }
  return "'" + out + (raw_text.size() > kLongest ? "'..." : "'");
}

}  // namespace acq::replay
