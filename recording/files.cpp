#include "recording/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace acq {
namespace {

tl::unexpected<Error> failed(const std::string& what, const std::string& path, int error) {
  Code code = Code::kIo;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = Code::kOverflow;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EACCES || error == EPERM || error == EROFS) code = Code::kDenied;
  if (error == EEXIST) code = Code::kBusy;
  return fail(code, "cannot " + what + " " + path + ": " + std::strerror(error), path);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// A name is on the disk once its folder is.
Result<void> sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failed("open", folder, errno);
  const int done = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (done != 0 && error != EINVAL) return failed("sync", folder, error);
  return {};
}

class SystemFile final : public OutputFile {
 public:
  SystemFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~SystemFile() override { ::close(descriptor_); }
  SystemFile(const SystemFile&) = delete;
  SystemFile& operator=(const SystemFile&) = delete;

  Result<void> append(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write to", path_, errno);
      size_ += static_cast<std::uint64_t>(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> reserve(std::uint64_t bytes) override {
    if (bytes <= size_) return {};
    if (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(size_),
                    static_cast<off_t>(bytes - size_)) == 0 ||
        errno == EOPNOTSUPP || errno == EINTR)
      return {};
    return failed("reserve room for", path_, errno);
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_) != 0) return failed("sync", path_, errno);
    return {};
  }

  Result<void> truncate(std::uint64_t bytes) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0)
      return failed("truncate", path_, errno);
    if (::lseek(descriptor_, static_cast<off_t>(bytes), SEEK_SET) < 0)
      return failed("seek in", path_, errno);
    size_ = bytes;
    return {};
  }

  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }

 private:
  std::string path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

class SystemDisk final : public Disk {
 public:
  Result<void> make_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST)
      return failed("make the folder", path, errno);
    return sync_folder(folder_of(path));
  }

  Result<std::unique_ptr<OutputFile>> create(const std::string& path) override {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (descriptor < 0) return failed("create", path, errno);
    auto file = std::make_unique<SystemFile>(path, descriptor);
    if (auto done = sync_folder(folder_of(path)); !done)
      return tl::unexpected<Error>(std::move(done.error()));
    return file;
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from, errno);
    return sync_folder(folder_of(to));
  }

  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed("remove", path, errno);
    return {};
  }

  Result<std::uint64_t> free_bytes(const std::string& folder) override {
    struct statvfs status{};
    if (::statvfs(folder.c_str(), &status) != 0) return failed("look at", folder, errno);
    return std::uint64_t{status.f_bavail} * status.f_frsize;
  }
};

}  // namespace

void Syncer::begin(OutputFile& file) {
  result_ = file.sync();
}

bool Syncer::is_done() const noexcept {
  return true;
}

Result<void> Syncer::take() {
  return std::move(result_);
}

Disk& system_disk() noexcept {
  static SystemDisk disk;
  return disk;
}

Result<InputFile> InputFile::open(const std::string& path) {
  // Without waiting: opening a pipe would hang until somebody writes to it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return failed("open", path, errno);
  InputFile file(path, descriptor);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return failed("open", path, errno);
  if (!S_ISREG(status.st_mode))
    return fail(Code::kInvalid, path + " is not a regular file", path, "a regular file");
  return file;
}

InputFile::InputFile(std::string path, int descriptor) noexcept
    : path_(std::move(path)), descriptor_(descriptor) {}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::uint64_t InputFile::size() const noexcept {
  struct stat status{};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<void> InputFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t got = ::pread(descriptor_, out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      const std::string at = " at byte " + std::to_string(offset + done);
      return fail(Code::kIo, path_ + ": " + (got < 0 ? std::strerror(errno) : "the file ends") + at,
                  path_);
    }
    done += static_cast<std::size_t>(got);
  }
  return {};
}

}  // namespace acq
