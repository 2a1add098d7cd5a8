#include "drivers/scpi/expression.h"

#include <cctype>
#include <charconv>

namespace acq::scpi {
namespace {

constexpr int kDeepest = 32;

class Parser {
 public:
  Parser(std::string_view text, const Terms& terms) : text_(text), terms_(terms) {}

  Result<double> whole() {
    Result<double> value = sum();
    if (value && skip_blanks() != '\0') return wrong("an operator is missing");
    return value;
  }

 private:
  char skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  Result<double> sum() {
    Result<double> value = product();
    for (char sign = skip_blanks(); value && (sign == '+' || sign == '-'); sign = skip_blanks()) {
      ++at_;
      const Result<double> next = product();
      if (!next) return next;
      *value += sign == '+' ? *next : -*next;
    }
    return value;
  }

  Result<double> product() {
    Result<double> value = factor();
    for (char sign = skip_blanks(); value && (sign == '*' || sign == '/'); sign = skip_blanks()) {
      ++at_;
      const Result<double> next = factor();
      if (!next) return next;
      *value = sign == '*' ? *value * *next : *value / *next;
    }
    return value;
  }

  Result<double> factor() {
    const char c = skip_blanks();
    if (c == '-') {
      if (++depth_ > kDeepest) return wrong("too deep");
      ++at_;
      const Result<double> value = factor();
      --depth_;
      return value.map([](double positive) { return -positive; });
    }
    if (c == '(') return bracket();
    if (std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.') return number();
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) return name();
    return wrong("a value is missing");
  }

  Result<double> bracket() {
    if (++depth_ > kDeepest) return wrong("too deep");
    ++at_;
    Result<double> value = sum();
    --depth_;
    if (!value) return value;
    if (skip_blanks() != ')') return wrong("a bracket is not closed");
    ++at_;
    return value;
  }

  Result<double> number() {
    double value = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc()) return wrong("not a number");
    at_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  Result<double> name() {
    const std::size_t begin = at_;
    const auto is_part = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    };
    while (at_ < text_.size() && is_part(text_[at_])) ++at_;
    const auto found = terms_.find(text_.substr(begin, at_ - begin));
    if (found == terms_.end()) {
      return fail(Code::kInvalid, "there is no term " + quote(text_.substr(begin, at_ - begin)) +
                                      " for " + quote(text_));
    }
    return found->second;
  }

  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view what) const {
    return fail(Code::kInvalid,
                quote(text_) + ": " + std::string(what) + " at column " + std::to_string(at_ + 1));
  }

  std::string_view text_;
  const Terms& terms_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<double> evaluate(std::string_view expression, const Terms& terms) {
  return Parser(expression, terms).whole();
}

}  // namespace acq::scpi
