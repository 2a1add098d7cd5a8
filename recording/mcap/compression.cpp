#include "recording/mcap/compression.h"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>

namespace acq::mcap {
namespace {

// Fast on one core, and still a good ratio on samples.
constexpr int kZstdLevel = 1;

Result<void> wrong_size() {
  return fail(Code::kInvalid, "a chunk has another size than it says");
}

Result<void> from_lz4(ByteSpan raw, std::span<std::byte> out) {
  LZ4F_dctx* context = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) != 0)
    return fail(Code::kInternal, "no memory to decompress lz4");
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> owner(
      context, &LZ4F_freeDecompressionContext);
  std::size_t done = 0;
  std::size_t used = 0;
  while (used < raw.size()) {
    std::size_t room = out.size() - done;
    std::size_t left = raw.size() - used;
    const std::size_t hint =
        LZ4F_decompress(context, out.data() + done, &room, raw.data() + used, &left, nullptr);
    if (LZ4F_isError(hint) != 0)
      return fail(Code::kInvalid, std::string("lz4: ") + LZ4F_getErrorName(hint));
    done += room;
    used += left;
    if (hint == 0) break;
    if (room == 0 && left == 0) return wrong_size();
  }
  return done == out.size() && used == raw.size() ? Result<void>{} : wrong_size();
}

Result<void> from_zstd(ByteSpan raw, std::span<std::byte> out) {
  const std::size_t done = ZSTD_decompress(out.data(), out.size(), raw.data(), raw.size());
  if (ZSTD_isError(done) != 0)
    return fail(Code::kInvalid, std::string("zstd: ") + ZSTD_getErrorName(done));
  return done == out.size() ? Result<void>{} : wrong_size();
}

}  // namespace

std::string_view to_string(Compression compression) noexcept {
  switch (compression) {
    case Compression::kNone: return "";
    case Compression::kLz4: return "lz4";
    case Compression::kZstd: return "zstd";
  }
  return "";
}

Result<Compression> parse_compression(std::string_view word) {
  if (word == "none") return Compression::kNone;
  if (word == "lz4") return Compression::kLz4;
  if (word == "zstd") return Compression::kZstd;
  return fail(Code::kInvalid, "there is no compression " + quote(word), "compression",
              "none, lz4, zstd");
}

struct Compressor::State {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> zstd{nullptr, &ZSTD_freeCCtx};
};

Compressor::Compressor(Compression compression)
    : compression_(compression), state_(std::make_unique<State>()) {
  if (compression == Compression::kZstd) state_->zstd.reset(ZSTD_createCCtx());
}

Compressor::~Compressor() = default;

Result<ByteSpan> Compressor::compress(ByteSpan raw) {
  if (compression_ == Compression::kNone) return raw;
  if (compression_ == Compression::kLz4) {
    out_.resize(std::max(out_.size(), LZ4F_compressFrameBound(raw.size(), nullptr)));
    const std::size_t bytes =
        LZ4F_compressFrame(out_.data(), out_.size(), raw.data(), raw.size(), nullptr);
    if (LZ4F_isError(bytes) != 0)
      return fail(Code::kInternal, std::string("lz4: ") + LZ4F_getErrorName(bytes));
    return ByteSpan(out_).first(bytes);
  }
  out_.resize(std::max(out_.size(), ZSTD_compressBound(raw.size())));
  const std::size_t bytes = ZSTD_compressCCtx(state_->zstd.get(), out_.data(), out_.size(),
                                              raw.data(), raw.size(), kZstdLevel);
  if (ZSTD_isError(bytes) != 0)
    return fail(Code::kInternal, std::string("zstd: ") + ZSTD_getErrorName(bytes));
  return ByteSpan(out_).first(bytes);
}

Result<void> decompress(std::string_view compression, ByteSpan raw, std::span<std::byte> out) {
  if (compression == "lz4") return from_lz4(raw, out);
  if (compression == "zstd") return from_zstd(raw, out);
  if (!compression.empty())
    return fail(Code::kInvalid, "a chunk is compressed by " + quote(compression), {},
                "none, lz4, zstd");
  if (raw.size() != out.size()) return wrong_size();
  std::copy(raw.begin(), raw.end(), out.begin());
  return {};
}

}  // namespace acq::mcap
