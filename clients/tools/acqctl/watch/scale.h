// From numbers to places on a screen.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace acq::tool {

struct Span {
  double low = 0;
  double high = 1;
  [[nodiscard]] double size() const noexcept { return high - low; }
  bool operator==(const Span&) const = default;
};

// The smallest span with round ends (1, 2 or 5 times a power of ten, about ten steps) around both
// numbers; never empty. So a trace that moves a little keeps its scale.
Span round_span(double low, double high);

// About `count` round numbers within the span, in order.
std::vector<double> ticks(Span span, int count);

// Numbers of one axis in one notation: the prefix of the largest, and digits enough to tell
// neighbours apart: "-0.5", "0", "0.5" with unit "mV".
struct AxisText {
  std::vector<std::string> labels;
  std::string unit;
};
AxisText axis_text(const std::vector<double>& values, std::string_view unit);

}  // namespace acq::tool
