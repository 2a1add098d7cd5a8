#include "clients/tools/acqctl/watch/grid.h"

#include <algorithm>
#include <array>

#include "dsp/base/result.h"

namespace acq::tool {
namespace {

constexpr char32_t kEllipsis = U'…';

struct Range {
  char32_t first;
  char32_t last;
};
// East Asian wide characters, combining marks and what has no shape.
// Source: Unicode Standard Annex 11, and the blocks of Unicode's combining characters.
constexpr Range kNotOneColumn[] = {
    {0x0000, 0x001F},   {0x007F, 0x009F},  {0x0300, 0x036F}, {0x1100, 0x115F}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},   {0x200B, 0x200F},  {0x2028, 0x202E}, {0x2060, 0x206F}, {0x20D0, 0x20FF},
    {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE00, 0xFE0F},
    {0xFE20, 0xFE6F},   {0xFEFF, 0xFEFF},  {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F000, 0x1FAFF},
    {0x20000, 0x3FFFD}, {0xE0000, 0xE0FFF}};

bool is_one_column(char32_t glyph) {
  return std::none_of(std::begin(kNotOneColumn), std::end(kNotOneColumn),
                      [&](const Range& r) { return r.first <= glyph && glyph <= r.last; });
}

constexpr bool is_braille(char32_t glyph) {
  return glyph >= 0x2800 && glyph <= 0x28FF;
}

// Upper and lower half of the dots decide.
char32_t ascii_of_braille(char32_t glyph) {
  constexpr char32_t kUpper = 0x1B;  // dots 1 2 4 5
  constexpr char32_t kLower = 0xE4;  // dots 3 6 7 8
  const bool has_upper = (glyph & kUpper) != 0;
  const bool has_lower = (glyph & kLower) != 0;
  if (has_upper && has_lower) return U':';
  if (has_upper) return U'\'';
  return has_lower ? U'.' : U' ';
}

char32_t ascii_of(char32_t glyph) {
  if (glyph < 0x7F) return glyph;
  if (is_braille(glyph)) return ascii_of_braille(glyph);
  constexpr std::array<std::pair<char32_t, char32_t>, 16> kNearest = {{{U'│', U'|'},
                                                                       {U'─', U'-'},
                                                                       {U'┊', U':'},
                                                                       {U'┬', U'+'},
                                                                       {U'├', U'+'},
                                                                       {U'└', U'+'},
                                                                       {U'▸', U'>'},
                                                                       {U'…', U'~'},
                                                                       {U'µ', U'u'},
                                                                       {U'μ', U'u'},
                                                                       {U'·', U'-'},
                                                                       {U'°', U'o'},
                                                                       {U'²', U'2'},
                                                                       {U'√', U'r'},
                                                                       {U'↑', U'^'},
                                                                       {U'↓', U'v'}}};
  for (const auto& [from, to] : kNearest) {
    if (from == glyph) return to;
  }
  return U'?';
}

}  // namespace

Grid::Grid(int rows, int columns)
    : rows_(std::max(rows, 0)),
      columns_(std::max(columns, 0)),
      cells_(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(columns_)) {}

const Cell& Grid::at(int row, int column) const {
  ACQ_CHECK(row >= 0 && row < rows_ && column >= 0 && column < columns_);
  return cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                static_cast<std::size_t>(column)];
}

void Grid::put(int row, int column, char32_t glyph, Style style) {
  if (row < 0 || row >= rows_ || column < 0 || column >= columns_) return;
  cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
         static_cast<std::size_t>(column)] = {is_one_column(glyph) ? glyph : U'?', style};
}

int Grid::text(int row, int column, std::string_view utf8, int width, Style style) {
  std::u32string glyphs = decode_utf8(utf8);
  const auto room = static_cast<std::size_t>(std::max(width, 0));
  if (glyphs.size() > room) {
    glyphs.resize(room);
    if (room > 0) glyphs.back() = kEllipsis;
  }
  for (const char32_t glyph : glyphs) put(row, column++, glyph, style);
  return static_cast<int>(glyphs.size());
}

void Grid::right_text(int row, int column, std::string_view utf8, int width, Style style) {
  const int length = static_cast<int>(decode_utf8(utf8).size());
  const int shift = std::max(width - length, 0);
  text(row, column + shift, utf8, width - shift, style);
}

void Grid::fill(int row, int column, int width, char32_t glyph, Style style) {
  for (int i = 0; i < width; ++i) put(row, column + i, glyph, style);
}

void Grid::to_ascii() {
  for (Cell& cell : cells_) cell.glyph = ascii_of(cell.glyph);
}

std::string Grid::str() const {
  std::string out;
  for (int row = 0; row < rows_; ++row) {
    std::string line;
    for (int column = 0; column < columns_; ++column) append_utf8(at(row, column).glyph, line);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

// Bytes that are not UTF-8 become question marks, one each.
std::u32string decode_utf8(std::string_view utf8) {
  std::u32string out;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    char32_t glyph = length == 1 ? lead : lead & (0x7FU >> length);
    bool is_whole = length > 0 && i + length <= utf8.size();
    for (std::size_t k = 1; is_whole && k < length; ++k) {
      const auto next = static_cast<unsigned char>(utf8[i + k]);
      is_whole = (next & 0xC0U) == 0x80;
      glyph = (glyph << 6) | (next & 0x3FU);
    }
    out += is_whole ? glyph : U'?';
    i += is_whole ? length : 1;
  }
  return out;
}

void append_utf8(char32_t glyph, std::string& out) {
  const auto add = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (glyph < 0x80) return add(glyph);
  if (glyph < 0x800) {
    add(0xC0 | (glyph >> 6));
  } else if (glyph < 0x10000) {
    add(0xE0 | (glyph >> 12));
    add(0x80 | ((glyph >> 6) & 0x3F));
  } else {
    add(0xF0 | (glyph >> 18));
    add(0x80 | ((glyph >> 12) & 0x3F));
    add(0x80 | ((glyph >> 6) & 0x3F));
  }
  add(0x80 | (glyph & 0x3F));
}

}  // namespace acq::tool
