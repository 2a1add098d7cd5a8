// A file that has its name only once it is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"

namespace acq::exports {

// Is written as PATH.part, with the rights that the umask leaves; gone when it is destroyed before finish(). One thread.
class Draft {
 public:
  // kBusy: there is a file of that name, or somebody else is writing it. What a killed program left
  // as PATH.part is written over.
  static Result<Draft> create(const std::string& path);
  Draft() = default;  // of no file
  Draft(Draft&& other) noexcept;
  Draft& operator=(Draft&& other) noexcept;
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft();

  Result<void> append(std::span<const std::byte> bytes);
  Result<void> append(std::string_view text);
  // A hole, where the file system has holes.
  Result<void> append_zeros(std::uint64_t bytes);
  // Replaces bytes that were appended.
  Result<void> rewrite(std::uint64_t offset, std::string_view bytes);
  [[nodiscard]] std::uint64_t size() const noexcept { return written_ + buffer_.size(); }

  // All of it is on the disk.
  Result<void> sync();
  // Syncs, and gives it its name.
  Result<void> finish();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // For a library that writes by itself: it must write into this file, not replace it.
  [[nodiscard]] std::string part_path() const { return path_ + ".part"; }

 private:
  Draft(std::string path, int descriptor);
  [[nodiscard]] tl::unexpected<Error> trouble(const char* verb) const;
  Result<void> flush();
  void abandon() noexcept;

  std::string path_;
  int descriptor_ = -1;
  std::vector<std::byte> buffer_;
  std::uint64_t written_ = 0;
};

// "PATH.EXTENSION", unless it ends so already.
std::string with_extension(const std::string& path, std::string_view extension);

}  // namespace acq::exports
