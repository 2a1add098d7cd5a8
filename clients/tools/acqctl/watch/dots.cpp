#include "clients/tools/acqctl/watch/dots.h"

#include <algorithm>

namespace acq::tool {
namespace {

// Bit of the dot in row y and column x of a braille cell (Unicode, block Braille Patterns).
constexpr std::uint8_t kBits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
constexpr char32_t kBraille = 0x2800;

}  // namespace

Dots::Dots(int rows, int columns)
    : rows_(std::max(rows, 0)),
      columns_(std::max(columns, 0)),
      blocks_(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_)) {}

void Dots::vertical(int x, int top, int bottom, Style style) {
  if (x < 0 || x >= width()) return;
  top = std::max(top, 0);
  bottom = std::min(bottom, height() - 1);
  for (int y = top; y <= bottom; ++y) {
    Block& block = blocks_[static_cast<std::size_t>(y / 4) * static_cast<std::size_t>(columns_) +
                           static_cast<std::size_t>(x / 2)];
    block.dots = static_cast<std::uint8_t>(block.dots | kBits[y % 4][x % 2]);
    block.style = style;
  }
}

void Dots::draw(Grid& grid, int row, int column) const {
  for (int i = 0; i < rows_; ++i) {
    for (int j = 0; j < columns_; ++j) {
      const Block& block =
          blocks_[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns_) +
                  static_cast<std::size_t>(j)];
      if (block.dots != 0) grid.put(row + i, column + j, kBraille + block.dots, block.style);
    }
  }
}

}  // namespace acq::tool
