#include "recording/export/array.h"

namespace acq::exports {

GrowingArray::GrowingArray(const Description& description)
    : topic_(description.topic),
      is_continuous_(description.is_continuous()),
      has_axis_(description.has_axis()),
      start_utc_ns_(description.start_utc_ns),
      columns_(description.channels.size()),
      element_(element_of(description)) {}

Result<std::span<const std::byte>> GrowingArray::take(const Piece& piece) {
  if (!is_continuous_) times_s_.push_back(static_cast<double>(piece.utc_ns - start_utc_ns_) * 1e-9);
  if (!has_axis_) {
    rows_ += piece.count;
    to_rows(piece.columns, piece.count, element_, bytes_);
    return bytes_;
  }
  if (rows_ == 0) {
    length_ = piece.count;
    x_.assign(piece.x.begin(), piece.x.end());
  } else if (piece.count != length_) {
    return fail(Code::kUnsupported,
                "frame " + std::to_string(piece.position) + " of " + topic_ + " has " +
                    std::to_string(piece.count) + " values and those before " +
                    std::to_string(length_) + ", and an array has one length",
                topic_, "csv, datalab");
  }
  ++rows_;
  to_planes(piece.columns, piece.count, element_, bytes_);
  return bytes_;
}

std::vector<std::uint64_t> GrowingArray::shape() const {
  if (has_axis_) return {rows_, columns_, length_};
  return {rows_, columns_};
}

}  // namespace acq::exports
