// Pictures of frames: pure functions onto a grid.
#pragma once

#include <vector>

#include "clients/tools/acqctl/watch/grid.h"
#include "clients/tools/acqctl/watch/view.h"

namespace acq::tool {

struct Box {
  int row = 0;
  int column = 0;
  int rows = 0;
  int columns = 0;
};

// The y scales a picture has by itself: one a lane for traces, one in all for a spectrum (in
// decibels) or with `overlays`.
std::vector<Span> automatic_spans(const Picture& picture, bool overlays);

// Traces over their x axis, a lane each, lowest to highest value in every column of dots.
void plot_traces(const Picture& picture, const std::vector<Span>& spans, Box box, Grid& grid);
// Logic channels over their x axis, a lane each of one to three rows, their names beside them. A
// column in which a channel is both 0 and 1 is filled.
void plot_logic(const Picture& picture, Box box, Grid& grid);
// All channels of a spectrum in decibels over their x axis.
void plot_spectrum(const Picture& picture, const std::vector<Span>& spans, Box box, Grid& grid);
// Results as a table, a row a name and a column a channel.
void plot_results(const Picture& picture, Box box, Grid& grid);

// The colour of a channel.
Style trace_style(std::size_t channel);

// Whether a spectrum in this unit is shown as it is: dB already, or an angle.
bool is_linear(const std::string& unit);
// Value of a spectrum as shown: 10 log10 of a power, 20 log10 of an amplitude, by its unit. NaN for
// nothing.
float decibels(float value, const std::string& unit);

}  // namespace acq::tool
