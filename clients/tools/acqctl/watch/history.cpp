#include "clients/tools/acqctl/watch/history.h"

#include <algorithm>
#include <limits>

#include "clients/tools/acqctl/frame_writer.h"
#include "clients/tools/acqctl/values.h"

namespace acq::tool {
namespace {

// More than any screen has dots.
constexpr std::size_t kSamples = 4096;
constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

const char* kind_word(Kind kind) {
  switch (kind) {
    case Kind::kWaveform: return "waveform";
    case Kind::kRecord: return "record";
    case Kind::kSpectrum: return "spectrum";
    case Kind::kScalars: return "results";
    case Kind::kIq: return "I/Q";
    case Kind::kLogic: return "logic";
    default: return "frames";
  }
}

// The channels of minmax_view come in pairs.
bool is_pair(const std::vector<Channel>& channels, std::size_t i) {
  if (i + 1 >= channels.size() || !channels[i].id.ends_with(".min")) return false;
  const std::string& id = channels[i].id;
  return channels[i + 1].id == id.substr(0, id.size() - 3) + "max";
}

std::string pair_label(const client::ReceivedFrame& frame, std::size_t i) {
  std::string label = channel_name(frame, i);
  for (const char* ending : {" min", ".min"}) {
    if (label.ends_with(ending)) label.resize(label.size() - 4);
  }
  return label;
}

}  // namespace

void History::clear() {
  picture_ = {};
  is_new_ = false;
  descriptor_id_ = 0;
}

void History::add(client::ReceivedFrame& frame) {
  const FrameHeader& header = frame.header();
  if (is_continuous(header.kind) && header.count < kSamples) {
    describe(frame);
    append(frame);
    return;
  }
  std::swap(newest_, frame);
  is_new_ = true;
}

const Picture& History::picture() {
  if (is_new_) {
    describe(newest_);
    replace(newest_);
    is_new_ = false;
  }
  return picture_;
}

void History::describe(const client::ReceivedFrame& frame) {
  const FrameHeader& header = frame.header();
  if (header.descriptor_id != descriptor_id_ || header.kind != picture_.kind) {
    picture_ = {};
    descriptor_id_ = header.descriptor_id;
  }
  picture_.kind = header.kind;
  picture_.is_logic = holds_bits(header);
  std::string facts = kind_word(header.kind);
  if (frame.description() && frame.description()->rate_hz.num > 0) {
    facts += "  " + si_text(frame.description()->rate_hz.value(), "S/s");
  }
  constexpr std::pair<Flag, const char*> kFlags[] = {{kFlagTriggered, "triggered"},
                                                     {kFlagPartial, "partial"},
                                                     {kFlagSimulated, "simulated"},
                                                     {kFlagReplayed, "replayed"},
                                                     {kFlagOverrange, "OVERRANGE"}};
  for (const auto& [flag, word] : kFlags) {
    if ((header.flags & flag) != 0) facts += std::string("  ") + word;
  }
  picture_.facts = std::move(facts);
}

void History::replace(const client::ReceivedFrame& frame) {
  const FrameHeader& header = frame.header();
  picture_.results = header.results;
  picture_.channel_names.clear();
  const std::size_t named =
      frame.description() ? frame.description()->channels.size() : frame.channels();
  for (std::size_t i = 0; i < named; ++i) {
    picture_.channel_names.push_back(channel_name(frame, i));
  }
  picture_.x = header.axes.empty() ? Axis{} : header.axes.front();
  picture_.x.start = frame.x(0);
  if (picture_.x.rule == AxisRule::kLinear) picture_.x.step = frame.x(1) - frame.x(0);

  picture_.traces.clear();
  const std::vector<Channel> none;
  const auto& channels = frame.description() ? frame.description()->channels : none;
  for (std::size_t i = 0; i < frame.channels(); ++i) {
    Trace trace;
    trace.label = is_pair(channels, i) ? pair_label(frame, i) : channel_name(frame, i);
    trace.unit = i < channels.size() ? channels[i].unit : "1";
    frame.channel(i, values_);
    trace.low.assign(values_.begin(), values_.end());
    if (is_pair(channels, i)) {
      frame.channel(++i, values_);
      trace.high.assign(values_.begin(), values_.end());
    }
    picture_.traces.push_back(std::move(trace));
  }
}

void History::append(const client::ReceivedFrame& frame) {
  const client::Arrival& arrival = frame.arrival();
  const bool joins =
      arrival.kind == client::Arrival::Kind::kNext && picture_.traces.size() == frame.channels();
  if (!joins) return replace(frame);
  const bool has_gap = arrival.transport_frames > 0 || arrival.upstream.breaks();
  for (std::size_t i = 0; i < frame.channels(); ++i) {
    std::vector<float>& values = picture_.traces[i].low;
    // The true length of a gap may be hours; a mark is enough.
    if (has_gap) values.insert(values.end(), kSamples / 64, kNothing);
    frame.channel(i, values_);
    for (const double value : values_) values.push_back(static_cast<float>(value));
    if (values.size() > kSamples) {
      values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(kSamples));
    }
  }
  picture_.x.start = -picture_.x.step * static_cast<double>(picture_.traces.front().low.size() - 1);
}

}  // namespace acq::tool
