#include "clients/tools/acqctl/watch/plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "clients/tools/acqctl/values.h"
#include "clients/tools/acqctl/watch/dots.h"

namespace acq::tool {
namespace {

constexpr int kLabelColumns = 8;  // y labels and the line beside them
constexpr int kLeastLaneRows = 3;
// What is shown of a spectrum below its highest value.
constexpr double kDecibelsShown = 100;

struct Column {
  float low = std::numeric_limits<float>::quiet_NaN();
  float high = std::numeric_limits<float>::quiet_NaN();
  [[nodiscard]] bool is_empty() const noexcept { return std::isnan(low); }
};

float high_of(const Trace& trace, std::size_t i) {
  return trace.high.empty() ? trace.low[i] : trace.high[i];
}

void widen(float low, float high, Column& column) {
  if (std::isnan(low) || std::isnan(high)) return;
  column.low = column.is_empty() ? low : std::min(column.low, low);
  column.high = std::isnan(column.high) ? high : std::max(column.high, high);
}

// More values than columns: the extremes of each. Fewer: straight lines between them, or steps.
std::vector<Column> columns_of(const Trace& trace, int width, bool is_stepped = false) {
  const std::size_t count = trace.low.size();
  const auto wide = static_cast<std::size_t>(std::max(width, 0));
  std::vector<Column> columns(wide);
  for (std::size_t x = 0; x < wide && count > 0; ++x) {
    if (count >= wide) {
      for (std::size_t i = x * count / wide; i < (x + 1) * count / wide; ++i) {
        widen(trace.low[i], high_of(trace, i), columns[x]);
      }
      continue;
    }
    if (is_stepped) {
      const std::size_t i = x * count / wide;
      widen(trace.low[i], high_of(trace, i), columns[x]);
      continue;
    }
    const double place = wide > 1 ? static_cast<double>(x) * static_cast<double>(count - 1) /
                                        static_cast<double>(wide - 1)
                                  : 0;
    const auto i = std::min(static_cast<std::size_t>(place), count - 1);
    const std::size_t next = std::min(i + 1, count - 1);
    const auto share = static_cast<float>(place - static_cast<double>(i));
    widen(std::lerp(trace.low[i], trace.low[next], share),
          std::lerp(high_of(trace, i), high_of(trace, next), share), columns[x]);
  }
  return columns;
}

int dot_of(float value, Span span, int height) {
  const double share = (static_cast<double>(value) - span.low) / span.size();
  const double place = (1 - share) * (height - 1);
  // Far outside is as good as just outside, and fits an int.
  return static_cast<int>(std::lround(std::clamp(place, -1.0, static_cast<double>(height))));
}

// One line through the columns; gaps stay open and are marked.
void draw_line(const std::vector<Column>& columns, Span span, Style style, Dots& dots) {
  const Column* before = nullptr;
  for (std::size_t x = 0; x < columns.size(); ++x) {
    const Column& column = columns[x];
    if (column.is_empty()) {
      before = nullptr;
      continue;
    }
    int top = dot_of(column.high, span, dots.height());
    int bottom = dot_of(column.low, span, dots.height());
    if (before != nullptr) {
      // Reach over to the column before, so that steep slopes stay connected.
      const int above = dot_of(before->low, span, dots.height());
      const int below = dot_of(before->high, span, dots.height());
      if (below > bottom) bottom = below - 1;
      if (above < top) top = above + 1;
    }
    dots.vertical(static_cast<int>(x), top, bottom, style);
    before = &column;
  }
}

void mark_gaps(const std::vector<Column>& columns, Box box, Grid& grid) {
  for (int j = 0; j < box.columns; ++j) {
    const auto x = static_cast<std::size_t>(2 * j);
    const bool is_gap = columns[x].is_empty() && columns[x + 1].is_empty();
    for (int i = 0; is_gap && i < box.rows; ++i) {
      grid.put(box.row + i, box.column + j, U'┊', {.is_dim = true});
    }
  }
}

// Gives the unit of the numbers.
std::string draw_y_axis(Span span, const std::string& unit, Box box, Grid& grid) {
  const AxisText text = axis_text({span.low, span.high}, unit);
  for (int i = 0; i < box.rows; ++i) {
    grid.put(box.row + i, box.column + kLabelColumns - 1, i == 0 || i == box.rows - 1 ? U'├' : U'│',
             {.is_dim = true});
  }
  grid.right_text(box.row, box.column, text.labels[1], kLabelColumns - 1);
  grid.right_text(box.row + box.rows - 1, box.column, text.labels[0], kLabelColumns - 1);
  return text.unit;
}

// The line below the plot and its numbers, two rows.
void draw_x_axis(const Axis& x, std::size_t count, Box box, Grid& grid) {
  const int row = box.row + box.rows - 2;
  const int left = box.column + kLabelColumns;
  const int width = box.columns - kLabelColumns;
  grid.fill(row, left, width, U'─', {.is_dim = true});
  grid.put(row, left - 1, U'└', {.is_dim = true});
  if (count < 2 || x.rule != AxisRule::kLinear || width < 10) return;
  const Span span{x.start, x.start + x.step * static_cast<double>(count - 1)};
  const std::vector<double> places = ticks(span, std::max(width / 9, 2));
  const AxisText text = axis_text(places, x.unit);
  int free_from = left;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const int column =
        left + static_cast<int>(std::lround((places[i] - span.low) / span.size() * (width - 1)));
    grid.put(row, column, U'┬', {.is_dim = true});
    std::string label = text.labels[i];
    if (i + 1 == places.size() && !text.unit.empty()) label += " " + text.unit;
    const int length = static_cast<int>(decode_utf8(label).size());
    const int start = std::min(std::max(column - length / 2, left), left + width - length);
    if (start < free_from) continue;
    grid.text(row + 1, start, label, length);
    free_from = start + length + 1;
  }
}

// Over the plot: the channels in their colours, and the unit of the numbers.
void draw_labels(const Picture& picture, std::size_t first, std::size_t last,
                 const std::string& unit, Box box, Grid& grid) {
  int column = box.column + kLabelColumns;
  const auto add = [&](const std::string& text, Style style) {
    const int room = box.column + box.columns - column;
    grid.put(box.row, column, U' ');
    const int used = grid.text(box.row, column + 1, text, room - 1, style);
    grid.put(box.row, column + 1 + used, U' ');
    column += used + 2;
  };
  for (std::size_t i = first; i < last; ++i) {
    Style style = trace_style(i);
    style.is_bold = true;
    add(picture.traces[i].label, style);
  }
  if (!unit.empty()) add(unit, {.is_dim = true});
}

// Traces first..last-1 in one lane.
void plot_lane(const Picture& picture, std::size_t first, std::size_t last, Span span, Box box,
               Grid& grid) {
  const std::string unit = draw_y_axis(span, picture.traces[first].unit, box, grid);
  const Box inner{box.row, box.column + kLabelColumns, box.rows, box.columns - kLabelColumns};
  Dots dots(inner.rows, inner.columns);
  for (std::size_t i = first; i < last; ++i) {
    const std::vector<Column> columns = columns_of(picture.traces[i], dots.width());
    if (last - first == 1) mark_gaps(columns, inner, grid);
    draw_line(columns, span, trace_style(i), dots);
  }
  dots.draw(grid, inner.row, inner.column);
  draw_labels(picture, first, last, unit, box, grid);
}

Span extremes(const Picture& picture, std::size_t first, std::size_t last) {
  Column all;
  for (std::size_t i = first; i < last; ++i) {
    const Trace& trace = picture.traces[i];
    for (std::size_t k = 0; k < trace.low.size(); ++k) {
      if (std::isfinite(trace.low[k]) && std::isfinite(high_of(trace, k))) {
        widen(trace.low[k], high_of(trace, k), all);
      }
    }
  }
  return all.is_empty() ? Span{0, 1} : round_span(all.low, all.high);
}

Picture in_decibels(const Picture& picture) {
  Picture out = picture;
  for (Trace& trace : out.traces) {
    for (float& value : trace.low) value = decibels(value, trace.unit);
    for (float& value : trace.high) value = decibels(value, trace.unit);
  }
  return out;
}

}  // namespace

std::vector<Span> automatic_spans(const Picture& picture, bool overlays) {
  if (picture.kind == Kind::kSpectrum) {
    const Picture shown = in_decibels(picture);
    const Span all = extremes(shown, 0, shown.traces.size());
    if (!picture.traces.empty() && is_linear(picture.traces.front().unit)) return {all};
    const double top = std::ceil(all.high / 10) * 10;
    const double bottom = std::max(std::floor(all.low / 10) * 10, top - kDecibelsShown);
    return {{std::min(bottom, top - 10), top}};
  }
  if (overlays) return {extremes(picture, 0, picture.traces.size())};
  std::vector<Span> spans;
  for (std::size_t i = 0; i < picture.traces.size(); ++i) {
    spans.push_back(extremes(picture, i, i + 1));
  }
  return spans;
}

void plot_traces(const Picture& picture, const std::vector<Span>& spans, Box box, Grid& grid) {
  const std::size_t count = picture.traces.size();
  const int rows = box.rows - 2;  // below: the x axis
  if (count == 0 || rows < 1 || box.columns < kLabelColumns + 4) return;
  const bool has_lanes = spans.size() == count;
  const std::size_t fitting =
      has_lanes ? std::min(count, static_cast<std::size_t>(std::max(rows / kLeastLaneRows, 1))) : 1;
  const int lane_rows = rows / static_cast<int>(fitting);
  for (std::size_t i = 0; i < fitting; ++i) {
    // The last lane takes the rows left over.
    const int row = box.row + static_cast<int>(i) * lane_rows;
    const int height = i + 1 == fitting ? rows - static_cast<int>(i) * lane_rows : lane_rows;
    const Box lane{row, box.column, height, box.columns};
    plot_lane(picture, has_lanes ? i : 0, has_lanes ? i + 1 : count, spans[has_lanes ? i : 0], lane,
              grid);
  }
  draw_x_axis(picture.x, picture.traces.front().low.size(), box, grid);
  if (fitting < count && has_lanes) {
    grid.right_text(box.row, box.column, std::to_string(count - fitting) + " more: o overlays",
                    box.columns, {.is_dim = true});
  }
}

void plot_logic(const Picture& picture, Box box, Grid& grid) {
  constexpr int kMostLaneRows = 3;
  constexpr Span kLevels{-0.5, 1};  // leaves a line of dots free between two lanes
  const int rows = box.rows - 2;    // below: the x axis
  const std::size_t count = picture.traces.size();
  if (count == 0 || rows < 1 || box.columns < kLabelColumns + 4) return;
  const int lane_rows = std::clamp(rows / static_cast<int>(count), 1, kMostLaneRows);
  const std::size_t fitting = std::min(count, static_cast<std::size_t>(rows / lane_rows));
  for (std::size_t i = 0; i < fitting; ++i) {
    const Box lane{box.row + static_cast<int>(i) * lane_rows, box.column + kLabelColumns, lane_rows,
                   box.columns - kLabelColumns};
    Style style = trace_style(i);
    Dots dots(lane.rows, lane.columns);
    const std::vector<Column> columns = columns_of(picture.traces[i], dots.width(), true);
    mark_gaps(columns, lane, grid);
    draw_line(columns, kLevels, style, dots);
    dots.draw(grid, lane.row, lane.column);
    style.is_bold = true;
    grid.right_text(lane.row, box.column, picture.traces[i].label, kLabelColumns - 1, style);
  }
  const int used = static_cast<int>(fitting) * lane_rows;
  draw_x_axis(picture.x, picture.traces.front().low.size(),
              {box.row, box.column, used + 2, box.columns}, grid);
  if (fitting == count) return;
  grid.right_text(box.row, box.column, std::to_string(count - fitting) + " more", box.columns,
                  {.is_dim = true});
}

void plot_spectrum(const Picture& picture, const std::vector<Span>& spans, Box box, Grid& grid) {
  if (picture.traces.empty() || spans.empty()) return;
  Picture shown = in_decibels(picture);
  for (Trace& trace : shown.traces) {
    if (!is_linear(trace.unit)) trace.unit = trace.unit == "1" ? "dB" : "dB " + trace.unit;
  }
  plot_traces(shown, {spans.front()}, box, grid);
}

void plot_results(const Picture& picture, Box box, Grid& grid) {
  constexpr int kNameColumns = 16;
  constexpr int kValueColumns = 14;
  std::vector<std::string> names;
  for (const NamedResult& result : picture.results) {
    if (std::find(names.begin(), names.end(), result.name) == names.end()) {
      names.push_back(result.name);
    }
  }
  for (std::size_t c = 0; c < picture.channel_names.size(); ++c) {
    Style style = trace_style(c);
    style.is_bold = true;
    const int column = box.column + kNameColumns + static_cast<int>(c) * kValueColumns;
    const int width = std::min(kValueColumns - 1, box.column + box.columns - column);
    if (width > 0) grid.right_text(box.row, column, picture.channel_names[c], width, style);
  }
  for (std::size_t n = 0; n < names.size(); ++n) {
    const int row = box.row + 1 + static_cast<int>(n);
    if (row + 1 == box.row + box.rows && n + 1 < names.size()) {
      grid.text(row, box.column, std::to_string(names.size() - n) + " more", kNameColumns,
                {.is_dim = true});
      return;
    }
    grid.text(row, box.column, names[n], kNameColumns - 1);
    for (const NamedResult& result : picture.results) {
      if (result.name != names[n]) continue;
      const int column =
          box.column + kNameColumns + static_cast<int>(result.channel) * kValueColumns;
      const int width = std::min(kValueColumns - 1, box.column + box.columns - column);
      if (width <= 0) continue;
      const std::string value = result.is_valid ? si_text(result.value, result.unit) : "-";
      grid.right_text(row, column, value, width, {.is_dim = !result.is_valid});
    }
  }
}

Style trace_style(std::size_t channel) {
  constexpr Color kColors[] = {Color::kYellow, Color::kCyan, Color::kMagenta,
                               Color::kGreen,  Color::kBlue, Color::kRed};
  return {.color = kColors[channel % std::size(kColors)]};
}

bool is_linear(const std::string& unit) {
  return unit.starts_with("dB") || unit == "deg" || unit == "rad";
}

float decibels(float value, const std::string& unit) {
  if (is_linear(unit)) return value;
  const bool is_power = unit.find('2') != std::string::npos || unit.find('W') != std::string::npos;
  if (!(value > 0)) return std::numeric_limits<float>::quiet_NaN();
  return (is_power ? 10.0F : 20.0F) * std::log10(value);
}

}  // namespace acq::tool
