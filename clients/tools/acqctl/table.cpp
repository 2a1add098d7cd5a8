#include "clients/tools/acqctl/table.h"

#include <algorithm>

#include "clients/tools/acqctl/program.h"
#include "dsp/base/result.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

constexpr const char* kBetween = "  ";

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  ACQ_CHECK(cells.size() == columns_.size());
  for (std::string& cell : cells) cell = cleaned(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::str() const {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::vector<const std::vector<std::string>*> lines = {&titles};
  for (const auto& row : rows_) lines.push_back(&row);

  std::vector<std::size_t> widths(columns_.size());
  for (const auto* line : lines) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], text_width((*line)[i]));
    }
  }
  std::string out;
  for (const auto* line : lines) {
    std::string text;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string padding(widths[i] - text_width((*line)[i]), ' ');
      if (i > 0) text += kBetween;
      text += columns_[i].align == Align::kRight ? padding + (*line)[i] : (*line)[i] + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

std::size_t text_width(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

}  // namespace acq::tool
