#include "dsp/base/result.h"

#include <cstdio>
#include <cstdlib>

namespace acq {

std::string_view to_string(Code code) noexcept {
  switch (code) {
    case Code::kOk: return "ok";
    case Code::kInvalid: return "invalid";
    case Code::kNotFound: return "not_found";
    case Code::kBusy: return "busy";
    case Code::kDenied: return "denied";
    case Code::kTimeout: return "timeout";
    case Code::kDisconnected: return "disconnected";
    case Code::kUnsupported: return "unsupported";
    case Code::kOverflow: return "overflow";
    case Code::kIo: return "io";
    case Code::kInternal: return "internal";
  }
  return "internal";
}

std::string to_string(const Error& error) {
  std::string text{to_string(error.code)};
  text += ": " + error.sentence;
  if (error.where.empty() && error.allowed.empty()) return text;
  text += " (";
  if (!error.where.empty()) text += "at " + error.where;
  if (!error.where.empty() && !error.allowed.empty()) text += "; ";
  if (!error.allowed.empty()) text += "allowed: " + error.allowed;
  return text + ")";
}

namespace {

// Bytes of the UTF-8 character at the start of `text`; 0 when it is damaged or cut off.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80    ? 1
                             : lead < 0xc2  ? 0
                             : lead < 0xe0  ? 2
                             : lead < 0xf0  ? 3
                             : lead <= 0xf4 ? 4
                                            : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
      (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) {
    return 0;
  }
  return length;
}

}  // namespace

std::string quote(std::string_view untrusted) {
  constexpr std::size_t kMaxEcho_bytes = 64;
  std::string out = "'";
  std::size_t at = 0;
  while (at < untrusted.size()) {
    const std::size_t length = utf8_length(untrusted.substr(at));
    const std::size_t used = length == 0 ? 1 : length;
    if (at + used > kMaxEcho_bytes) return out + "...'";
    const auto first = static_cast<unsigned char>(untrusted[at]);
    const bool is_control = first < 0x20 || first == 0x7f;
    out += length == 0 || is_control ? std::string_view{"?"} : untrusted.substr(at, length);
    at += used;
  }
  return out + "'";
}

namespace detail {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "acqd bug: check failed: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace detail
}  // namespace acq
