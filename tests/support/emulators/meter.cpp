#include "tests/support/emulators/meter.h"

#include <chrono>
#include <utility>

namespace acq::test {

MeterEmulator::MeterEmulator(const dmm::Meter& meter, Options options)
    : meter_(meter),
      options_(std::move(options)),
      frames_(options_.frames.empty() ? everything_it_shows(meter) : options_.frames) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

MeterEmulator::~MeterEmulator() {
  thread_ = {};
}

void MeterEmulator::unplug() {
  thread_ = {};
  line_->unplug();
}

void MeterEmulator::plug() {
  if (thread_.joinable()) return;
  line_->plug();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void MeterEmulator::list_frames(std::ostream& out) const {
  out.precision(17);
  for (const Shown& shown : frames_) {
    out << dmm::value_of(shown.means) << " " << dmm::unit_of(shown.means.function) << " "
        << dmm::quantity_of(shown.means) << "\n";
  }
}

void MeterEmulator::insert(std::string bytes) {
  const std::scoped_lock lock(mutex_);
  inserted_ += bytes;
}

// Whether a whole request has come before a stop was asked for.
bool MeterEmulator::is_asked(const std::stop_token& stop) {
  constexpr int kSlice_ms = 5;
  std::string got;
  while (!stop.stop_requested() && got.find(meter_.request) == std::string::npos)
    got += line_->receive(kSlice_ms);
  return !stop.stop_requested();
}

void MeterEmulator::run(const std::stop_token& stop) {
  const auto pause = std::chrono::milliseconds(options_.pause_ms);
  while (!stop.stop_requested()) {
    if (!meter_.request.empty() && !is_asked(stop)) return;
    std::this_thread::sleep_for(pause);
    if (holds_) continue;
    const Shown& shown = frames_[sent_ / static_cast<unsigned>(options_.repeats) % frames_.size()];
    std::string bytes =
        options_.has_eighth_bit ? on_the_wire(shown.frame, meter_.framing) : shown.frame;
    {
      const std::scoped_lock lock(mutex_);
      bytes.insert(0, std::exchange(inserted_, {}));
    }
    // A line that nobody reads is full: the frame is lost, as on a real one.
    if (line_->send(bytes, 20)) ++sent_;
  }
}

}  // namespace acq::test
