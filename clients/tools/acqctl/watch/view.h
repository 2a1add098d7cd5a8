// Everything the live view shows, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clients/cpp/stream_tracker.h"
#include "clients/tools/acqctl/watch/scale.h"
#include "dsp/base/signal.h"
#include "proto/codec.h"

namespace acq::tool {

struct TopicLine {
  std::string topic;
  bool is_active = false;
  double rate_hz = 0;
  std::uint64_t lost_samples = 0;  // before the publisher, since the view began
};

// One channel of the picture. NaN: no sample there.
struct Trace {
  std::string label;
  std::string unit;
  std::vector<float> low;
  std::vector<float> high;  // empty: the same as low
};

// The newest frame (or the last few) of the topic shown.
struct Picture {
  Kind kind = Kind::kUnspecified;
  std::string facts;      // "4 channels, 1 MS/s, triggered"
  bool is_logic = false;  // traces of 0 and 1
  Axis x;                 // of Trace values
  std::vector<Trace> traces;
  std::vector<NamedResult> results;
  std::vector<std::string> channel_names;  // for results
};

struct SettingLine {
  std::string path;
  std::string value;
  std::string allowed;
};

enum class Overlay : std::uint8_t { kNone, kHelp, kSettings };

struct View {
  std::string endpoint;
  std::string software;
  std::uint64_t config_revision = 0;
  bool has_daemon = false;

  std::vector<TopicLine> topics;
  std::size_t selected = 0;

  Picture picture;
  std::vector<Span> held;  // y scales, one a lane; empty: automatic
  bool overlays = false;   // all traces in one lane
  bool is_paused = false;

  double frame_rate_hz = 0;
  double bytes_per_s = 0;
  client::Losses losses;
  std::uint64_t malformed = 0;
  std::optional<double> latency_p50_s;
  std::optional<double> latency_p99_s;

  Overlay overlay = Overlay::kNone;
  std::vector<SettingLine> settings;
  std::size_t first_setting = 0;
  bool is_prompting = false;
  std::string prompt;       // what has been typed
  std::string message;      // the last answer
  bool is_refusal = false;  // of it
};

}  // namespace acq::tool
