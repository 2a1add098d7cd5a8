// A screen as data: what rendering makes and the terminal shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace acq::tool {

enum class Color : std::uint8_t { kPlain, kGreen, kYellow, kCyan, kMagenta, kBlue, kRed };

struct Style {
  Color color = Color::kPlain;
  bool is_bold = false;
  bool is_dim = false;
  bool is_reversed = false;
  bool operator==(const Style&) const = default;
};

struct Cell {
  char32_t glyph = U' ';
  Style style;
  bool operator==(const Cell&) const = default;
};

// A rectangle of cells, all of one column's width. Writing outside is clipped.
class Grid {
 public:
  Grid(int rows, int columns);

  [[nodiscard]] int rows() const noexcept { return rows_; }
  [[nodiscard]] int columns() const noexcept { return columns_; }
  [[nodiscard]] const Cell& at(int row, int column) const;

  void put(int row, int column, char32_t glyph, Style style = {});
  // UTF-8 text from `column` on, at most `width` cells; longer text ends in an ellipsis. Characters
  // that are not one column wide are shown as question marks. Gives the cells used.
  int text(int row, int column, std::string_view utf8, int width, Style style = {});
  // The same, ending at the last of `width` cells.
  void right_text(int row, int column, std::string_view utf8, int width, Style style = {});
  void fill(int row, int column, int width, char32_t glyph, Style style = {});

  // Every glyph replaced by the nearest ASCII character, for terminals without UTF-8.
  void to_ascii();
  // One line of UTF-8 a row, trailing blanks cut: for tests.
  [[nodiscard]] std::string str() const;

 private:
  int rows_;
  int columns_;
  std::vector<Cell> cells_;
};

std::u32string decode_utf8(std::string_view utf8);
void append_utf8(char32_t glyph, std::string& out);

}  // namespace acq::tool
