// Frames of one topic as a picture.
#pragma once

#include <vector>

#include "clients/cpp/received_frame.h"
#include "clients/tools/acqctl/watch/view.h"

namespace acq::tool {

// Records, spectra and scalars: the newest frame. Waveforms in small frames: the last few thousand
// samples, with gaps left open. Traces named "x.min" and "x.max" (minmax_view) become one.
class History {
 public:
  void clear();
  // Takes the frame's content and leaves another, to be received into.
  void add(client::ReceivedFrame& frame);
  // Worked out when asked for: far more frames come than are looked at.
  [[nodiscard]] const Picture& picture();

 private:
  void describe(const client::ReceivedFrame& frame);
  void replace(const client::ReceivedFrame& frame);
  void append(const client::ReceivedFrame& frame);

  Picture picture_;
  client::ReceivedFrame newest_;
  bool is_new_ = false;
  std::uint64_t descriptor_id_ = 0;
  std::vector<double> values_;
};

}  // namespace acq::tool
