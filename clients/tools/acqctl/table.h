// Aligned columns for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acq::tool {

enum class Align : bool { kLeft, kRight };

// Columns as wide as their widest cell; the last one is not padded. Cells are shown without control
// characters, whoever sent them.
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns);

  // As many cells as columns.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool is_empty() const noexcept { return rows_.empty(); }
  [[nodiscard]] std::string str() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters on a screen, one a code point.
std::size_t text_width(std::string_view text) noexcept;

}  // namespace acq::tool
