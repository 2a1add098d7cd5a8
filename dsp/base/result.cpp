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

namespace detail {

void check_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "acqd bug: check failed: %s at %s:%d\n", expression, file, line);
  std::abort();
}

}  // namespace detail
}  // namespace acq
