#include "proto/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "dsp/base/units.h"
#include "proto/config_map.h"
#include "proto/topic.h"

namespace acq {
namespace {

constexpr std::uint32_t kFewestPacketBytes = 64;
constexpr std::uint32_t kMostPacketBytes = 64U << 20;
constexpr std::uint32_t kMostPackets = 1U << 20;
constexpr std::uint32_t kMostFrameSamples = 16U << 20;

Value from_message(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kNumber: return value.number();
    case v1::Value::kFlag: return value.flag();
    case v1::Value::kList: {
      List list;
      for (const v1::Value& item : value.list().items()) list.push_back(from_message(item));
      return list;
    }
    case v1::Value::kTable: {
      Table table;
      for (const auto& [name, item] : value.table().entries())
        table.emplace(name, from_message(item));
      return table;
    }
    default: return value.text();
  }
}

template <typename Map>
Table table_of(const Map& params) {
  Table table;
  for (const auto& [name, value] : params) table.emplace(name, from_message(value));
  return table;
}

bool is_port(std::string_view text, bool has_wildcard) {
  if (has_wildcard && text == "*") return true;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

bool is_loopback(std::string_view host) {
  if (host == "[::1]") return true;
  if (!host.starts_with("127.")) return false;
  int parts = 0;
  for (std::string_view rest = host;; ++parts) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    unsigned number = 256;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc{} || end != part.data() + part.size() || number > 255) return false;
    if (dot == std::string_view::npos) return parts == 3;
    rest.remove_prefix(dot + 1);
  }
}

// Turns the message into the checked configuration, with a problem for each value out of range.
class Checker {
 public:
  Checker(const v1::Config& message, ConfigText& text, std::vector<Problem>& problems)
      : message_(message), text_(text), config_(text.config), problems_(problems) {}

  void check() {
    check_publish();
    config_.control_bind = endpoints("control.bind", message_.control().bind());
    if (message_.status().has_period()) {
      config_.status_period_ms =
          milliseconds("status.period", message_.status().period(), 0.1, 3600);
    }
    if (message_.status().has_prometheus()) check_prometheus(message_.status().prometheus());
    config_.asks_realtime = message_.service().realtime();
    config_.locks_memory = message_.service().lock_memory();
    if (message_.service().has_log_level()) check_log_level(message_.service().log_level());
    for (const auto& [name, instrument] : message_.instrument()) add(name, instrument);
    for (const auto& [name, pipeline] : message_.pipeline()) add(name, pipeline);
  }

 private:
  void report(const std::string& field, std::string sentence, std::string allowed) {
    problems_.push_back({text_.where(field), field, std::move(sentence), std::move(allowed)});
  }

  double quantity(const std::string& field, const std::string& text, std::string_view unit,
                  double min, double max) {
    const auto value = parse_quantity(text, unit);
    const std::string allowed = format_quantity(min, unit) + " to " + format_quantity(max, unit);
    if (!value) {
      report(field, value.error().sentence, allowed);
      return min;
    }
    if (*value < min || *value > max)
      report(field, format_quantity(*value, unit) + " is out of range", allowed);
    return std::clamp(*value, min, max);
  }

  std::int64_t milliseconds(const std::string& field, const std::string& text, double min_s,
                            double max_s) {
    return std::llround(quantity(field, text, "s", min_s, max_s) * 1000);
  }

  void check_publish() {
    const v1::PublishConfig& publish = message_.publish();
    config_.publish_bind = endpoints("publish.bind", publish.bind());
    if (publish.has_budget()) {
      config_.publish_budget_bytes = static_cast<std::uint64_t>(
          quantity("publish.budget", publish.budget(), "B", 65536, 4294967296.0));
    }
    if (publish.has_heartbeat()) {
      config_.heartbeat_ms = milliseconds("publish.heartbeat", publish.heartbeat(), 0.1, 60);
    }
    if (publish.has_checksum()) config_.has_checksum = publish.checksum();
  }

  template <typename List>
  std::vector<std::string> endpoints(const std::string& field, const List& list) {
    std::vector<std::string> out;
    for (int i = 0; i < list.size(); ++i) {
      check_endpoint(field + "[" + std::to_string(i) + "]", list[i]);
      out.push_back(list[i]);
    }
    return out;
  }

  void check_endpoint(const std::string& field, const std::string& endpoint) {
    static constexpr const char* kAllowed = "ipc://PATH, tcp://127.0.0.1:PORT, tcp://[::1]:PORT";
    constexpr std::size_t kLongestPath = 107;  // of a unix socket's address
    if (endpoint.starts_with("ipc://")) {
      const std::size_t length = endpoint.size() - 6;
      if (length == 0 || length > kLongestPath) {
        report(field, "the path of a local socket must have 1 to 107 bytes", kAllowed);
      }
      return;
    }
    const std::size_t colon = endpoint.rfind(':');
    if (!endpoint.starts_with("tcp://") || colon < 6) {
      return report(field, "'" + endpoint.substr(0, 64) + "' is not an endpoint", kAllowed);
    }
    if (!is_loopback(std::string_view(endpoint).substr(6, colon - 6))) {
      return report(field,
                    "only addresses of this machine are allowed until there are keys: anybody who "
                    "reaches another address could change the instruments",
                    kAllowed);
    }
    if (!is_port(std::string_view(endpoint).substr(colon + 1), true)) {
      report(field, "'" + endpoint.substr(colon + 1, 64) + "' is not a port", "1 to 65535, or *");
    }
  }

  void check_prometheus(const std::string& address) {
    config_.prometheus = address;
    if (address.empty()) return;
    const std::size_t colon = address.rfind(':');
    const bool is_good = colon != std::string::npos &&
                         is_loopback(std::string_view(address).substr(0, colon)) &&
                         is_port(std::string_view(address).substr(colon + 1), false);
    if (!is_good) {
      report("status.prometheus",
             "'" + address.substr(0, 64) + "' is not an address of this machine",
             "127.0.0.1:PORT, [::1]:PORT, or empty for none");
    }
  }

  void check_log_level(const std::string& level) {
    static constexpr const char* kLevels[] = {"trace", "debug", "info", "warn", "error", "off"};
    config_.log_level = level;
    if (std::find(std::begin(kLevels), std::end(kLevels), level) == std::end(kLevels)) {
      report("service.log_level", "'" + level.substr(0, 64) + "' is not a log level",
             "trace, debug, info, warn, error, off");
    }
  }

  std::uint32_t in_range(const std::string& field, std::uint32_t value, std::uint32_t min,
                         std::uint32_t max) {
    if (value < min || value > max) {
      report(field, std::to_string(value) + " is out of range",
             std::to_string(min) + " to " + std::to_string(max));
    }
    return std::clamp(value, min, max);
  }

  void add(const std::string& name, const v1::InstrumentConfig& message) {
    const std::string field = "instrument." + name;
    InstrumentConfig& config = config_.instruments[name];
    config.driver = message.driver();
    if (config.driver.empty()) report(field + ".driver", "an instrument must name its driver", "");
    if (message.has_enabled()) config.is_enabled = message.enabled();
    if (message.has_wait()) config.waits = message.wait();
    if (message.has_packet_bytes()) {
      config.packet_bytes = in_range(field + ".packet_bytes", message.packet_bytes(),
                                     kFewestPacketBytes, kMostPacketBytes);
    }
    if (message.has_packets()) {
      config.packets = in_range(field + ".packets", message.packets(), 2, kMostPackets);
    }
    config.params = table_of(message.params());
  }

  void add(const std::string& name, const v1::PipelineConfig& message) {
    const std::string field = "pipeline." + name;
    PipelineConfig& config = config_.pipelines[name];
    config.from.assign(message.from().begin(), message.from().end());
    config.publish = static_cast<Publish>(message.publish());
    config.worker = message.worker();
    if (!config.worker.empty() && !is_valid_name(config.worker)) {
      report(field + ".worker", "'" + config.worker.substr(0, 64) + "' is not a name",
             "1 to 64 of a-z, 0-9, _ and -");
    }
    if (message.has_frame_samples()) {
      config.frame_samples =
          in_range(field + ".frame_samples", message.frame_samples(), 0, kMostFrameSamples);
    }
    for (int i = 0; i < message.blocks_size(); ++i) {
      const v1::BlockConfig& block = message.blocks(i);
      const std::string at = field + ".blocks[" + std::to_string(i) + "]";
      if (block.block().empty())
        report(at + ".block", "a block must have its name", "block = \"NAME\"");
      if (!block.tap().empty() && !is_valid_name(block.tap())) {
        report(at + ".tap", "'" + block.tap().substr(0, 64) + "' is not a name",
               "1 to 64 of a-z, 0-9, _ and -");
      }
      config.blocks.push_back({block.block(), block.tap(), table_of(block.params())});
    }
  }

  const v1::Config& message_;
  ConfigText& text_;
  Config& config_;
  std::vector<Problem>& problems_;
};

}  // namespace

std::string to_string(const Problem& problem) {
  std::string out = problem.where;
  if (!problem.field.empty()) out += (out.empty() ? "" : ": ") + problem.field;
  out += (out.empty() ? "" : ": ") + problem.sentence;
  if (!problem.allowed.empty()) out += " (allowed: " + problem.allowed + ")";
  return out;
}

std::string ConfigText::where(std::string_view field) const {
  for (std::string_view path = field; !path.empty();) {
    if (const auto found = lines.find(path); found != lines.end()) {
      return file.empty() ? "line " + std::to_string(found->second)
                          : file + ":" + std::to_string(found->second);
    }
    const std::size_t cut = path.find_last_of(".[");
    path = cut == std::string_view::npos ? std::string_view{} : path.substr(0, cut);
  }
  return file;
}

ConfigText parse_config(std::string_view text, std::string file, std::vector<Problem>& problems) {
  ConfigText out;
  out.file = std::move(file);
  v1::Config message;
  const std::size_t problems_before = problems.size();
  map_toml(text, out.file, message, out.lines, problems);
  Checker(message, out, problems).check();
  if (problems.size() > problems_before) {
    std::stable_sort(problems.begin() + static_cast<std::ptrdiff_t>(problems_before),
                     problems.end(),
                     [](const Problem& a, const Problem& b) { return a.field < b.field; });
  }
  return out;
}

}  // namespace acq
