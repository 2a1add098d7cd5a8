#include "dsp/math/border.h"

namespace acq {

std::size_t border_index(Border border, std::ptrdiff_t i, std::size_t count) noexcept {
  const auto n = static_cast<std::ptrdiff_t>(count);
  if (i >= 0 && i < n) return static_cast<std::size_t>(i);
  const auto fold = [&](std::ptrdiff_t period) { return ((i % period) + period) % period; };
  std::ptrdiff_t at = 0;
  switch (border) {
    case Border::kConstant: return count;
    case Border::kNearest: at = i < 0 ? 0 : n - 1; break;
    case Border::kWrap: at = fold(n); break;
    case Border::kReflect:
      at = fold(2 * n);
      if (at >= n) at = 2 * n - 1 - at;
      break;
    case Border::kMirror:
      if (n == 1) return 0;
      at = fold(2 * n - 2);
      if (at >= n) at = 2 * n - 2 - at;
      break;
  }
  return static_cast<std::size_t>(at);
}

}  // namespace acq
