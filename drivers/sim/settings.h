// What a simulated instrument is asked to be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/sim/faults.h"
#include "drivers/sim/waveform.h"
#include "dsp/base/params.h"
#include "dsp/base/stream_info.h"

namespace acq::sim {

struct ChannelSettings {
  Waveform wave;
  double noise_rms = 0;
  std::string label;
};

struct Settings {
  std::vector<ChannelSettings> channels;
  Rational rate_hz{1, 1};
  Dtype dtype = Dtype::kI16;
  Layout layout = Layout::kInterleaved;
  int bits = 0;
  double range = 5;
  double noise_rms = 0;
  double offset = 0;
  double skew_s = 0;
  bool is_paced = true;  // false: as fast as it is read
  double latency_s = 0.01;
  double buffer_s = 1;
  std::uint64_t seed = 1;
  bool stamps_monotonic = true;
  std::string serial;
  std::vector<FaultPlan> faults;
  std::string truth_file;
};

// kInvalid with the field path where values do not fit together.
Result<Settings> settings_from(const Params& params);
// The description of the one stream.
StreamInfo stream_info(const Settings& settings);

}  // namespace acq::sim
