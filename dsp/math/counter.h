// What a counter tells of a record: frequency, period, duty cycle and phase of its edges.
#pragma once

#include <cstddef>
#include <optional>

#include "dsp/math/trace.h"

namespace acq {

struct CounterRules {
  std::optional<double> level;  // half way between the extremes when not given
  double hysteresis = 0;  // how far below the level arms for a rising edge, above for a falling
};

// All rising edges of the record take part: period and phase are those of the straight line through
// the edges' times by their number (an Omega counter), which is as good as independent edge noise
// allows. The uncertainties follow from the residuals of that line.
// Source: E. Rubiola, Rev. Sci. Instrum. 76 (2005) 054703; E. Rubiola, M. Lenczner, P.-Y. Bourgeois,
// F. Vernotte, IEEE Trans. UFFC 63 (2016) 961 (Omega counter).
struct Counted {
  const char* invalid_because = "";  // a literal; then only `edges` means something
  std::size_t edges = 0;             // rising ones
  double period = 0;
  double period_sigma = kUnknown;  // from three edges on
  double first_edge = 0;           // x of the line at edge 0
  double first_edge_sigma = kUnknown;
  double duty = 0;  // part of the whole periods spent above the level, 0 to 1
};

// Invalid: fewer than 2 rising edges, a constant record.
Counted count_edges(const Trace& record, const CounterRules& rules) noexcept;

}  // namespace acq
