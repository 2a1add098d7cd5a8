#include <cmath>
#include <cstring>
#include <vector>

#include "clients/tools/acqctl/frame_writer.h"

namespace acq::tool {
namespace {

// Room for the largest header of ours; NumPy's format wants a multiple of 64.
constexpr std::size_t kHeaderBytes = 192;

std::string dtype_word(Dtype dtype) {
  switch (dtype) {
    case Dtype::kI8: return "|i1";
    case Dtype::kU8: return "|u1";
    case Dtype::kI16: return "<i2";
    case Dtype::kU16: return "<u2";
    case Dtype::kI32: return "<i4";
    case Dtype::kF32: return "<f4";
    case Dtype::kF64: return "<f8";
    case Dtype::kC64: return "<c8";
    case Dtype::kUnspecified: break;
  }
  return "|u1";
}

// Source: NumPy Enhancement Proposal 1, format version 1.0.
std::string npy_header(Dtype dtype, const std::vector<std::uint64_t>& shape) {
  std::string sizes;
  for (const std::uint64_t size : shape) sizes += std::to_string(size) + ", ";
  std::string text =
      "{'descr': '" + dtype_word(dtype) + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  ACQ_CHECK(text.size() + 11 <= kHeaderBytes);
  text.resize(kHeaderBytes - 11, ' ');
  const std::size_t length = kHeaderBytes - 10;
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(length & 0xFF) +
         static_cast<char>(length >> 8) + text + "\n";
}

// What one frame adds: rows of this shape. Packed bits stay packed.
struct Piece {
  Dtype dtype = Dtype::kF64;
  std::vector<std::uint64_t> row;
  std::uint64_t rows = 0;
  bool operator==(const Piece&) const = default;
};

Piece piece_of(const client::ReceivedFrame& frame) {
  const FrameHeader& header = frame.header();
  if (header.kind == Kind::kScalars) return {Dtype::kF64, {header.results.size()}, 1};
  if (header.kind == Kind::kLogic) return {header.dtype, {}, header.count};
  if (holds_bits(header)) return {header.dtype, {header.count}, 1};
  if (is_continuous(header.kind)) return {header.dtype, {frame.channels()}, header.count};
  return {header.dtype, {frame.channels(), header.count}, 1};
}

// The frame's values with the outer of the two dimensions given.
void add_values(const client::ReceivedFrame& frame, Layout wanted, std::string& out) {
  const std::span<const std::byte> payload = frame.payload();
  const auto* bytes = reinterpret_cast<const char*>(payload.data());
  if (frame.header().layout == wanted || holds_bits(frame.header())) {
    out.append(bytes, payload.size());
    return;
  }
  const std::size_t size = size_of(frame.header().dtype);
  const auto count = static_cast<std::size_t>(frame.header().count);
  const std::size_t channels = frame.channels();
  const std::size_t inner = frame.header().layout == Layout::kPlanar ? count : channels;
  const std::size_t outer = frame.header().layout == Layout::kPlanar ? channels : count;
  for (std::size_t i = 0; i < inner; ++i) {
    for (std::size_t j = 0; j < outer; ++j) out.append(bytes + (j * inner + i) * size, size);
  }
}

class NpyWriter final : public FrameWriter {
 public:
  explicit NpyWriter(Output output) : output_(std::move(output)) {}

  Result<void> write(const client::ReceivedFrame& frame) override {
    Piece piece = piece_of(frame);
    const std::uint64_t rows = std::exchange(piece.rows, 0);
    bytes_.clear();
    if (!has_begun_) {
      has_begun_ = true;
      piece_ = piece;
      bytes_ = npy_header(piece_.dtype, shape());
    } else if (piece != piece_) {
      return fail(Code::kInvalid,
                  "frame " + std::to_string(frame.header().sequence) +
                      " has another shape or dtype than the frames before, and an array has one",
                  frame.topic(), "csv or jsonl");
    }
    rows_ += rows;
    if (frame.header().kind == Kind::kScalars) {
      add_results(frame);
    } else {
      const bool is_waveform = is_continuous(frame.header().kind);
      add_values(frame, is_waveform ? Layout::kInterleaved : Layout::kPlanar, bytes_);
    }
    return output_.write(bytes_);
  }

  Result<void> finish() override {
    if (auto ok = output_.rewrite_start(npy_header(piece_.dtype, shape())); !ok) return ok;
    return output_.finish();
  }

 private:
  [[nodiscard]] std::vector<std::uint64_t> shape() const {
    std::vector<std::uint64_t> sizes = {rows_};
    sizes.insert(sizes.end(), piece_.row.begin(), piece_.row.end());
    return sizes;
  }

  void add_results(const client::ReceivedFrame& frame) {
    for (const NamedResult& result : frame.header().results) {
      const double value = result.is_valid ? result.value : std::nan("");
      char raw[sizeof value];
      std::memcpy(raw, &value, sizeof value);
      bytes_.append(raw, sizeof raw);
    }
  }

  Output output_;
  std::string bytes_;
  bool has_begun_ = false;
  Piece piece_;
  std::uint64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<FrameWriter> make_npy_writer(Output output) {
  return std::make_unique<NpyWriter>(std::move(output));
}

}  // namespace acq::tool
