// A canvas of dots, two by four to a cell, drawn with braille characters.
#pragma once

#include <cstdint>
#include <vector>

#include "clients/tools/acqctl/watch/grid.h"

namespace acq::tool {

class Dots {
 public:
  // So many cells.
  Dots(int rows, int columns);

  [[nodiscard]] int width() const noexcept { return 2 * columns_; }  // in dots
  [[nodiscard]] int height() const noexcept { return 4 * rows_; }    // in dots

  // Dots from y = top to y = bottom, both included, counted from the upper left. Clipped.
  void vertical(int x, int top, int bottom, Style style);
  // Cells without a dot leave the grid as it is.
  void draw(Grid& grid, int row, int column) const;

 private:
  struct Block {
    std::uint8_t dots = 0;
    Style style;
  };
  int rows_;
  int columns_;
  std::vector<Block> blocks_;
};

}  // namespace acq::tool
