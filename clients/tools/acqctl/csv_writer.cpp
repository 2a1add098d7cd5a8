#include <charconv>
#include <vector>

#include "clients/tools/acqctl/frame_writer.h"

namespace acq::tool {
namespace {

void append(double value, Dtype dtype, std::string& out) {
  char buffer[40];
  // The shortest text that reads back as the same number of the same type.
  const auto end = dtype == Dtype::kF32
                       ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<float>(value))
                       : std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end.ptr);
}

// RFC 4180: quoted where a comma or quote would break the line.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

class CsvWriter final : public FrameWriter {
 public:
  explicit CsvWriter(Output output) : output_(std::move(output)) {}

  Result<void> write(const client::ReceivedFrame& frame) override {
    const bool is_scalars = frame.header().kind == Kind::kScalars;
    const std::size_t columns = is_scalars ? frame.header().results.size() : frame.channels();
    text_.clear();
    if (!has_begun_) {
      begin(frame, columns);
    } else if (columns != columns_) {
      return fail(Code::kInvalid,
                  "frame " + std::to_string(frame.header().sequence) + " has " +
                      std::to_string(columns) + " columns instead of " + std::to_string(columns_),
                  frame.topic(), std::to_string(columns_) + " columns");
    }
    if (is_scalars) {
      add_results(frame);
    } else {
      add_values(frame);
    }
    return output_.write(text_);
  }

  Result<void> finish() override { return output_.finish(); }

 private:
  void begin(const client::ReceivedFrame& frame, std::size_t columns) {
    const FrameHeader& header = frame.header();
    has_begun_ = true;
    columns_ = columns;
    first_ticks_ = header.stamp.t0_ticks;
    if (header.kind == Kind::kScalars) {
      text_ = "frame,index";
      for (const NamedResult& result : header.results) {
        const std::string unit =
            result.unit.empty() || result.unit == "1" ? "" : " (" + result.unit + ")";
        text_ += "," + cell(channel_name(frame, result.channel) + " " + result.name + unit);
      }
    } else {
      text_ = is_continuous(header.kind) ? "index,time (s)" : "frame," + x_title(header);
      for (std::size_t i = 0; i < columns; ++i) text_ += "," + cell(channel_title(frame, i));
    }
    text_ += '\n';
  }

  static std::string x_title(const FrameHeader& header) {
    if (header.axes.empty()) return "x";
    const Axis& axis = header.axes.front();
    return cell(axis.name + (axis.unit.empty() ? "" : " (" + axis.unit + ")"));
  }

  void add_results(const client::ReceivedFrame& frame) {
    text_ +=
        std::to_string(frame.header().sequence) + "," + std::to_string(frame.header().first_index);
    for (const NamedResult& result : frame.header().results) {
      text_ += ',';
      if (result.is_valid) append(result.value, Dtype::kF64, text_);
    }
    text_ += '\n';
  }

  void add_values(const client::ReceivedFrame& frame) {
    const FrameHeader& header = frame.header();
    const bool is_waveform = is_continuous(header.kind);
    const double start_s =
        static_cast<double>(header.stamp.t0_ticks - first_ticks_) * header.stamp.tick_s.value();
    channels_.resize(columns_);
    for (std::size_t i = 0; i < columns_; ++i) frame.channel(i, channels_[i]);
    for (std::size_t i = 0; i < header.count; ++i) {
      text_ += std::to_string(is_waveform ? header.first_index + i : header.sequence) + ",";
      append(is_waveform ? start_s + frame.x(i) : frame.x(i), Dtype::kF64, text_);
      for (const std::vector<double>& channel : channels_) {
        text_ += ',';
        if (i < channel.size()) append(channel[i], header.dtype, text_);
      }
      text_ += '\n';
    }
  }

  Output output_;
  std::string text_;
  std::vector<std::vector<double>> channels_;
  bool has_begun_ = false;
  std::size_t columns_ = 0;
  std::int64_t first_ticks_ = 0;
};

}  // namespace

std::unique_ptr<FrameWriter> make_csv_writer(Output output) {
  return std::make_unique<CsvWriter>(std::move(output));
}

}  // namespace acq::tool
