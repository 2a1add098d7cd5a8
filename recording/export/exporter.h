// What a recording is written as for other programs: the contract of one format, and the list of them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/base/stream_info.h"

namespace acq::exports {

// One recorded stream ("s/daq/wave") or topic ("d/daq/spectrum"), and where it comes from.
struct Description {
  std::string topic;
  std::string recording;
  std::string run_id;
  std::string software;
  Kind kind = Kind::kWaveform;
  Dtype dtype = Dtype::kUnspecified;
  Rational rate_hz{0, 1};         // of continuous kinds
  std::vector<Channel> channels;  // of kScalars the results; at least one
  Axis axis;                      // of records and spectra
  // Of the first row; of a continuous kind that is the first sample, lost or not.
  std::uint64_t first_index = 0;
  std::int64_t start_utc_ns = 0;
  std::string clock;  // what start_utc_ns goes by, for people

  [[nodiscard]] bool is_continuous() const noexcept { return acq::is_continuous(kind); }
  // Whether a row, frame by frame, has an axis of its own.
  [[nodiscard]] bool has_axis() const noexcept {
    return kind == Kind::kRecord || kind == Kind::kSpectrum;
  }
  // From the first row to this time.
  [[nodiscard]] double seconds_to(std::int64_t utc_ns) const noexcept {
    return static_cast<double>(utc_ns - start_utc_ns) * 1e-9;
  }
  // "s/daq/wave" is "daq/wave".
  [[nodiscard]] std::string_view short_name() const noexcept {
    return std::string_view(topic).substr(2);
  }
};

// The channel's label, or its id.
const std::string& name_of(const Channel& channel) noexcept;
// "" for what has no unit.
std::string_view unit_of(const Channel& channel) noexcept;

// Rows that follow each other: samples of a continuous kind, the values of one record or spectrum, or
// one set of results. What the spans show is valid during the call.
struct Piece {
  std::uint64_t first_index = 0;
  std::uint64_t position =
      0;  // rows since the first one, lost ones included; else the frame's number
  std::size_t count = 0;
  std::int64_t utc_ns = 0;  // of frames
  // In the channels' units, of logic 0 or 1; NaN: lost, or no result.
  std::span<const std::vector<double>> columns = {};
  // Values::kDevice: scan by scan as the device numbers them, little-endian; logic stays packed.
  std::span<const std::byte> raw = {};
  std::span<const double> x = {};  // of records and spectra, in the axis's unit
  bool is_fill = false;            // stands for lost samples: NaN, raw 0
};

// Samples, or frames, known lost in front of the row at `position`; or a reason alone for which it does not adjoin the one before.
struct Gap {
  std::uint64_t first_index = 0;  // of the first sample lost
  std::uint64_t position = 0;     // of its row, as in Piece
  std::uint64_t samples = 0;
  std::uint64_t frames = 0;
  std::uint32_t reasons = 0;
  bool is_exact = true;
  bool is_new_epoch =
      false;  // the stream began anew: how long it stood still, the rows do not tell
  std::int64_t end_utc_ns = 0;  // of the row behind
  // Whether the rows before and behind do not adjoin.
  [[nodiscard]] bool breaks() const noexcept {
    return samples > 0 || frames > 0 || reasons != 0 || is_new_epoch;
  }
};
// The one followed by the other, with no row between them.
Gap joined(const Gap& first, const Gap& second) noexcept;
// "usb, ring_full".
std::string reasons_text(std::uint32_t reasons);

struct Event {
  std::int64_t utc_ns = 0;  // on the file's clock, as start_utc_ns
  std::string source;
  std::string what;
  std::string sentence;
};

enum class Values : std::uint8_t { kPhysical, kDevice };

// Writes one file, or what belongs together as one: topic after topic, each begin() (append() | gap()
// | event())* end(), and finish() at last. After an error it is done with: destroyed without finish()
// it leaves nothing behind. One thread; holds no more than a few pieces and the list of gaps.
class Exporter {
 public:
  virtual ~Exporter() = default;
  // kUnsupported says what the format cannot hold, and which one can.
  virtual Result<void> begin(const Description& description) = 0;
  virtual Result<void> append(const Piece& piece) = 0;
  virtual Result<void> gap(const Gap& gap) = 0;
  virtual Result<void> event(const Event& event) = 0;
  virtual Result<void> end() = 0;
  // The file is whole, on the disk, and has its name. Gives the names.
  virtual Result<std::vector<std::string>> finish() = 0;
};

// One that writes what lies between the rows of a topic behind them: keeps it until end().
class ListingExporter : public Exporter {
 public:
  Result<void> begin(const Description& description) override {
    description_ = description;
    gaps_.clear();
    events_.clear();
    return {};
  }
  Result<void> gap(const Gap& gap) override {
    gaps_.push_back(gap);
    return {};
  }
  Result<void> event(const Event& event) override {
    events_.push_back(event);
    return {};
  }

 protected:
  Description description_;
  std::vector<Gap> gaps_;
  std::vector<Event> events_;
};

struct Format {
  std::string_view name;
  std::string_view summary;
  bool has_many_topics = false;
  bool is_filled = false;  // lost samples take their rows: append() is told of them with is_fill
  Values values = Values::kPhysical;
  std::unique_ptr<Exporter> (*make)(const std::string& path) = nullptr;
};

// All there are, in the order of the documentation.
std::span<const Format> formats() noexcept;
// kNotFound lists those there are.
Result<const Format*> find_format(std::string_view name);

}  // namespace acq::exports
