// What passes between a driver and its instrument, kept in memory and then written to a file.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "drivers/transport/tap.h"
#include "dsp/base/params.h"

namespace acq {

// What the driver was called for, and what it gave back, beside what happens on its wires.
enum class DriverCall : std::uint8_t {
  kOpen,  // [bytes: nothing; the parameters are in the head of the file]
  kStart,
  kRead,  // [room in the packet, time to the deadline in ns]
  kSet,   // [bytes: the parameters, as JSON]
  kStop,
  kClose,
  kDone,     // open, start or set returned; its code tells how
  kPacket,   // read returned a packet [stream, count, samples lost before, CRC-32C of its samples]
  kNothing,  // read returned without
  kEnd,      // read returned: there will be no more
};

// Who the session is with.
struct CaptureHead {
  std::string software;
  std::string instrument;
  std::string driver;
  Table parameters;
  std::int64_t utc_ns = 0;
};

// Memory for a whole capture is taken at once, so that noting something costs a copy: the data path
// never waits for the disk. It is the kernel's own, given back with the capture: a heap may keep it. What finds no room is counted and told at the end of the file; nothing
// is stored behind the first such event, so that what is there has no holes.
//
// Threads: note() that of the driver; everything else the control thread. The file is written by a
// thread of its own.
class Capture final : public Tap {
 public:
  Capture(CaptureHead head, std::size_t most_bytes, std::int64_t end_ns, const Clock& clock);
  ~Capture() override;
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  void note(const WireEvent& event, std::span<const std::byte> bytes) noexcept override;
  using Numbers = std::array<std::uint64_t, 6>;
  void note(DriverCall call, const Numbers& numbers, std::span<const std::byte> bytes = {},
            Code code = Code::kOk) noexcept;

  // From here on nothing is noted.
  [[nodiscard]] bool is_over() const noexcept;
  [[nodiscard]] std::int64_t end_ns() const noexcept { return end_ns_; }
  // Ends it, and begins to write. Once.
  void write(std::string file);
  [[nodiscard]] bool is_writing() const noexcept { return writer_.joinable(); }
  // The file is there, or cannot be.
  [[nodiscard]] bool is_written() const noexcept { return is_written_.load(); }
  // How writing went, once it is done.
  [[nodiscard]] const Result<void>& outcome() const noexcept { return outcome_; }

  struct Event {
    std::int64_t t_ns = 0;  // since the beginning
    Numbers numbers{};
    std::uint32_t wire = 0;  // 0: a call of the driver
    std::uint32_t size_bytes = 0;
    std::uint8_t act = 0;  // a WireAct or a DriverCall
    Code code = Code::kOk;
  };
  struct NotStored {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] NotStored not_stored() const;

 private:
  struct Unmap {
    std::size_t bytes;
    void operator()(std::byte* memory) const noexcept;
  };
  using Memory = std::unique_ptr<std::byte[], Unmap>;
  // Throws std::bad_alloc.
  static Memory map(std::size_t bytes);

  void add(Event event, std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] std::span<std::byte> memory() const noexcept {
    return {memory_.get(), memory_.get_deleter().bytes};
  }

  const CaptureHead head_;
  const Clock& clock_;
  const std::int64_t begin_ns_;
  const std::int64_t end_ns_;
  mutable std::mutex mutex_;  // the driver's thread only tries
  Memory memory_;
  std::size_t used_bytes_ = 0;
  std::uint64_t events_ = 0;
  NotStored not_stored_;
  std::atomic<bool> is_over_ = false;
  std::atomic<bool> is_written_ = false;
  Result<void> outcome_;
  std::jthread writer_;
};

}  // namespace acq
