// The compressions of MCAP chunks.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "dsp/base/result.h"
#include "recording/mcap/records.h"

namespace acq::mcap {

enum class Compression : std::uint8_t { kNone, kLz4, kZstd };

// The word in the file: "", "lz4", "zstd".
std::string_view to_string(Compression compression) noexcept;
// From a person's word: "none", "lz4", "zstd".
Result<Compression> parse_compression(std::string_view word);

// Compresses one chunk at a time into a buffer of its own, which is used again.
class Compressor {
 public:
  explicit Compressor(Compression compression);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  // The compressed bytes, valid until the next call; `raw` itself for kNone. kInternal with the
  // library's words.
  Result<ByteSpan> compress(ByteSpan raw);

 private:
  struct State;
  const Compression compression_;
  std::unique_ptr<State> state_;
  Bytes out_;
};

// Fills `out`, which has the size told by the chunk. kInvalid for an unknown word, damaged content or
// another size.
Result<void> decompress(std::string_view compression, ByteSpan raw, std::span<std::byte> out);

}  // namespace acq::mcap
