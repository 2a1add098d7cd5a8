// A serial line that is a pseudo-terminal: tests write at one end, a driver opens the other.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace acq::test {

// Reached by a path that stays the same when it is unplugged and plugged in again. One thread.
class SerialLine {
 public:
  SerialLine();
  ~SerialLine();
  SerialLine(const SerialLine&) = delete;
  SerialLine& operator=(const SerialLine&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // The other side sees its line hang up; the path is gone.
  void unplug();
  void plug();
  // Sends what there is room for within `timeout_ms`; what was not sent is lost.
  bool send(std::string_view bytes, int timeout_ms) const;
  // What has come within `timeout_ms`, empty when nothing has.
  [[nodiscard]] std::string receive(int timeout_ms) const;

 private:
  std::string path_;
  int master_ = -1;
  int slave_ = -1;  // kept open: the line stays when the driver closes it
};

}  // namespace acq::test
