// segment: cuts a waveform into records of fixed length, one behind the other or overlapping.
//
// In       (channels, samples) float32, any unit; waveform or logic
// Out      (channels, length) float32, same units, same rate; record with its x axis from 0 s
// Params   length, length_time    samples or seconds of a record, 1 or more, no default
//          overlap, overlap_time  samples or seconds a record shares with the one before, 0 to
//                                 length - 1, 0
// Latency  length - 1 samples for the first sample of a record
// Cost     1 copy of each sample, 2 where records overlap
// Errors   kInvalid: neither waveform nor logic, lengths out of range or given twice
// Numerics samples are copied, NaN included
// Gaps     reset: a record never spans one; the unfinished one is dropped and the next starts
//          behind the gap, which it tells
// Source   own derivation
// Checked  tests/dsp/segment_test.cpp, closed form, any cut; tests/validation, numpy
#include <algorithm>

#include "dsp/base/planes.h"
#include "dsp/framing.h"
#include "dsp/length_params.h"

namespace acq {
namespace {

class Segment final : public Block {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if (const auto fits = need_kind(in, "segment", {Kind::kWaveform, Kind::kLogic}); !fits) {
      return tl::unexpected(fits.error());
    }
    const auto length =
        length_of(params, "length", in.rate_hz, 1, kMaxPieceSamples / in.channels.size());
    if (!length) return tl::unexpected(length.error());
    const auto overlap = length_of(params, "overlap", in.rate_hz, 0, *length - 1, 0);
    if (!overlap) return tl::unexpected(overlap.error());
    rate_hz_ = in.rate_hz;
    length_ = *length;
    overlap_ = *overlap;
    record_ = Planes(in.channels.size(), length_);
    tail_ = Planes(in.channels.size(), overlap_);
    recent_ = RecentMarks(overlap_);

    SignalInfo out = in;
    out.kind = Kind::kRecord;
    out.max_count = length_;
    out.axis = {"time", "s", AxisRule::kLinear, 0, 1 / in.rate_hz.value()};
    out.results = {};
    return out;
  }

  Yield process(const Chunk& in, Chunk& out) noexcept override {
    if (!in_chunk_) open(in);
    if (has_tail_) carry_tail();
    if (filled_ == 0) {
      start_ = in.first_index + at_;
      marks_ = {};
      marks_.add(in);
    }
    const std::size_t count = std::min(length_ - filled_, in.count - at_);
    for (std::size_t c = 0; c < in.channels; ++c) {
      std::copy_n(in.planes[c] + at_, count, record_[c] + filled_);
    }
    filled_ += count;
    at_ += count;
    if (filled_ < length_) {
      in_chunk_ = false;
      recent_.add(in);
      return Yield::kNone;
    }
    finish(in, out);
    return Yield::kMore;
  }

  void adopt(Block& before) noexcept override {
    auto& other = static_cast<Segment&>(before);
    if (length_ == other.length_ && overlap_ == other.overlap_) {
      std::swap(*this, other);
    } else {
      gaps_ = other.gaps_;
    }
  }

 private:
  void open(const Chunk& in) noexcept {
    in_chunk_ = true;
    at_ = 0;
    gaps_.add(in.gap_before);
    if (!continuity_.follows(in)) {
      filled_ = 0;
      has_tail_ = false;
      recent_.clear();
    }
    marks_.add(in);
  }

  void finish(const Chunk& in, Chunk& out) noexcept {
    record_.lend(out.planes);
    out.count = static_cast<std::uint32_t>(length_);
    out.axis_start.reset();
    place(in, start_, rate_hz_, out);
    describe(marks_, gaps_, out);
    filled_ = 0;
    if (overlap_ == 0) return;
    // The next block may write over record_, so what the next record starts with is set aside.
    for (std::size_t c = 0; c < in.channels; ++c) {
      std::copy_n(record_[c] + (length_ - overlap_), overlap_, tail_[c]);
    }
    has_tail_ = true;
    marks_ = overlap_ > at_ ? recent_.all() : Marks{};
    marks_.add(in);
  }

  void carry_tail() noexcept {
    for (std::size_t c = 0; c < tail_.channels(); ++c) {
      std::copy_n(tail_[c], overlap_, record_[c]);
    }
    has_tail_ = false;
    filled_ = overlap_;
    start_ += length_ - overlap_;
  }

  Rational rate_hz_;
  std::size_t length_ = 1;
  std::size_t overlap_ = 0;
  Continuity continuity_;
  Gap gaps_;  // since the last record
  RecentMarks recent_;
  bool in_chunk_ = false;
  std::size_t at_ = 0;  // place in the present chunk

  Planes record_;
  std::size_t filled_ = 0;
  std::uint64_t start_ = 0;  // index of the record's first sample
  Marks marks_;
  Planes tail_;
  bool has_tail_ = false;
};

constexpr ParamSpec kParams[] = {
    samples_param("length", 1, kMaxPieceSamples, "samples of a record"),
    time_param("length_time"),
    samples_param("overlap", 0, kMaxPieceSamples,
                  "samples shared with the record before; 0 when not given"),
    time_param("overlap_time"),
};

}  // namespace

extern const BlockEntry block_segment;
const BlockEntry block_segment{
    .name = "segment",
    .summary = "cuts a waveform into records of fixed length",
    .params = kParams,
    .latency = "length - 1 samples",
    .cost = "1 to 2 copies",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Segment>(); },
    .example = [] { return Table{{"length", 100.0}, {"overlap", 25.0}}; },
    .takes_logic = true,
};

}  // namespace acq
