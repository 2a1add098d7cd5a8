// Frames of many topics over some seconds, counted and timed.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "clients/cpp/subscriber.h"
#include "clients/tools/acqctl/quantiles.h"
#include "clients/tools/acqctl/spectral_peaks.h"

namespace acq::tool {

struct TopicMeasure {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  Quantiles latency_s;  // arrival at the host to arrival here, both CLOCK_MONOTONIC
};

struct ChannelPeaks {
  std::string channel;
  std::string unit;
  std::string x_unit;
  std::vector<SpectralPeak> peaks;  // position in x_unit
};

struct Measure {
  double seconds = 0;
  std::map<std::string, TopicMeasure> topics;
  std::vector<ChannelPeaks> peaks;  // of the last spectrum of the topic asked for
};

// Receives for so long, or until interrupted.
Result<void> measure(client::Subscriber& subscriber, std::chrono::duration<double> duration,
                     const std::string& peaks_topic, Measure& out);

// Receives what is still on its way: until nothing came for a while. Counted, not timed.
Result<void> drain(client::Subscriber& subscriber, Measure& out);

}  // namespace acq::tool
