// The terminal, by ncurses.
#pragma once

#include <memory>
#include <optional>

#include "clients/tools/acqctl/watch/grid.h"
#include "clients/tools/acqctl/watch/model.h"
#include "dsp/base/result.h"

namespace acq::tool {

// Owns the screen while it lives, and gives it back as it was. One at a time; one thread.
class Terminal {
 public:
  // kUnsupported: no terminal, or one that cannot place a cursor.
  static Result<std::unique_ptr<Terminal>> open();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] int rows() const noexcept;
  [[nodiscard]] int columns() const noexcept;
  // Only what has changed is sent.
  void draw(Grid grid);
  // A key that has been pressed; never waits. A change of size is taken in on the way.
  [[nodiscard]] std::optional<Key> key();

 private:
  struct Impl;
  explicit Terminal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace acq::tool
