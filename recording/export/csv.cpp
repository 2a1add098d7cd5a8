// CSV (RFC 4180): a row a sample, value or set of results; gaps have columns of their own.
#include <charconv>
#include <cmath>

#include "recording/export/draft.h"
#include "recording/export/formats.h"
#include "recording/export/samples.h"

namespace acq::exports {
namespace {

// The shortest text that reads back as the same number; nothing for NaN.
template <typename T>
void put(T value, std::string& out) {
  if (std::isnan(value)) return;
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value);
  out.append(text, end.ptr);
}

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string title(const std::string& name, std::string_view unit) {
  return cell(name + (unit.empty() ? "" : " (" + std::string(unit) + ")"));
}

class CsvExporter final : public Exporter {
 public:
  explicit CsvExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    auto file = Draft::create(path_);
    if (!file) return tl::unexpected<Error>(file.error());
    file_ = std::move(*file);
    description_ = description;
    is_single_ = element_of(description) == Element::kF32;
    const std::string time = cell("time since " + iso_time(description.start_utc_ns) + " (s)");
    text_ = (description.is_continuous() ? "index," : "frame,") + time;
    if (description_.has_axis()) {
      const Axis& axis = description.axis;
      text_ += "," + title(axis.name.empty() ? "x" : axis.name, axis.unit == "1" ? "" : axis.unit);
    }
    for (const Channel& channel : description.channels)
      text_ += "," + title(name_of(channel), unit_of(channel));
    text_ += ",samples lost before";
    if (!description.is_continuous()) text_ += ",frames lost before";
    text_ += ",reasons\r\n";
    return file_.append(text_);
  }

  Result<void> append(const Piece& piece) override {
    text_.clear();
    for (std::size_t i = 0; i < piece.count; ++i) {
      if (description_.is_continuous()) {
        begin_row(piece.first_index + i, time_s(piece.position + i));
      } else {
        begin_row(piece.position, description_.seconds_to(piece.utc_ns));
      }
      if (description_.has_axis()) {
        text_ += ',';
        put(piece.x[i], text_);
      }
      for (const std::vector<double>& column : piece.columns) {
        text_ += ',';
        if (is_single_) {
          put(static_cast<float>(column[i]), text_);
        } else {
          put(column[i], text_);
        }
      }
      end_row();
    }
    return file_.append(text_);
  }

  Result<void> gap(const Gap& gap) override {
    gap_ = has_gap_ ? joined(gap_, gap) : gap;
    has_gap_ = true;
    return {};
  }

  Result<void> event(const Event& /*event*/) override { return {}; }

  // What was lost behind the last sample has a row without values.
  Result<void> end() override {
    if (!has_gap_) return {};
    text_.clear();
    const std::uint64_t behind = gap_.first_index + gap_.samples;
    begin_row(behind, time_s(behind - description_.first_index));
    text_.append(description_.channels.size(), ',');
    end_row();
    return file_.append(text_);
  }

  Result<std::vector<std::string>> finish() override {
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  [[nodiscard]] double time_s(std::uint64_t row) const noexcept {
    return seconds_of(row, description_.rate_hz);
  }

  void begin_row(std::uint64_t number, double time_s) {
    char digits[24];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    text_ += ',';
    put(time_s, text_);
  }

  void end_row() {
    const std::size_t empty = description_.is_continuous() ? 2 : 3;
    if (!has_gap_) {
      text_.append(empty, ',');
    } else {
      text_ += "," + std::to_string(gap_.samples);
      if (!description_.is_continuous()) text_ += "," + std::to_string(gap_.frames);
      text_ += "," + cell(gap_text(gap_));
      has_gap_ = false;
    }
    text_ += "\r\n";
  }

  const std::string path_;
  Draft file_;
  Description description_;
  bool is_single_ = false;
  bool has_gap_ = false;
  Gap gap_;
  std::string text_;
};

}  // namespace

std::unique_ptr<Exporter> make_csv(const std::string& path) {
  return std::make_unique<CsvExporter>(with_extension(path, "csv"));
}

}  // namespace acq::exports
