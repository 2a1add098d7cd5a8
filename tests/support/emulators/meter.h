// An emulated multimeter on a serial line.
//
// Validated by sigrok-cli, in tests/drivers/dmm/sigrok_test.cpp.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "drivers/dmm/meters.h"
#include "tests/support/emulators/meter_frames.h"
#include "tests/support/emulators/serial_line.h"

namespace acq::test {

// Sends its frames over and over, or one for each request, on a thread of its own. Any thread.
class MeterEmulator {
 public:
  struct Options {
    std::vector<Shown> frames = {};  // none: everything the meter can show
    int pause_ms = 2;                // between two frames; the real ones take 100 to 500
    int repeats = 1;                 // of each frame
    // Whether the eighth bit is on the line, as on a real one. A pseudo-terminal that somebody else
    // opens with seven bits has none.
    bool has_eighth_bit = true;
  };
  MeterEmulator(const dmm::Meter& meter, Options options);
  ~MeterEmulator();

  [[nodiscard]] const std::string& path() const noexcept { return line_->path(); }
  [[nodiscard]] const std::vector<Shown>& frames() const noexcept { return frames_; }
  void unplug();
  void plug();
  // Sends nothing until `holds` is false again.
  void hold(bool holds) { holds_ = holds; }
  // These bytes, once, before the next frame.
  void insert(std::string bytes);
  // One line each: "value unit quantity", as the meter shows it.
  void list_frames(std::ostream& out) const;
  // Frames sent so far.
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

 private:
  void run(const std::stop_token& stop);
  bool is_asked(const std::stop_token& stop);

  const dmm::Meter& meter_;
  const Options options_;
  const std::vector<Shown> frames_;
  std::unique_ptr<SerialLine> line_ = std::make_unique<SerialLine>();
  std::atomic<bool> holds_ = false;
  std::atomic<std::uint64_t> sent_ = 0;
  std::mutex mutex_;
  std::string inserted_;
  std::jthread thread_;
};

}  // namespace acq::test
