#include "drivers/replay/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "dsp/base/signal.h"
#include "dsp/base/units.h"

namespace acq::replay {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20;
constexpr std::size_t kMostCells = kMaxChannels + 1;  // and a time column
constexpr char kBlank = ' ';

std::string_view trimmed(std::string_view text) noexcept {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view unquoted(std::string_view text) noexcept {
  const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return is_quoted ? trimmed(text.substr(1, text.size() - 2)) : text;
}

// One line's cells; what is between double quotes is not cut.
void split(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  cells.clear();
  bool is_quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= line.size() && cells.size() <= kMostCells; ++i) {
    const bool is_end = i == line.size();
    if (!is_end && line[i] == '"') is_quoted = !is_quoted;
    const bool is_cut =
        !is_end && !is_quoted && (line[i] == separator || (separator == kBlank && line[i] == '\t'));
    if (!is_end && !is_cut) continue;
    const std::string_view cell = unquoted(trimmed(line.substr(begin, i - begin)));
    begin = i + 1;
    if (cell.empty() && (separator == kBlank || is_end)) continue;  // a row may end in a separator
    cells.push_back(cell);
  }
}

char separator_of(std::string_view line) noexcept {
  for (const char separator : {';', '\t', ','})
    if (line.find(separator) != std::string_view::npos) return separator;
  return kBlank;
}

bool to_number(std::string_view cell, bool has_decimal_comma, double& out) noexcept {
  std::array<char, 64> copy{};
  if (cell.starts_with('+')) cell.remove_prefix(1);
  if (cell.empty() || cell.size() > copy.size()) return false;
  std::copy(cell.begin(), cell.end(), copy.begin());
  if (has_decimal_comma) std::replace(copy.begin(), copy.end(), ',', '.');
  const char* end = copy.data() + cell.size();
  const auto [stop, error] = std::from_chars(copy.data(), end, out);
  return error == std::errc() && stop == end;
}

// "Voltage (mV)" or "Voltage [mV]" to its two parts.
struct Heading {
  std::string_view name;
  std::string_view unit;
};
Heading heading_of(std::string_view cell) noexcept {
  for (const auto& [open, close] : {std::pair{'(', ')'}, {'[', ']'}}) {
    const std::size_t at = cell.rfind(open);
    if (at != std::string_view::npos && cell.ends_with(close))
      return {trimmed(cell.substr(0, at)), trimmed(cell.substr(at + 1, cell.size() - at - 2))};
  }
  return {cell, {}};
}

bool is_time(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"t",    "time",      "times", "seconds",
                                                      "zeit", "timestamp", "x"};
  std::string lower(name.substr(0, 16));
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

class CsvSampleFile final : public SampleFile {
 public:
  CsvSampleFile(Recording recording, std::vector<double> samples)
      : SampleFile(std::move(recording)), samples_(std::move(samples)) {}

  Result<void> read(std::uint64_t first, std::uint32_t count, std::byte* out) override {
    const std::size_t channels = recording_.channels.size();
    std::memcpy(out, samples_.data() + first * channels, count * channels * sizeof(double));
    return {};
  }

 private:
  std::vector<double> samples_;
};

class CsvReader {
 public:
  CsvReader(const std::string& path, std::string_view text, const Hints& hints)
      : path_(path), rest_(text), hints_(hints) {}

  Result<std::unique_ptr<SampleFile>> open() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);  // byte order mark
    std::string_view line;
    for (std::uint64_t i = 0; i < hints_.skip_lines; ++i) next_line(line);
    for (const auto step :
         {&CsvReader::read_first_rows, &CsvReader::read_rows, &CsvReader::find_rate}) {
      if (Result<void> done = (this->*step)(); !done) return tl::unexpected<Error>(done.error());
    }
    return std::make_unique<CsvSampleFile>(std::move(recording_), std::move(samples_));
  }

 private:
  tl::unexpected<Error> bad(std::string_view what, std::string allowed = {}) const {
    return bad_line(path_, line_, what, std::move(allowed));
  }

  bool next_line(std::string_view& line) {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++line_;
    return true;
  }
  bool next_row(std::string_view& line) {
    while (next_line(line)) {
      const std::string_view content = trimmed(line);
      if (!content.empty() && content.front() != '#') return true;
    }
    return false;
  }

  // Separator and columns are those of the first row of numbers; a row before it has the names.
  Result<void> read_first_rows() {
    std::string_view line, names;
    if (!next_row(line)) return bad("holds no numbers", "rows of numbers");
    split(line, separator_of(trimmed(line)), cells_);
    const std::uint64_t names_line = line_;
    double number = 0;
    const bool has_names = !to_number(cells_.front(), true, number);
    if (has_names) {
      names = line;
      if (!next_row(line)) return bad("holds no numbers", "rows of numbers");
    }
    const std::uint64_t first_line = line_;
    separator_ = separator_of(trimmed(line));
    split(line, separator_, cells_);
    columns_ = cells_.size();
    if (has_names) {
      line_ = names_line;
      if (Result<void> named = read_names(names); !named) return named;
    } else {
      recording_.channels = plain_channels(columns_);
    }
    if (Result<void> counted = check_columns(); !counted) return counted;
    line_ = first_line;
    split(line, separator_, cells_);
    return read_row();
  }

  Result<void> check_columns() const {
    const std::size_t channels = columns_ - (has_time_ ? 1 : 0);
    if (channels >= 1 && channels <= kMaxChannels) return {};
    return bad(channels == 0 ? "has a time column and no other" : "has too many columns",
               fmt::format("1 to {} and a time column", kMaxChannels));
  }

  Result<void> read_names(std::string_view names) {
    const bool is_one_name = columns_ == 1 && separator_ == kBlank;
    split(names, is_one_name ? '\0' : separator_, cells_);
    if (cells_.size() != columns_)
      return bad(fmt::format("has {} names", cells_.size()),
                 fmt::format("{} as the row of numbers", columns_));
    for (std::size_t i = 0; i < columns_; ++i) {
      const Heading heading = heading_of(cells_[i]);
      if (!is_clean(heading.name) || !is_clean(heading.unit)) {
        return bad(fmt::format("column {} has the name {}", i + 1, in_quotes(cells_[i])),
                   "up to 256 bytes of UTF-8 without control characters");
      }
      if (i == 0 && is_time(heading.name)) {
        has_time_ = true;
        const Result<double> unit = parse_quantity("1 " + std::string(heading.unit), "s");
        if (!heading.unit.empty() && !unit)
          return bad("the time column has the unit " + in_quotes(heading.unit),
                     "s, ms, us, ns, min, h");
        time_unit_s_ = heading.unit.empty() ? 1 : *unit;
        continue;
      }
      const std::size_t channel = recording_.channels.size();
      recording_.channels.push_back(
          {.id = fmt::format("ch{}", channel), .label = std::string(heading.name)});
      if (!heading.unit.empty()) recording_.channels.back().unit = heading.unit;
    }
    return {};
  }

  Result<void> read_rows() {
    std::string_view line;
    while (next_row(line)) {
      split(line, separator_, cells_);
      if (Result<void> read = read_row(); !read) return read;
    }
    recording_.dtype = Dtype::kF64;
    recording_.scans = samples_.size() / recording_.channels.size();
    if (recording_.scans == 0) return bad("holds no numbers", "rows of numbers");
    for (Channel& channel : recording_.channels) channel.significant_bits = 53;
    return {};
  }

  Result<void> read_row() {
    if (cells_.size() != columns_)
      return bad(fmt::format("has {} columns", cells_.size()),
                 fmt::format("{} as in the first row", columns_));
    for (std::size_t i = 0; i < columns_; ++i) {
      double number = 0;
      if (!to_number(cells_[i], separator_ != ',', number))
        return bad(fmt::format("column {} is {}", i + 1, in_quotes(cells_[i])), "a number");
      if (i > 0 || !has_time_) {
        samples_.push_back(number);
      } else {
        if (!std::isfinite(number)) return bad("the time is not finite", "a number");
        times_.push_back(number * time_unit_s_);
        time_lines_.push_back(line_);
      }
    }
    return {};
  }

  // The rate of a time column is that between its ends; each time must be within half a step of it.
  Result<void> find_rate() {
    recording_.rate_hz = hints_.rate_hz;
    if (!has_time_ || hints_.rate_hz.num > 0) return {};
    const double steps = static_cast<double>(times_.size()) - 1;
    const double step_s = steps < 1 ? 0 : (times_.back() - times_.front()) / steps;
    constexpr double kShortest_s = 1e-12, kLongest_s = 1000;
    if (!(step_s >= kShortest_s && step_s <= kLongest_s))
      return bad("the time column does not go forward", "steps of 1 ps to 1000 s, or give `rate`");
    for (std::size_t i = 0; i < times_.size(); ++i) {
      const double expected = times_.front() + static_cast<double>(i) * step_s;
      if (!(std::abs(times_[i] - expected) <= step_s / 2)) {
        line_ = time_lines_[i];
        return bad(fmt::format("the time {} is off the even step of {} s", times_[i], step_s),
                   "even steps, or give `rate`");
      }
    }
    recording_.rate_hz = rational_from(1 / step_s);
    return {};
  }

  const std::string& path_;
  std::string_view rest_;
  const Hints& hints_;
  std::uint64_t line_ = 0;
  char separator_ = ',';
  std::size_t columns_ = 0;
  bool has_time_ = false;
  double time_unit_s_ = 1;
  std::vector<std::string_view> cells_;
  Recording recording_;
  std::vector<double> samples_;
  std::vector<double> times_;
  std::vector<std::uint64_t> time_lines_;
};

}  // namespace

Result<std::unique_ptr<SampleFile>> open_csv(const std::string& path, const Hints& hints) {
  Result<File> file = File::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  const Result<std::string> text = file->read_text(kMostBytes);
  if (!text) return tl::unexpected<Error>(text.error());
  return CsvReader(path, *text, hints).open();
}

}  // namespace acq::replay
