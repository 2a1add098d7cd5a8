#include "dsp/pieces.h"

#include <algorithm>

namespace acq {

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
