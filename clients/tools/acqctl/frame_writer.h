// Frames to a file or to standard output.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "clients/cpp/received_frame.h"
#include "dsp/base/result.h"

namespace acq::tool {

// Where bytes go: standard output, or a file that has its name only once it is whole.
class Output {
 public:
  // An empty name: standard output. kIo: the file cannot be made.
  static Result<Output> open(const std::string& file);
  Output(Output&& other) noexcept;
  Output& operator=(Output&&) = delete;
  ~Output();  // a file that was not finished is removed

  Result<void> write(std::string_view bytes);
  // Replaces the first bytes: only for files.
  Result<void> rewrite_start(std::string_view bytes);
  Result<void> finish();
  [[nodiscard]] bool is_file() const noexcept { return !file_.empty(); }

 private:
  Output(std::FILE* stream, std::string file) : stream_(stream), file_(std::move(file)) {}
  [[nodiscard]] std::string part_name() const { return file_ + ".part"; }
  [[nodiscard]] tl::unexpected<Error> trouble(const char* verb) const;

  std::FILE* stream_;
  std::string file_;
};

// Writes the frames of one topic in one format. After an error it is done with.
class FrameWriter {
 public:
  virtual ~FrameWriter() = default;
  // kInvalid: the topic has changed in a way that the format cannot hold.
  virtual Result<void> write(const client::ReceivedFrame& frame) = 0;
  virtual Result<void> finish() = 0;
};

// CSV with a header line. Waveforms: a row a sample, "index,time (s),CHANNEL (UNIT)..."; time
// counts from the first frame's first sample on the instrument's clock. Records and spectra: a row
// a value, "frame,X (UNIT),CHANNEL (UNIT)...". Scalars: a row a frame, "frame,index,CHANNEL NAME
// (UNIT)...", empty where not valid.
std::unique_ptr<FrameWriter> make_csv_writer(Output output);

// One NumPy array, in the topic's own dtype without scale and offset: waveforms (samples,
// channels), records and spectra (frames, channels, values); logic stays packed, without the channels'
// dimension; scalars as float64 (frames, results),
// NaN where not valid. Needs a file.
std::unique_ptr<FrameWriter> make_npy_writer(Output output);

// One JSON object a frame and line: header fields, losses just before, values in physical units.
std::unique_ptr<FrameWriter> make_jsonl_writer(Output output);

// "ch1 (V)": the channel's label or id, and its unit.
std::string channel_title(const client::ReceivedFrame& frame, std::size_t channel);
// The channel's label or id.
std::string channel_name(const client::ReceivedFrame& frame, std::size_t channel);

}  // namespace acq::tool
