#include "clients/tools/acqctl/measure.h"

#include "clients/tools/acqctl/frame_writer.h"
#include "clients/tools/acqctl/interrupt.h"

namespace acq::tool {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kPeaks = 3;
constexpr auto kTurn = std::chrono::milliseconds(100);
constexpr auto kQuiet = std::chrono::milliseconds(300);
constexpr auto kLongestDrain = std::chrono::seconds(5);

void count(const client::ReceivedFrame& frame, Measure& out) {
  TopicMeasure& topic = out.topics[frame.topic()];
  ++topic.frames;
  topic.bytes += frame.payload().size();
}

void find_peaks(const client::ReceivedFrame& frame, Measure& out) {
  out.peaks.clear();
  const auto& axes = frame.header().axes;
  std::vector<double> values;
  for (std::size_t i = 0; i < frame.channels(); ++i) {
    frame.channel(i, values);
    ChannelPeaks channel{.channel = channel_name(frame, i), .unit = {}, .x_unit = {}, .peaks = {}};
    if (frame.description() && i < frame.description()->channels.size()) {
      channel.unit = frame.description()->channels[i].unit;
    }
    if (!axes.empty()) channel.x_unit = axes.front().unit;
    channel.peaks = largest_peaks(values, kPeaks);
    for (SpectralPeak& peak : channel.peaks) {
      peak.position = frame.x(0) + peak.position * (frame.x(1) - frame.x(0));
    }
    out.peaks.push_back(std::move(channel));
  }
}

}  // namespace

Result<void> measure(client::Subscriber& subscriber, std::chrono::duration<double> duration,
                     const std::string& peaks_topic, Measure& out) {
  const auto start = Steady::now();
  const auto end = start + std::chrono::duration_cast<Steady::duration>(duration);
  client::ReceivedFrame frame;
  client::ReceivedFrame spectrum;
  while (Steady::now() < end && !is_interrupted()) {
    const auto got = subscriber.receive(frame, kTurn);
    if (!got) return tl::unexpected(got.error());
    if (!*got) continue;
    count(frame, out);
    const std::int64_t latency_ns = frame.received_ns() - frame.header().stamp.host_rx_ns;
    out.topics[frame.topic()].latency_s.add(static_cast<double>(latency_ns) * 1e-9);
    if (frame.topic() == peaks_topic) spectrum = std::move(frame);
  }
  out.seconds = std::chrono::duration<double>(Steady::now() - start).count();
  if (!spectrum.topic().empty()) find_peaks(spectrum, out);
  return {};
}

Result<void> drain(client::Subscriber& subscriber, Measure& out) {
  const auto end = Steady::now() + kLongestDrain;
  client::ReceivedFrame frame;
  while (Steady::now() < end) {
    const auto got = subscriber.receive(frame, kQuiet);
    if (!got) return tl::unexpected(got.error());
    if (!*got) return {};
    count(frame, out);
  }
  return {};
}

}  // namespace acq::tool
