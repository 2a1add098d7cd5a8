// The seam between the replay driver and the file formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/replay/file.h"
#include "dsp/base/stream_info.h"
#include "dsp/base/time.h"

namespace acq::replay {

// Samples that the recording has lost in front of scan `scan`, which is not the first.
struct RecordedGap {
  std::uint64_t scan = 0;
  Gap gap;
};

// What a file says of its samples; whatever is here has been checked.
struct Recording {
  Dtype dtype = Dtype::kF32;
  Layout layout = Layout::kInterleaved;
  std::vector<Channel> channels;
  std::uint64_t scans = 0;  // samples per channel, at least 1
  Rational rate_hz{0, 1};   // 0: the file does not say
  std::optional<std::int64_t> start_utc_ns;
  double start_sigma_ns = kUnknown;
  std::string recorder;                // the instrument, in the words of the file
  std::vector<RecordedGap> gaps = {};  // in their order, at most one in front of a scan
};

// What a user says of a file that does not say it itself.
struct Hints {
  Rational rate_hz{0, 1};  // 0: not given
  std::uint64_t skip_lines = 0;
  bool is_channels_first = false;  // of a two-dimensional array
};

// Samples of one recording by their number. One thread.
class SampleFile {
 public:
  virtual ~SampleFile() = default;

  // Scans first .. first + count - 1, which must exist, in host byte order and recording().layout.
  // kIo when the file has changed meanwhile.
  virtual Result<void> read(std::uint64_t first, std::uint32_t count, std::byte* out) = 0;

  [[nodiscard]] const Recording& recording() const noexcept { return recording_; }

 protected:
  explicit SampleFile(Recording recording) : recording_(std::move(recording)) {}
  Recording recording_;
};

enum class Format : std::uint8_t { kAuto, kWav, kSigmf, kCsv, kNpy };

// Opens a file of a format; kAuto goes by the ending of the name. Errors say file, line or byte,
// what is wrong and what is allowed.
Result<std::unique_ptr<SampleFile>> open_sample_file(const std::string& path, Format format,
                                                     const Hints& hints);

// How samples lie in a file, one after the other from a byte on.
struct RawLayout {
  std::uint64_t first_byte = 0;
  std::size_t stored_bytes = 0;  // of one sample; 3 only with kI32
  bool is_big_endian = false;
};

// Samples that need no parsing. The caller has checked that all of them lie within the file.
std::unique_ptr<SampleFile> open_raw(File file, Recording recording, RawLayout layout);

// How many whole scans lie in `bytes` bytes; kInvalid at `first_byte` when they are none, not
// whole, or reach beyond the end of the file.
Result<std::uint64_t> whole_scans(const File& file, std::uint64_t first_byte, std::uint64_t bytes,
                                  std::size_t scan_bytes);

// `count` channels named ch0, ch1 ...
std::vector<Channel> plain_channels(std::size_t count);

}  // namespace acq::replay
