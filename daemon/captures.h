// The captures of transports: one at a time, and the files of the last ones.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "daemon/capture.h"
#include "daemon/events.h"

namespace acq {

// What a client asks for.
struct CaptureOrder {
  double seconds = 10;
  std::uint64_t most_bytes = 0;  // of memory; 0: 64 MiB
};

// Files are in the folder "captures" of the state folder, under names chosen here; the newest 16
// are kept. Control thread.
class Captures {
 public:
  Captures(const Clock& clock, EventLog& events) : clock_(clock), events_(events) {}
  // Writes what was noted until now.
  ~Captures();
  Captures(const Captures&) = delete;
  Captures& operator=(const Captures&) = delete;

  // Empty: there is none, and nothing can be captured.
  void keep_in(std::string state_folder) { folder_ = std::move(state_folder); }

  // Whether a capture can begin now: kUnsupported, kBusy, or kInvalid with what is allowed.
  Result<void> check(const CaptureOrder& order) const;
  // Begins one; check() has said that it can. Its name goes with it.
  std::shared_ptr<Capture> begin(CaptureHead head, const CaptureOrder& order);
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::string file_of(const std::string& name) const;

  // Ends what is over. Call again by next_ns(), if that is not 0.
  void tick();
  [[nodiscard]] std::int64_t next_ns() const noexcept;

  struct Part {
    bool is_written = false;
    std::uint64_t file_bytes = 0;
    std::uint64_t not_stored = 0;
    std::string bytes;
  };
  // A part of a finished one. kNotFound: there is none of this name; kIo: it could not be written.
  Result<Part> read(const std::string& name, std::uint64_t offset) const;

 private:
  void forget_old() const;

  const Clock& clock_;
  EventLog& events_;
  std::string folder_;
  std::string name_;  // of the last one
  std::shared_ptr<Capture> last_;
  bool is_told_ = true;
  unsigned count_ = 0;
};

}  // namespace acq
