#include "drivers/scpi/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "drivers/scpi/values.h"

namespace acq::scpi {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_space(char c) noexcept {
  return static_cast<unsigned char>(c) <= 0x20 && c != '\n';
}

void skip_space(std::string_view& text) noexcept {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
}

}  // namespace

std::size_t AnswerEnd::scan(std::string_view bytes) noexcept {
  std::size_t used = 0;
  while (used < bytes.size() && state_ != State::kFound) {
    if (state_ != State::kPayload) {
      step(bytes[used++]);
      continue;
    }
    const std::uint64_t part = std::min<std::uint64_t>(payload_left_, bytes.size() - used);
    used += part;
    payload_left_ -= part;
    payload_end_ = seen_ + used;
    if (payload_left_ == 0) state_ = State::kValue;
  }
  seen_ += used;
  return used;
}

std::string_view strip_end(std::string_view answer) noexcept {
  AnswerEnd end;
  end.scan(answer);
  while (answer.size() > end.payload_end() && (answer.ends_with('\n') || answer.ends_with('\r')))
    answer.remove_suffix(1);
  return answer;
}

void AnswerEnd::step(char c) noexcept {
  if (state_ == State::kLength && is_digit(c)) {
    payload_left_ = payload_left_ * 10 + static_cast<std::uint64_t>(c - '0');
    if (--digits_left_ == 0) state_ = payload_left_ == 0 ? State::kValue : State::kPayload;
    return;
  }
  if (state_ == State::kHash && c >= '1' && c <= '9') {
    digits_left_ = c - '0';
    payload_left_ = 0;
    state_ = State::kLength;
    return;
  }
  // No string of an instrument spans lines: an open quote must not swallow the answers behind it.
  if (c == '\n') {
    state_ = State::kFound;
  } else if (state_ == State::kQuoted) {
    if (c == mark_) state_ = State::kValue;
  } else if (c == '"' || c == '\'') {
    // Within other text it is an apostrophe; right behind a string it is a doubled quote.
    const bool opens = state_ == State::kStart || (state_ == State::kValue && c == mark_);
    state_ = opens ? State::kQuoted : State::kValue;
    if (opens) mark_ = c;
  } else if (c == ',' || c == ';') {
    state_ = State::kStart;
    mark_ = '\0';
  } else if (state_ == State::kStart && c == '#') {
    state_ = State::kHash;
  } else if (state_ != State::kStart || !is_space(c)) {
    state_ = State::kValue;
  }
}

Result<std::optional<BlockHeader>> parse_block_header(std::string_view raw) {
  const auto refuse = [&] {
    return fail(Code::kInvalid, "the answer is not a block: it starts with " + quote(raw), {},
                "#, one digit, and as many digits as that says");
  };
  if (raw.empty()) return std::optional<BlockHeader>{};
  if (raw[0] != '#' || (raw.size() > 1 && !is_digit(raw[1]))) return refuse();
  if (raw.size() == 1) return std::optional<BlockHeader>{};
  const auto digits = static_cast<std::size_t>(raw[1] - '0');
  if (digits == 0) return std::optional(BlockHeader{.bytes = 2, .length = std::nullopt});
  std::uint64_t length = 0;
  for (const char c : raw.substr(2, digits)) {
    if (!is_digit(c)) return refuse();
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (raw.size() < 2 + digits) return std::optional<BlockHeader>{};
  return std::optional(BlockHeader{.bytes = 2 + digits, .length = length});
}

std::string format_block_header(std::uint64_t length) {
  ACQ_CHECK(length <= 999'999'999);
  const std::string digits = std::to_string(length);
  return fmt::format("#{}{}", digits.size(), digits);
}

tl::unexpected<Error> AnswerReader::wrong(std::string_view what) const {
  return fail(Code::kInvalid, std::string(what), fmt::format("byte {}", size_ - rest_.size()));
}

Result<Datum> AnswerReader::block() {
  const Result<std::optional<BlockHeader>> header = parse_block_header(rest_);
  if (!header || !*header) return wrong("a block's header is cut off or damaged");
  rest_.remove_prefix((*header)->bytes);
  const std::uint64_t length = (*header)->length.value_or(rest_.size());
  if (length > rest_.size()) {
    return wrong(fmt::format("a block of {} bytes, of which only {} came", length, rest_.size()));
  }
  const Datum datum{.kind = Datum::Kind::kBlock, .text = rest_.substr(0, length)};
  rest_.remove_prefix(length);
  return datum;
}

Result<Datum> AnswerReader::string() {
  const char mark = rest_.front();
  std::size_t end = 0;
  do {
    end = rest_.find(mark, end + 1);
    if (end == std::string_view::npos) return wrong("a string without its closing quote");
    ++end;
  } while (end < rest_.size() && rest_[end] == mark);
  const Datum datum{.kind = Datum::Kind::kString, .text = rest_.substr(0, end)};
  rest_.remove_prefix(end);
  return datum;
}

Result<Datum> AnswerReader::text() {
  int depth = 0;
  std::size_t end = 0;
  for (; end < rest_.size(); ++end) {
    const char c = rest_[end];
    if (depth == 0 && (c == ',' || c == ';')) break;
    if (c == '(') ++depth;
    if (c == ')' && depth > 0) --depth;
  }
  if (depth > 0) return wrong("an expression without its closing bracket");
  const Datum datum{.kind = Datum::Kind::kText, .text = trim(rest_.substr(0, end))};
  rest_.remove_prefix(end);
  return datum;
}

Result<std::optional<Datum>> AnswerReader::next() {
  if (is_over_) return std::optional<Datum>{};
  skip_space(rest_);
  const char first = rest_.empty() ? '\0' : rest_.front();
  const bool is_block = first == '#' && rest_.size() > 1 && is_digit(rest_[1]);
  Result<Datum> datum = is_block ? block() : first == '"' || first == '\'' ? string() : text();
  if (!datum) {
    is_over_ = true;
    return tl::unexpected<Error>(datum.error());
  }
  skip_space(rest_);
  is_over_ = rest_.empty();
  if (!is_over_) {
    datum->separator = rest_.front();
    if (datum->separator != ',' && datum->separator != ';') {
      is_over_ = true;
      return wrong("something between a value and its separator: " + quote(rest_));
    }
    rest_.remove_prefix(1);
  }
  return std::optional(*datum);
}

}  // namespace acq::scpi
