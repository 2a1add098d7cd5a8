// The whole screen of the live view: a pure function of what there is to show.
#pragma once

#include "clients/tools/acqctl/watch/grid.h"
#include "clients/tools/acqctl/watch/view.h"

namespace acq::tool {

// Sensible from 80 x 24 on; smaller screens show what fits.
Grid render(const View& view, int rows, int columns);

// The settings that fit an overlay at once, for scrolling.
int settings_shown(int rows);

}  // namespace acq::tool
