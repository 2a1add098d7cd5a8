// A folder of its own with a file that tells an emulated instrument what to do: for those that a
// library loads into the program under test.
#pragma once

#include <ostream>
#include <string>

namespace acq::test {

// Orders: go, hold (its clock stands), gone.
class ControlFile {
 public:
  // The folder gets the file `control`, which says "go". It goes with this object.
  explicit ControlFile(const std::string& name);
  ~ControlFile();
  ControlFile(const ControlFile&) = delete;
  ControlFile& operator=(const ControlFile&) = delete;

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] std::string control() const { return folder_ + "/control"; }
  void unplug() { order("gone"); }
  void plug() { order("go"); }
  void hold(bool holds) { order(holds ? "hold" : "go"); }
  void list_commands(std::ostream&) const {}

 private:
  void order(const char* word) const;

  std::string folder_;
};

}  // namespace acq::test
