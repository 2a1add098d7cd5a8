#include "drivers/scpi/program.h"

#include <fmt/format.h>

#include "drivers/scpi/answer.h"

namespace acq::scpi {
namespace {

// Walks over a message, one command or query at a time.
class Walker {
 public:
  explicit Walker(std::string_view message) noexcept : message_(message) {}

  Result<Program> run() {
    while (true) {
      if (Result<void> one = unit(); !one) return tl::unexpected<Error>(one.error());
      if (at_ == message_.size()) return program_;
      ++at_;  // the semicolon; one at the very end is allowed
      skip_spaces();
      if (at_ == message_.size()) return program_;
    }
  }

 private:
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view what, std::string allowed) const {
    return fail(Code::kInvalid, fmt::format("the command {} {}", quote(message_), what),
                fmt::format("byte {}", at_), std::move(allowed));
  }
  [[nodiscard]] bool is_over() const noexcept { return at_ == message_.size(); }
  [[nodiscard]] char now() const noexcept { return message_[at_]; }
  void skip_spaces() noexcept {
    while (!is_over() && (now() == ' ' || now() == '\t')) ++at_;
  }

  Result<void> unit() {
    skip_spaces();
    const std::size_t start = at_;
    while (!is_over() && now() > ' ' && now() <= '~' && now() != ';') ++at_;
    if (at_ == start) return wrong("has no header here", "such as *IDN? or :CHAN1:SCAL 0.5");
    ++program_.units;
    if (message_[at_ - 1] == '?') ++program_.queries;
    return parameters();
  }

  Result<void> parameters() {
    char before = ' ';
    while (!is_over() && now() != ';') {
      const char c = now();
      Result<void> done;
      if (c == '"' || c == '\'') {
        done = string(c);
      } else if (c == '#' && (before == ' ' || before == ',')) {
        done = block_or_number();
      } else if ((c >= ' ' && c <= '~') || c == '\t') {
        ++at_;
      } else {
        return wrong("holds a character that is not printable ASCII", "one message a command");
      }
      if (!done) return done;
      before = c == '\t' ? ' ' : c;
    }
    return {};
  }

  Result<void> string(char mark) {
    for (++at_; !is_over() && now() != mark; ++at_) {
      if (now() == '\n') return wrong("has a newline in a string", "one message a command");
    }
    if (is_over()) return wrong("has a string without its closing quote", "doubled quotes inside");
    ++at_;  // a doubled quote is the next string, right behind
    return {};
  }

  Result<void> block_or_number() {
    const std::string_view rest = message_.substr(at_);
    const bool is_block = rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9';
    if (!is_block) {
      ++at_;
      return {};
    }
    const Result<std::optional<BlockHeader>> header = parse_block_header(rest);
    if (!header || !*header) return wrong("has a damaged block", "#, one digit, that many digits");
    const std::size_t room = rest.size() - (*header)->bytes;
    const std::uint64_t length = (*header)->length.value_or(room);
    if (length > room) return wrong("has a block that is cut off", "as many bytes as it says");
    at_ += (*header)->bytes + length;
    return {};
  }

  std::string_view message_;
  std::size_t at_ = 0;
  Program program_;
};

}  // namespace

Result<Program> check_program(std::string_view message) {
  if (message.size() > kLongestCommand_bytes) {
    return fail(Code::kOverflow, fmt::format("a command of {} bytes", message.size()), {},
                fmt::format("at most {}", kLongestCommand_bytes));
  }
  return Walker(message).run();
}

}  // namespace acq::scpi
