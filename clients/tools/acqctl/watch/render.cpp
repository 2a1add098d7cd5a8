#include "clients/tools/acqctl/watch/render.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "clients/tools/acqctl/values.h"
#include "clients/tools/acqctl/watch/plot.h"

namespace acq::tool {
namespace {

constexpr int kRateColumns = 6;
constexpr int kLostColumns = 6;
constexpr int kBars = 2;  // figures and keys, below everything
constexpr const char* kKeys =
    "↑↓ stream  space pause  p set  + - zoom  a auto  o overlay  ? help  q quit";
constexpr const char* kHelp[] = {
    "up, down     the stream before, the next one",
    "space        pause and go on; the losses go on being counted",
    "p            change a parameter: PATH=VALUE; Tab completes, up and down scroll,",
    "             Enter sends, Esc leaves",
    "+ -          larger, smaller on the y axis (holds the scale)",
    "a            automatic y scale",
    "o            all channels in one lane, or a lane each",
    "?            this help",
    "q            quit",
    "",
    "LOST counts samples lost before the publisher since the view began.",
    "Below, for the stream shown: samples lost upstream, frames lost in transport.",
    "A dotted column in a trace is a gap, or where a new record begins.",
};

// "950", "12k", "3.4M": five characters at most.
std::string short_count(double count) {
  char text[32];
  if (count < 10'000) {
    std::snprintf(text, sizeof text, "%.0f", count);
    return text;
  }
  constexpr const char* kSuffixes[] = {"k", "M", "G", "T", "P", "E"};
  int suffix = -1;
  while (count >= 999.5 && suffix < 5) {
    count /= 1000;
    ++suffix;
  }
  std::snprintf(text, sizeof text, count < 9.95 ? "%.1f%s" : "%.0f%s", count, kSuffixes[suffix]);
  return text;
}

// Two significant digits, which is all that a figure in motion has.
std::string brief(double value, std::string_view unit) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.1e", value);
  return si_text(std::strtod(digits, nullptr), unit);
}

std::string rate_text(double hz) {
  char text[32];
  std::snprintf(text, sizeof text, hz > 0 && hz < 9.95 ? "%.1f/s" : "%.0f/s", hz);
  return hz >= 10'000 ? short_count(hz) + "/s" : text;
}

void draw_title(const View& view, Grid& grid) {
  grid.fill(0, 0, grid.columns(), U' ', {.is_reversed = true});
  const std::string state =
      view.has_daemon ? view.software + "  configuration " + std::to_string(view.config_revision)
                      : "no daemon answers; waiting";
  const int used = grid.text(0, 1, state, grid.columns() - 2, {.is_reversed = true});
  const std::string right = view.is_paused ? "PAUSED  " + view.endpoint : view.endpoint;
  grid.right_text(0, used + 3, right, grid.columns() - used - 4,
                  {.is_bold = view.is_paused, .is_reversed = true});
}

// Without the "d/" that all share.
std::string_view short_name(const std::string& topic) {
  std::string_view name = topic;
  if (name.starts_with("d/")) name.remove_prefix(2);
  return name;
}

int list_columns(const View& view, int columns) {
  std::size_t longest = 8;
  for (const TopicLine& line : view.topics)
    longest = std::max(longest, short_name(line.topic).size());
  const int wanted =
      static_cast<int>(std::min<std::size_t>(longest, 40)) + 2 + kRateColumns + kLostColumns;
  return std::min(wanted, std::max(columns * 2 / 5, 20));
}

void draw_list(const View& view, Box box, Grid& grid) {
  const int name_columns = box.columns - 2 - kRateColumns - kLostColumns;
  const int rate_column = box.column + 2 + name_columns;
  grid.text(box.row, box.column + 2, "TOPIC", name_columns, {.is_dim = true});
  grid.right_text(box.row, rate_column, "RATE", kRateColumns, {.is_dim = true});
  grid.right_text(box.row, rate_column + kRateColumns, "LOST", kLostColumns, {.is_dim = true});
  const int room = box.rows - 1;
  // The selected one stays in sight.
  const int first = std::max(0, static_cast<int>(view.selected) - room + 1);
  for (int i = 0; i < room; ++i) {
    const auto number = static_cast<std::size_t>(first + i);
    if (number >= view.topics.size()) break;
    const TopicLine& line = view.topics[number];
    const bool is_selected = number == view.selected;
    const int row = box.row + 1 + i;
    const Style style{.is_bold = is_selected, .is_dim = !line.is_active && !is_selected};
    if (is_selected) grid.put(row, box.column, U'▸', style);
    grid.text(row, box.column + 2, short_name(line.topic), name_columns, style);
    // Of the one shown, what arrives here is known better and sooner.
    const double rate_hz =
        is_selected && view.frame_rate_hz > 0 ? view.frame_rate_hz : line.rate_hz;
    const bool is_active = line.is_active || (is_selected && view.frame_rate_hz > 0);
    grid.right_text(row, rate_column, is_active ? rate_text(rate_hz) : "idle", kRateColumns, style);
    const Style lost{.color = line.lost_samples > 0 ? Color::kRed : Color::kPlain,
                     .is_bold = line.lost_samples > 0,
                     .is_dim = style.is_dim};
    grid.right_text(row, rate_column + kRateColumns,
                    short_count(static_cast<double>(line.lost_samples)), kLostColumns, lost);
  }
}

void draw_picture(const View& view, Box box, Grid& grid) {
  const Picture& picture = view.picture;
  const std::string topic =
      view.selected < view.topics.size() ? view.topics[view.selected].topic : "";
  const int used = grid.text(box.row, box.column, topic, box.columns, {.is_bold = true});
  grid.text(box.row, box.column + used + 2, picture.facts, box.columns - used - 2,
            {.is_dim = true});
  const Box inner{box.row + 1, box.column, box.rows - 1, box.columns};
  if (!picture.results.empty()) return plot_results(picture, inner, grid);
  if (picture.traces.empty()) {
    const char* text = topic.empty() ? "no stream" : "waiting for a frame";
    grid.text(inner.row + inner.rows / 2, inner.column + 2, text, inner.columns - 2,
              {.is_dim = true});
    return;
  }
  if (picture.is_logic) return plot_logic(picture, inner, grid);
  const std::vector<Span> spans =
      view.held.empty() ? automatic_spans(picture, view.overlays) : view.held;
  if (picture.kind == Kind::kSpectrum) return plot_spectrum(picture, spans, inner, grid);
  plot_traces(picture, spans, inner, grid);
}

// As many rows as it takes, the last of them `row`.
void draw_message(const View& view, int row, Grid& grid) {
  const Style style{.color = view.is_refusal ? Color::kRed : Color::kGreen,
                    .is_bold = view.is_refusal};
  const std::u32string text = decode_utf8(view.message);
  const auto width = static_cast<std::size_t>(std::max(grid.columns() - 2, 1));
  const int lines = static_cast<int>((text.size() + width - 1) / width);
  for (int i = 0; i < lines; ++i) {
    const int place = row - lines + 1 + i;
    grid.fill(place, 0, grid.columns(), U' ');
    const std::size_t first = static_cast<std::size_t>(i) * width;
    for (std::size_t k = first; k < std::min(first + width, text.size()); ++k) {
      grid.put(place, 1 + static_cast<int>(k - first), text[k], style);
    }
  }
}

void draw_figures(const View& view, int row, Grid& grid) {
  if (view.is_prompting && !view.message.empty()) return draw_message(view, row, grid);
  const client::Losses& losses = view.losses;
  int column = 1;
  const auto add = [&](const std::string& text, Style style = {}) {
    column += grid.text(row, column, text, grid.columns() - column - 1, style);
  };
  const auto loss_style = [](bool is_lossy) {
    return Style{.color = is_lossy ? Color::kRed : Color::kPlain, .is_bold = is_lossy};
  };
  add(rate_text(view.frame_rate_hz) + "  " + brief(view.bytes_per_s, "B/s") + "  lost ");
  add("upstream " + short_count(static_cast<double>(losses.upstream.samples)),
      loss_style(losses.upstream.samples > 0));
  add(", ");
  add("transport " + short_count(static_cast<double>(losses.transport_frames)),
      loss_style(losses.transport_frames > 0));
  if (losses.restarts > 0) {
    add(", restarts " + short_count(static_cast<double>(losses.restarts)));
  }
  if (view.malformed > 0) {
    add(", malformed " + short_count(static_cast<double>(view.malformed)), loss_style(true));
  }
  if (view.latency_p50_s && view.latency_p99_s) {
    add("  latency " + brief(*view.latency_p50_s, "s") + ", p99 " +
        brief(*view.latency_p99_s, "s"));
  }
}

void draw_bottom(const View& view, int row, Grid& grid) {
  if (view.is_prompting) {
    const int used = grid.text(row, 0, "PATH=VALUE> ", grid.columns(), {.is_bold = true});
    // The end of a long text is what one types at.
    const std::u32string typed = decode_utf8(view.prompt);
    const auto room = static_cast<std::size_t>(std::max(grid.columns() - used - 1, 1));
    const std::size_t skip = typed.size() > room ? typed.size() - room : 0;
    int column = used;
    for (std::size_t i = skip; i < typed.size(); ++i) grid.put(row, column++, typed[i]);
    grid.put(row, column, U' ', {.is_reversed = true});
    return;
  }
  if (!view.message.empty()) return draw_message(view, row, grid);
  grid.text(row, 1, kKeys, grid.columns() - 2, {.is_dim = true});
}

void draw_help(Box box, Grid& grid) {
  int row = box.row + 1;
  for (const char* line : kHelp) grid.text(row++, box.column + 2, line, box.columns - 4);
}

void draw_settings(const View& view, Box box, Grid& grid) {
  const int room = settings_shown(grid.rows());
  const int path_columns = std::min(42, box.columns / 2);
  const int value_columns = std::min(20, box.columns / 4);
  grid.text(box.row, box.column + 2, "PARAMETERS", path_columns, {.is_dim = true});
  grid.text(box.row, box.column + 2 + path_columns, "VALUE", value_columns, {.is_dim = true});
  grid.text(box.row, box.column + 2 + path_columns + value_columns, "ALLOWED", 10,
            {.is_dim = true});
  if (view.settings.empty()) {
    const char* text = view.has_daemon ? "asking the daemon" : "no daemon answers";
    grid.text(box.row + 2, box.column + 2, text, box.columns, {.is_dim = true});
  }
  for (int i = 0; i < room; ++i) {
    const std::size_t number = view.first_setting + static_cast<std::size_t>(i);
    if (number >= view.settings.size()) break;
    const SettingLine& line = view.settings[number];
    const int row = box.row + 1 + i;
    const int column = box.column + 2;
    grid.text(row, column, line.path, path_columns - 1);
    grid.text(row, column + path_columns, line.value, value_columns - 1, {.is_bold = true});
    grid.text(row, column + path_columns + value_columns, line.allowed,
              box.columns - path_columns - value_columns - 3, {.is_dim = true});
  }
}

}  // namespace

int settings_shown(int rows) {
  return std::max(rows - kBars - 2, 0);
}

Grid render(const View& view, int rows, int columns) {
  Grid grid(rows, columns);
  draw_title(view, grid);
  const Box all{1, 0, rows - 1 - kBars, columns};
  if (view.overlay == Overlay::kHelp) {
    draw_help(all, grid);
  } else if (view.overlay == Overlay::kSettings) {
    draw_settings(view, all, grid);
  } else {
    const int list = list_columns(view, columns);
    draw_list(view, {all.row, 0, all.rows, list}, grid);
    for (int i = 0; i < all.rows; ++i) grid.put(all.row + i, list, U'│', {.is_dim = true});
    draw_picture(view, {all.row, list + 2, all.rows, columns - list - 2}, grid);
  }
  draw_figures(view, rows - 2, grid);
  draw_bottom(view, rows - 1, grid);
  return grid;
}

}  // namespace acq::tool
