#include "recording/export/draft.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "recording/files.h"

namespace acq::exports {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

}  // namespace

Draft::Draft(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {
  buffer_.reserve(kBufferBytes);
}

Result<Draft> Draft::create(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0)
    return fail(Code::kBusy, path + " exists already", path, "a new name");
  const std::string part = path + ".part";
  const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  Draft draft(path, descriptor);
  if (descriptor < 0) return draft.trouble("make");
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(std::exchange(draft.descriptor_, -1));
    return fail(Code::kBusy, part + " is being written by another program", path, "a new name");
  }
  // Whoever had the lock may have given the file its name meanwhile.
  struct stat locked{};
  if (::fstat(descriptor, &locked) != 0 || locked.st_nlink == 0 ||
      ::lstat(part.c_str(), &status) != 0 || status.st_ino != locked.st_ino) {
    ::close(std::exchange(draft.descriptor_, -1));
    return fail(Code::kBusy, part + " has just been taken by another program", path, "a new name");
  }
  if (::ftruncate(descriptor, 0) != 0) return draft.trouble("make");
  return draft;
}

Draft::Draft(Draft&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      written_(other.written_) {}

Draft& Draft::operator=(Draft&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(buffer_, other.buffer_);
  std::swap(written_, other.written_);
  return *this;
}

Draft::~Draft() {
  abandon();
}

void Draft::abandon() noexcept {
  if (descriptor_ < 0) return;
  ::unlink(part_path().c_str());
  ::close(std::exchange(descriptor_, -1));
}

tl::unexpected<Error> Draft::trouble(const char* verb) const {
  const int error = errno;
  const Code code = error == ENOSPC || error == EDQUOT || error == EFBIG ? Code::kOverflow
                    : error == EACCES || error == EPERM                  ? Code::kDenied
                    : error == ENOENT || error == ENOTDIR                ? Code::kNotFound
                                                                         : Code::kIo;
  return fail(code, "cannot " + std::string(verb) + " " + path_ + ": " + std::strerror(error),
              path_);
}

Result<void> Draft::flush() {
  std::span<const std::byte> left = buffer_;
  while (!left.empty()) {
    const ssize_t done = ::write(descriptor_, left.data(), left.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return trouble("write");
    written_ += static_cast<std::uint64_t>(done);
    left = left.subspan(static_cast<std::size_t>(done));
  }
  buffer_.clear();
  return {};
}

Result<void> Draft::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), kBufferBytes - buffer_.size());
    buffer_.insert(buffer_.end(), bytes.begin(),
                   bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (buffer_.size() < kBufferBytes) return {};
    if (auto done = flush(); !done) return done;
  }
  return {};
}

Result<void> Draft::append(std::string_view text) {
  return append(std::as_bytes(std::span(text)));
}

Result<void> Draft::append_zeros(std::uint64_t bytes) {
  if (auto done = flush(); !done) return done;
  if (::ftruncate(descriptor_, static_cast<off_t>(written_ + bytes)) != 0 ||
      ::lseek(descriptor_, 0, SEEK_END) < 0)
    return trouble("write");
  written_ += bytes;
  return {};
}

Result<void> Draft::rewrite(std::uint64_t offset, std::string_view bytes) {
  if (auto done = flush(); !done) return done;
  ACQ_CHECK(offset + bytes.size() <= written_);
  while (!bytes.empty()) {
    const ssize_t done =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return trouble("write");
    offset += static_cast<std::uint64_t>(done);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

Result<void> Draft::sync() {
  if (auto done = flush(); !done) return done;
  if (::fsync(descriptor_) != 0) return trouble("write");
  return {};
}

Result<void> Draft::finish() {
  if (auto done = sync(); !done) return done;
  if (auto done = system_disk().rename(part_path(), path_); !done) return done;
  ::close(std::exchange(descriptor_, -1));
  return {};
}

std::string with_extension(const std::string& path, std::string_view extension) {
  const std::string wanted = "." + std::string(extension);
  return path.ends_with(wanted) ? path : path + wanted;
}

}  // namespace acq::exports
