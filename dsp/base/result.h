// What can go wrong: errors of the world as values, our own bugs as an abort.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace acq {

// The closed list of failures. The same words are used in the log, on the wire and in the clients.
enum class Code : std::uint8_t {
  kOk,
  kInvalid,
  kNotFound,
  kBusy,
  kDenied,
  kTimeout,
  kDisconnected,
  kUnsupported,
  kOverflow,
  kIo,
  kInternal,
};

// The word for a code: "ok", "invalid", "not_found" ...
std::string_view to_string(Code code) noexcept;

// One failure: its kind, one sentence naming the thing at fault, where it is, and what would be
// allowed.
struct Error {
  Code code = Code::kInternal;
  std::string sentence;
  std::string where = {};    // field path, file:line, or byte offset; may be empty
  std::string allowed = {};  // the allowed range or choices; may be empty
};

// "invalid: sentence (at where; allowed: ...)"
std::string to_string(const Error& error);

// Text from outside, fit for a sentence: in quotes, at most 64 bytes of it, control characters and
// damaged UTF-8 as '?'.
std::string quote(std::string_view untrusted);

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string sentence, std::string where = {},
                                  std::string allowed = {}) {
  return tl::unexpected<Error>(
      Error{code, std::move(sentence), std::move(where), std::move(allowed)});
}

namespace detail {
[[noreturn]] void check_failed(const char* expression, const char* file, int line) noexcept;
}

}  // namespace acq

// Aborts with the expression: for our own bugs only, never for input. On in every build.
#define ACQ_CHECK(expression)          \
  ((expression) ? static_cast<void>(0) \
                : ::acq::detail::check_failed(#expression, __FILE__, __LINE__))
