// Answers of instruments: where they end, and what they consist of (IEEE 488.2-1992, chapter 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dsp/base/result.h"

namespace acq::scpi {

// Finds the end of an answer in bytes that have no boundaries: the first newline that is neither in
// a definite block nor inside it. Where the bytes are cut makes no difference.
class AnswerEnd {
 public:
  // How many of `bytes` belong to the answer, its newline included; look at is_found().
  std::size_t scan(std::string_view bytes) noexcept;
  [[nodiscard]] bool is_found() const noexcept { return state_ == State::kFound; }
  // Up to where the answer is known to be payload: what looks like a newline before is none.
  [[nodiscard]] std::size_t payload_end() const noexcept { return payload_end_; }

 private:
  enum class State : std::uint8_t { kStart, kValue, kQuoted, kHash, kLength, kPayload, kFound };
  void step(char c) noexcept;

  State state_ = State::kStart;
  char mark_ = '\0';  // the quote that opened the last string of this value
  int digits_left_ = 0;
  std::uint64_t payload_left_ = 0;
  std::size_t seen_ = 0;
  std::size_t payload_end_ = 0;
};

// The answer without the newlines and carriage returns at its end; those of a block stay.
std::string_view strip_end(std::string_view answer) noexcept;

// The header of a block: "#15" and five bytes of payload, or "#0" and all up to the end.
struct BlockHeader {
  std::size_t bytes = 0;                // of the header itself
  std::optional<std::uint64_t> length;  // of the payload; empty: up to the end of the message
};

// Looks for a block's header at the start of `raw`. Empty: more bytes are needed. kInvalid: this is
// not a block.
Result<std::optional<BlockHeader>> parse_block_header(std::string_view raw);
// "#15" for 5.
std::string format_block_header(std::uint64_t length);

// One value of an answer, within the answer's bytes.
struct Datum {
  enum class Kind : std::uint8_t {
    kText,    // a number, a word, an expression, or whatever else the instrument writes
    kString,  // in quotes, which `text` still has: see parse_string()
    kBlock,   // `text` is the payload
  };
  Kind kind = Kind::kText;
  std::string_view text;
  // Behind it: ',' within a list, ';' between the answers to two queries, '\0' at the end.
  char separator = '\0';
};

// Takes an answer apart. White space around values is dropped.
class AnswerReader {
 public:
  // `answer` without its newline.
  explicit AnswerReader(std::string_view answer) noexcept : rest_(answer), size_(answer.size()) {}
  // Empty after the last. kInvalid with the byte at fault: an open string or bracket, a block that
  // is cut off, or something between a value and its separator.
  Result<std::optional<Datum>> next();

 private:
  Result<Datum> block();
  Result<Datum> string();
  Result<Datum> text();
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view what) const;

  std::string_view rest_;
  std::size_t size_;
  bool is_over_ = false;
};

}  // namespace acq::scpi
