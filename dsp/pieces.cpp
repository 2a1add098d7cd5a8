#include "dsp/pieces.h"

#include <fmt/format.h>

#include <algorithm>

#include "dsp/base/units.h"

namespace acq {

Result<ValueRange> value_range(std::span<const Channel> channels, const Params& params) {
  const std::string& unit = channels[0].unit;
  ValueRange range{channels[0].range_min, channels[0].range_max};
  for (const Channel& channel : channels) {
    if (channel.unit != unit) {
      return fail(
          Code::kInvalid,
          fmt::format("channels in {} and in {} have no x axis together", unit, channel.unit), {},
          "channels of one unit");
    }
    range.lower = std::min(range.lower, channel.range_min);
    range.upper = std::max(range.upper, channel.range_max);
  }
  for (const auto& [name, bound] : {std::pair{"lower", &range.lower}, {"upper", &range.upper}}) {
    if (!params.has(name)) continue;
    const auto value = params.number_in(name, unit);
    if (!value) return tl::unexpected(value.error());
    *bound = *value;
  }
  if (range.lower < range.upper) return range;
  return fail(Code::kInvalid,
              fmt::format("the range is {} to {}", format_quantity(range.lower, unit),
                          format_quantity(range.upper, unit)),
              "lower", "lower below upper");
}

Result<void> PieceBlock::read_length(const SignalInfo& in, const Params& params) {
  cuts_ = is_continuous(in.kind);
  rate_hz_ = in.rate_hz;
  length_ = in.max_count;
  if (cuts_) {
    const auto length = length_of(params, "length", in.rate_hz, 1, kLongestPiece);
    if (!length) return tl::unexpected(length.error());
    length_ = *length;
  } else if (params.has("length") || params.has("length_time")) {
    return fail(Code::kInvalid, "records have their own length",
                params.has("length") ? "length" : "length_time", "no length for records");
  }
  return {};
}

Yield PieceBlock::process(const Chunk& in, Chunk& out) noexcept {
  if (!cuts_) {
    out.triggers = {};
    clear();
    add(in, 0, in.count);
    finish(out);
    return Yield::kLast;
  }
  if (!in_chunk_) open(in);
  if (done_ == 0) {
    start_ = in.first_index + at_;
    marks_ = {};
    marks_.add(in);
    clear();
  }
  const std::size_t count = std::min<std::uint64_t>(length_ - done_, in.count - at_);
  add(in, at_, at_ + count);
  done_ += count;
  at_ += count;
  if (done_ < length_) {
    in_chunk_ = false;
    return Yield::kNone;
  }
  done_ = 0;
  place(in, start_, rate_hz_, out);
  describe(marks_, gaps_, out);
  finish(out);
  return Yield::kMore;
}

void PieceBlock::open(const Chunk& in) noexcept {
  in_chunk_ = true;
  at_ = 0;
  gaps_.add(in.gap_before);
  if (!continuity_.follows(in)) done_ = 0;
  marks_.add(in);
}

void PieceBlock::adopt(Block& before) noexcept {
  auto& other = static_cast<PieceBlock&>(before);
  gaps_ = other.gaps_;
  continuity_ = other.continuity_;
  if (!cuts_ || other.done_ >= length_ || !adopt_piece(other)) return;
  done_ = other.done_;
  start_ = other.start_;
  marks_ = other.marks_;
}

}  // namespace acq
