// A disk that fails when it is told to.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "recording/files.h"

namespace acq {

// The machine's disk, with failures: the N-th call fails (once, or from then on), a short write before
// it, or no more than so many bytes in all.
class FaultyDisk final : public Disk {
 public:
  std::uint64_t calls = 0;
  std::uint64_t fails_at = 0;  // the call of that number, from 1; 0: none
  bool stays_broken = false;
  std::atomic<std::uint64_t> room_bytes = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t used_bytes = 0;
  std::function<void()> at_sync = [] {};

  // Whether the call that begins now is to fail.
  bool fails() {
    ++calls;
    return fails_at != 0 && (calls == fails_at || (stays_broken && calls > fails_at));
  }
  static tl::unexpected<Error> broken() { return fail(Code::kIo, "input/output error (injected)"); }
  static tl::unexpected<Error> full() {
    return fail(Code::kOverflow, "no space left on device (injected)");
  }

  Result<void> make_folder(const std::string& path) override {
    if (fails()) return broken();
    return system_disk().make_folder(path);
  }
  Result<std::unique_ptr<OutputFile>> create(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (fails()) return broken();
    return system_disk().rename(from, to);
  }
  Result<void> remove(const std::string& path) override { return system_disk().remove(path); }
  Result<std::uint64_t> free_bytes(const std::string&) override { return room_bytes - used_bytes; }
};

class FaultyFile final : public OutputFile {
 public:
  FaultyFile(FaultyDisk& disk, std::unique_ptr<OutputFile> file)
      : disk_(disk), file_(std::move(file)) {}

  Result<void> append(std::span<const std::byte> bytes) override {
    if (disk_.fails()) {
      (void)file_->append(bytes.first(bytes.size() / 2));  // a short write, then the error
      return FaultyDisk::broken();
    }
    if (disk_.used_bytes + bytes.size() > disk_.room_bytes) return FaultyDisk::full();
    disk_.used_bytes += bytes.size();
    return file_->append(bytes);
  }
  Result<void> reserve(std::uint64_t bytes) override {
    if (disk_.fails()) return FaultyDisk::broken();
    const std::uint64_t more = bytes > file_->size() ? bytes - file_->size() : 0;
    if (disk_.used_bytes + more > disk_.room_bytes) return FaultyDisk::full();
    return {};
  }
  Result<void> sync() override {
    if (disk_.fails()) return FaultyDisk::broken();
    disk_.at_sync();
    return file_->sync();
  }
  Result<void> truncate(std::uint64_t bytes) override {
    if (disk_.fails()) return FaultyDisk::broken();
    if (bytes < file_->size()) disk_.used_bytes -= file_->size() - bytes;
    return file_->truncate(bytes);
  }
  [[nodiscard]] std::uint64_t size() const noexcept override { return file_->size(); }

 private:
  FaultyDisk& disk_;
  std::unique_ptr<OutputFile> file_;
};

inline Result<std::unique_ptr<OutputFile>> FaultyDisk::create(const std::string& path) {
  if (fails()) return broken();
  auto file = system_disk().create(path);
  if (!file) return file;
  return std::make_unique<FaultyFile>(*this, std::move(*file));
}

}  // namespace acq
