// The seam for the disk: all that recordings write goes through here, so that tests own its failures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "dsp/base/result.h"

namespace acq {

// A file that only grows. One thread, but for sync(), which another may call while this one appends. A
// full disk is kOverflow, everything else kIo, with the system's words.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  // All of it, or an error: then the file may have a part of it, which truncate() takes away.
  virtual Result<void> append(std::span<const std::byte> bytes) = 0;
  // Room on the disk for the file to grow to `bytes`, without growing it. Harmless where the file
  // system cannot.
  virtual Result<void> reserve(std::uint64_t bytes) = 0;
  // What was appended survives a loss of power.
  virtual Result<void> sync() = 0;
  // Also gives back what was reserved beyond.
  virtual Result<void> truncate(std::uint64_t bytes) = 0;
  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
};

// Where syncs are made: here on the thread that asks, so that begin() takes as long as the disk. One
// at a time.
class Syncer {
 public:
  Syncer() = default;
  virtual ~Syncer() = default;
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;

  // The file goes on growing meanwhile; it stays where it is until take().
  virtual void begin(OutputFile& file);
  // Whether take() has something to give.
  [[nodiscard]] virtual bool is_done() const noexcept;
  // Waits for what came of it.
  virtual Result<void> take();

 private:
  Result<void> result_;
};

class Disk {
 public:
  virtual ~Disk() = default;
  virtual Result<void> make_folder(const std::string& path) = 0;
  // A new file; kBusy when there is one of that name.
  virtual Result<std::unique_ptr<OutputFile>> create(const std::string& path) = 0;
  // The new name survives a loss of power.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;
  virtual Result<std::uint64_t> free_bytes(const std::string& folder) = 0;
};

// The machine's own.
Disk& system_disk() noexcept;

// A file that is read at places. Nothing is believed about it: it may grow, and reads past its end
// are errors that say so. Several threads may read.
class InputFile {
 public:
  // kNotFound, kDenied or kIo with the system's words; kInvalid when it is not a regular file.
  static Result<InputFile> open(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  Result<void> read_at(std::uint64_t offset, std::span<std::byte> out) const;
  // As it is now.
  [[nodiscard]] std::uint64_t size() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  InputFile(std::string path, int descriptor) noexcept;
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace acq
