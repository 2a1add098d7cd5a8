#include "drivers/iiod/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

namespace acq::iiod {
namespace {

constexpr std::string_view kTimestamp = "timestamp";
constexpr std::string_view kRate = "sampling_frequency";

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool can_scan(const Channel& channel) {
  return channel.scan.has_value() && !channel.is_output;
}

bool can_scan(const Device& device) {
  return std::any_of(device.channels.begin(), device.channels.end(), [](const Channel& channel) {
    return can_scan(channel) && channel.id != kTimestamp;
  });
}

std::string names_of(const std::vector<const Device*>& devices) {
  std::string out;
  for (const Device* device : devices)
    out += (out.empty() ? "" : ", ") + (device->name.empty() ? device->id : device->name);
  return out.empty() ? "none: no device of the server has a buffer" : out;
}

Result<const Device*> find_device(const Context& context, const std::string& wanted) {
  std::vector<const Device*> able;
  for (const Device& device : context.devices)
    if (can_scan(device)) able.push_back(&device);
  for (const Device* device : able)
    if (!wanted.empty() && (device->id == wanted || device->name == wanted)) return device;
  if (wanted.empty() && able.size() == 1) return able.front();
  const Code code = wanted.empty() ? Code::kInvalid : Code::kNotFound;
  return fail(code,
              wanted.empty() ? std::to_string(able.size()) + " devices of the server have a buffer"
                             : "the server has no device " + quote(wanted) + " with a buffer",
              "device", names_of(able));
}

// A text parameter, "" when it is not given.
std::string text_of(const Params& params, std::string_view name) {
  return params.has(name) ? params.text(name) : "";
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(std::move(word));
  return words;
}

Result<std::vector<std::size_t>> find_channels(const Device& device, const std::string& wanted) {
  std::vector<std::size_t> chosen;
  std::string able;
  const std::vector<std::string> words = words_of(wanted);
  std::size_t found = 0;
  for (std::size_t i = 0; i < device.channels.size(); ++i) {
    const Channel& channel = device.channels[i];
    if (!can_scan(channel) || channel.id == kTimestamp) continue;
    able += (able.empty() ? "" : " ") + channel.id;
    const bool is_wanted = words.empty() || has(words, channel.id);
    if (!is_wanted) continue;
    ++found;
    chosen.push_back(i);
  }
  if (found < words.size()) {
    return fail(Code::kNotFound,
                "device " + quote(device.id) + " has not all channels of " + quote(wanted),
                "channels", able);
  }
  return chosen;
}

// "INPUT voltage0"
std::string path_of(const Channel& channel) {
  return (channel.is_output ? "OUTPUT " : "INPUT ") + channel.id;
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = end == text.data() + text.size() || *end == ' ';
  if (error != std::errc() || !is_whole || !std::isfinite(value)) return {};
  return value;
}

// The attribute as a number; nothing when the channel has none, or holds something else.
Result<std::optional<double>> read_number(Client& client, const Device& device,
                                          const Channel& channel, std::string_view name,
                                          const Until& until) {
  if (!has(channel.attributes, name)) return std::nullopt;
  const auto text = client.read_attribute(device.id, path_of(channel), name, until);
  if (!text) return tl::unexpected<Error>(text.error());
  return number_of(*text);
}

// The channel whose attribute is the rate, and "" for the device itself; nothing when neither has.
std::optional<std::string> rate_path(const Selection& selection) {
  for (const std::size_t place : selection.chosen) {
    const Channel& channel = selection.device.channels[place];
    if (has(channel.attributes, kRate)) return path_of(channel);
  }
  if (has(selection.device.attributes, kRate)) return "";
  return {};
}

Error at(Error error, std::string where) {
  if (error.where.empty()) error.where = std::move(where);
  return error;
}

Result<double> read_rate(Client& client, const Selection& selection, const Params& params,
                         const Until& until) {
  if (const auto path = rate_path(selection)) {
    const auto text = client.read_attribute(selection.device.id, *path, kRate, until);
    if (!text) return tl::unexpected<Error>(at(text.error(), "rate"));
    const std::optional<double> rate_hz = number_of(*text);
    if (!rate_hz || *rate_hz < 1e-6 || *rate_hz > 1e12) {
      return fail(Code::kIo, "the device gives the rate " + quote(*text), "rate",
                  "1e-6 to 1e12 Hz");
    }
    return *rate_hz;
  }
  if (params.has("rate")) return params.number("rate");
  return fail(Code::kInvalid, "device " + quote(selection.device.id) + " does not tell its rate",
              "rate", "a rate in Hz");
}

// One channel of the device as channels of the stream: several where its format repeats.
Result<void> describe_channel(Client& client, const Selection& selection, const Channel& channel,
                              const Until& until, StreamInfo& out) {
  const Device& device = selection.device;
  auto scale = read_number(client, device, channel, "scale", until);
  if (!scale) return tl::unexpected<Error>(at(scale.error(), channel.id));
  const auto offset = read_number(client, device, channel, "offset", until);
  if (!offset) return tl::unexpected<Error>(at(offset.error(), channel.id));
  if (!*scale) *scale = channel.scan->scale;
  const bool is_scaled = scale->has_value() && **scale != 0;
  const Quantity quantity = is_scaled ? quantity_of(channel.id) : Quantity{"", "1"};
  acq::Channel described{.id = channel.id,
                         .label = channel.name,
                         .quantity = std::string(quantity.name),
                         .unit = std::string(quantity.unit),
                         .scale = (is_scaled ? **scale : 1) * quantity.factor,
                         .significant_bits = channel.scan->format.bits};
  described.offset = offset->value_or(0) * described.scale;
  const int repeat = channel.scan->format.repeat;
  for (int i = 0; i < repeat; ++i) {
    if (repeat > 1) described.id = channel.id + "." + std::to_string(i);
    out.channels.push_back(described);
  }
  return {};
}

// Whether channels come as pairs "..._i", "..._q".
bool is_iq(const std::vector<acq::Channel>& channels) {
  if (channels.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < channels.size(); i += 2) {
    const std::string& in_phase = channels[i].id;
    const std::string& quadrature = channels[i + 1].id;
    if (!in_phase.ends_with("_i") || !quadrature.ends_with("_q")) return false;
    if (in_phase.substr(0, in_phase.size() - 1) != quadrature.substr(0, quadrature.size() - 1))
      return false;
  }
  return true;
}

}  // namespace

Result<Selection> select(const Context& context, const Params& params) {
  const auto device = find_device(context, text_of(params, "device"));
  if (!device) return tl::unexpected<Error>(device.error());
  auto chosen = find_channels(**device, text_of(params, "channels"));
  if (!chosen) return tl::unexpected<Error>(chosen.error());
  const std::vector<Channel>& channels = (*device)->channels;
  // Samples leave in the order of the scan.
  std::sort(chosen->begin(), chosen->end(), [&](std::size_t a, std::size_t b) {
    return std::pair(channels[a].scan->index, a) < std::pair(channels[b].scan->index, b);
  });
  for (std::size_t i = 0; i < channels.size() && params.flag("timestamps"); ++i)
    if (channels[i].id == kTimestamp && can_scan(channels[i])) chosen->push_back(i);
  Selection selection{**device, *chosen, plan_scan(**device, *chosen)};
  const std::size_t count = selection.plan.fields.size();
  if (count == 0 || count > kMaxChannels) {
    return fail(Code::kInvalid, std::to_string(count) + " channels are chosen", "channels",
                "1 to " + std::to_string(kMaxChannels));
  }
  return selection;
}

Result<void> configure(Client& client, const Selection& selection, const Params& params,
                       const Params* before, const Until& until) {
  const std::string& id = selection.device.id;
  const std::vector<Params>& rows = params.tables("attributes");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_same = before != nullptr && before->tables("attributes").size() > i &&
                         before->tables("attributes")[i] == rows[i];
    if (is_same) continue;
    const std::string where = "attributes[" + std::to_string(i) + "]";
    const std::string channel = text_of(rows[i], "channel");
    const std::string& name = rows[i].text("name");
    if (!is_name(name) || (!channel.empty() && !is_name(channel)))
      return fail(Code::kInvalid, "a name is one word", where, "words of printable ASCII");
    const auto found =
        std::find_if(selection.device.channels.begin(), selection.device.channels.end(),
                     [&](const Channel& one) { return one.id == channel; });
    if (!channel.empty() && found == selection.device.channels.end())
      return fail(Code::kNotFound, "the device has no channel " + quote(channel), where);
    const std::string path = channel.empty() ? "" : path_of(*found);
    const auto written = client.write_attribute(id, path, name, rows[i].text("value"), until);
    if (!written) return tl::unexpected<Error>(at(written.error(), where));
  }
  if (before != nullptr) return {};
  if (const auto path = rate_path(selection); path && params.has("rate")) {
    const std::string text = fmt::format("{}", params.number("rate"));
    const auto written = client.write_attribute(id, *path, kRate, text, until);
    if (!written) return tl::unexpected<Error>(at(written.error(), "rate"));
  }
  if (const std::string trigger = text_of(params, "trigger"); !trigger.empty()) {
    if (!is_name(trigger)) return fail(Code::kInvalid, "a trigger's name is one word", "trigger");
    const auto set = client.execute(fmt::format("SETTRIG {} {}", id, trigger), until);
    if (!set) return tl::unexpected<Error>(at(set.error(), "trigger"));
  }
  return {};
}

Result<StreamInfo> describe(Client& client, const Selection& selection, const Params& params,
                            const Until& until) {
  const Result<double> rate_hz = read_rate(client, selection, params, until);
  if (!rate_hz) return tl::unexpected<Error>(rate_hz.error());
  StreamInfo info{
      .name = "scan", .dtype = selection.plan.dtype, .rate_hz = rational_from(*rate_hz)};
  for (const std::size_t place : selection.chosen) {
    const Channel& channel = selection.device.channels[place];
    if (channel.id == kTimestamp) continue;
    if (const auto done = describe_channel(client, selection, channel, until, info); !done)
      return tl::unexpected<Error>(done.error());
  }
  if (is_iq(info.channels)) info.kind = Kind::kIq;
  return info;
}

TimeScale timestamp_scale(Client& client, const Selection& selection, const Until& until) {
  constexpr std::string_view kClock = "current_timestamp_clock";
  if (!has(selection.device.attributes, kClock)) return TimeScale::kUtc;  // the kernel's default
  const auto text = client.read_attribute(selection.device.id, "", kClock, until);
  if (!text) return TimeScale::kFreeRunning;
  if (text->starts_with("realtime")) return TimeScale::kUtc;
  return text->starts_with("tai") ? TimeScale::kTai : TimeScale::kFreeRunning;
}

}  // namespace acq::iiod
