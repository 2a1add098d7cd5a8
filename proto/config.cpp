#include "proto/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "dsp/base/units.h"
#include "proto/config_map.h"
#include "proto/endpoint.h"
#include "proto/messages.h"
#include "proto/text.h"
#include "proto/topic.h"

namespace acq {
namespace {

static_assert(static_cast<int>(Publish::kOnDemand) == v1::PipelineConfig::ON_DEMAND);
static_assert(static_cast<int>(Publish::kAlways) == v1::PipelineConfig::ALWAYS);
static_assert(static_cast<int>(Publish::kNever) == v1::PipelineConfig::NEVER);
static_assert(static_cast<int>(Publish::kNever) == v1::PipelineConfig::Publish_MAX);

static_assert(static_cast<int>(RecordStart::kSchedule) == v1::RecordingConfig::SCHEDULE);
static_assert(static_cast<int>(RecordStart::kSchedule) == v1::RecordingConfig::Start_MAX);

constexpr const char* kNames = "1 to 64 of a-z, 0-9, _ and -";
constexpr std::array kLogLevels = {"trace", "debug", "info", "warn", "error", "off"};

template <typename Map>
Table table_of(const Map& params) {
  Table table;
  for (const auto& [name, value] : params) table.emplace(name, from_wire(value));
  return table;
}

// Turns the message into the checked configuration, with a problem for each value out of range.
class Checker {
 public:
  Checker(const v1::Config& message, ConfigText& text, std::vector<Problem>& problems)
      : message_(message), text_(text), config_(text.config), problems_(problems) {}

  void check() {
    check_publish();
    config_.control_bind = endpoints("control.bind", message_.control().bind());
    check_status();
    check_service();
    for (const auto& [name, instrument] : message_.instrument()) add(name, instrument);
    for (const auto& [name, pipeline] : message_.pipeline()) add(name, pipeline);
    for (const auto& [name, recording] : message_.recording()) add(name, recording);
  }

 private:
  void report(const std::string& field, std::string sentence, std::string allowed) {
    problems_.push_back({text_.where(field), field, std::move(sentence), std::move(allowed)});
  }

  double quantity(const std::string& field, const std::string& text, std::string_view unit,
                  double min, double max, const char* allowed) {
    const auto value = parse_quantity(text, unit);
    if (!value) {
      report(field, value.error().sentence, allowed);
      return min;
    }
    if (*value < min || *value > max) report(field, shown(text) + " is out of range", allowed);
    return std::clamp(*value, min, max);
  }

  std::int64_t milliseconds(const std::string& field, const std::string& text, double min_s,
                            double max_s, const char* allowed) {
    const double ms = quantity(field, text, "s", min_s, max_s, allowed) * 1000;
    if (std::abs(ms - std::round(ms)) > 1e-6) {
      report(field, shown(text) + " is not in whole milliseconds", allowed);
    }
    return std::llround(ms);
  }

  void check_publish() {
    const v1::PublishConfig& publish = message_.publish();
    config_.publish_bind = endpoints("publish.bind", publish.bind());
    if (publish.has_budget()) {
      config_.publish_budget_bytes = static_cast<std::uint64_t>(quantity(
          "publish.budget", publish.budget(), "B", 65536, 4294967296.0, "64 KiB to 4 GiB"));
    }
    if (publish.has_heartbeat()) {
      config_.heartbeat_ms =
          milliseconds("publish.heartbeat", publish.heartbeat(), 0.1, 60, "100 ms to 60 s");
    }
    if (publish.has_checksum()) config_.has_checksum = publish.checksum();
  }

  template <typename List>
  std::vector<std::string> endpoints(const std::string& field, const List& list) {
    std::vector<std::string> out;
    for (int i = 0; i < list.size(); ++i) {
      const std::string at = list.size() == 1 ? field : field + "[" + std::to_string(i) + "]";
      if (const auto ok = check_endpoint(list[i]); !ok) {
        report(at, ok.error().sentence, ok.error().allowed);
      } else if (!endpoints_.insert(list[i]).second && !list[i].ends_with(":*")) {
        report(at, shown(list[i]) + " is bound twice", "each address once");
      }
      out.push_back(list[i]);
    }
    return out;
  }

  void check_status() {
    const v1::StatusConfig& status = message_.status();
    if (status.has_period()) {
      config_.status_period_ms =
          milliseconds("status.period", status.period(), 0.1, 3600, "100 ms to 1 h");
    }
    config_.prometheus = status.prometheus();
    if (config_.prometheus.empty()) return;
    if (const auto ok = check_loopback_address(config_.prometheus); !ok) {
      report("status.prometheus", ok.error().sentence, ok.error().allowed + ", or empty for none");
    }
  }

  void check_service() {
    const v1::ServiceConfig& service = message_.service();
    config_.asks_realtime = service.realtime();
    config_.locks_memory = service.lock_memory();
    if (!service.has_log_level()) return;
    config_.log_level = service.log_level();
    if (std::find(kLogLevels.begin(), kLogLevels.end(), config_.log_level) == kLogLevels.end()) {
      std::string words;
      for (const char* level : kLogLevels)
        words += (words.empty() ? "" : ", ") + std::string(level);
      report("service.log_level", shown(config_.log_level) + " is not a log level", words);
    }
  }

  void check_name(const std::string& field, const std::string& name) {
    if (!is_valid_name(name)) report(field, shown(name) + " is not a name", kNames);
  }

  void add(const std::string& name, const v1::InstrumentConfig& message) {
    const std::string field = "instrument." + name;
    InstrumentConfig& config = config_.instruments[name];
    config.driver = message.driver();
    if (config.driver.empty()) {
      report(field + ".driver", "an instrument must name its driver", "driver = \"NAME\"");
    }
    if (message.has_enabled()) config.is_enabled = message.enabled();
    if (message.has_wait()) config.waits = message.wait();
    if (message.has_packet_bytes()) config.packet_bytes = message.packet_bytes();
    if (message.has_packets()) config.packets = message.packets();
    config.params = table_of(message.params());
  }

  void add(const std::string& name, const v1::PipelineConfig& message) {
    const std::string field = "pipeline." + name;
    PipelineConfig& config = config_.pipelines[name];
    config.from.assign(message.from().begin(), message.from().end());
    config.publish = static_cast<Publish>(message.publish());
    config.worker = message.worker();
    if (!config.worker.empty()) check_name(field + ".worker", config.worker);
    if (message.has_frame_samples()) config.frame_samples = message.frame_samples();
    for (int i = 0; i < message.blocks_size(); ++i) {
      const v1::BlockConfig& block = message.blocks(i);
      const std::string at = field + ".blocks[" + std::to_string(i) + "]";
      if (block.block().empty()) {
        report(at + ".block", "a block must have its name", "block = \"NAME\"");
      }
      if (!block.tap().empty()) check_name(at + ".tap", block.tap());
      config.blocks.push_back({block.block(), block.tap(), table_of(block.params())});
    }
  }

  std::uint64_t bytes(const std::string& field, const std::string& text, double min, double max,
                      const char* allowed) {
    return static_cast<std::uint64_t>(quantity(field, text, "B", min, max, allowed));
  }

  void add(const std::string& name, const v1::RecordingConfig& message) {
    constexpr double kTiB = 1099511627776.0;
    const std::string field = "recording." + name;
    RecordingConfig& config = config_.recordings[name];
    if (name.find('_') != std::string::npos)
      report(field, shown(name) + " is not a name of a recording", "1 to 64 of a-z, 0-9 and -");
    config.streams.assign(message.streams().begin(), message.streams().end());
    config.topics.assign(message.topics().begin(), message.topics().end());
    config.start = static_cast<RecordStart>(message.start());
    config.trigger = message.trigger();
    config.deletes_oldest = message.when_full() == v1::RecordingConfig::DELETE_OLDEST;
    if (message.has_before())
      config.before_ms = milliseconds(field + ".before", message.before(), 0, 600, "0 s to 10 min");
    if (message.has_after())
      config.after_ms = milliseconds(field + ".after", message.after(), 0, 86400, "0 s to 1 d");
    if (message.has_every())
      config.every_ms = milliseconds(field + ".every", message.every(), 1, 604800, "1 s to 7 d");
    if (message.has_duration()) {
      config.duration_ms =
          milliseconds(field + ".duration", message.duration(), 1, 604800, "1 s to 7 d");
    }
    if (message.has_segment()) {
      config.segment_bytes =
          bytes(field + ".segment", message.segment(), 1 << 20, kTiB, "1 MiB to 1 TiB");
    }
    if (message.has_segment_time()) {
      config.segment_ms =
          milliseconds(field + ".segment_time", message.segment_time(), 1, 604800, "1 s to 7 d");
    }
    if (message.has_budget()) {
      config.budget_bytes =
          bytes(field + ".budget", message.budget(), 1 << 20, 1024 * kTiB, "1 MiB to 1024 TiB");
    }
    if (message.has_keep_free()) {
      config.keep_free_bytes =
          bytes(field + ".keep_free", message.keep_free(), 0, 1024 * kTiB, "0 B to 1024 TiB");
    }
    if (message.has_compression()) config.compression = message.compression();
    check_recording(field, config);
  }

  void check_recording(const std::string& field, const RecordingConfig& config) {
    for (const std::string& stream : config.streams) {
      if (!message_.instrument().contains(stream.substr(0, stream.find('/'))) ||
          stream.find('/') == std::string::npos) {
        report(field + ".streams", shown(stream) + " is not a stream of an instrument here",
               "\"instrument/stream\"");
      }
    }
    const auto check_topic = [&](const std::string& key, const std::string& topic) {
      if (!is_valid_topic(topic) || !topic.starts_with("d/"))
        report(field + key, shown(topic) + " is not a topic", "\"d/instrument/name\"");
    };
    for (const std::string& topic : config.topics) check_topic(".topics", topic);
    if (!config.trigger.empty()) check_topic(".trigger", config.trigger);
    if (config.start == RecordStart::kSchedule &&
        (config.every_ms == 0 || config.duration_ms == 0)) {
      report(field + ".start", "a schedule needs its period and duration",
             "every = \"1 h\", duration = \"10 min\"");
    }
    const auto& word = config.compression;
    if (word != "none" && word != "lz4" && word != "zstd")
      report(field + ".compression", shown(word) + " is not a compression", "none, lz4, zstd");
  }

  const v1::Config& message_;
  ConfigText& text_;
  Config& config_;
  std::vector<Problem>& problems_;
  std::set<std::string, std::less<>> endpoints_;
};

}  // namespace

std::string to_string(const Problem& problem) {
  std::string out = problem.where;
  if (!problem.field.empty()) out += (out.empty() ? "" : ": ") + problem.field;
  out += (out.empty() ? "" : ": ") + problem.sentence;
  if (!problem.allowed.empty()) out += " (allowed: " + problem.allowed + ")";
  return out;
}

int ConfigText::line(std::string_view field) const {
  for (std::string_view path = field; !path.empty();) {
    if (const auto found = lines.find(path); found != lines.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    path = cut == std::string_view::npos ? std::string_view{} : path.substr(0, cut);
  }
  return 0;
}

std::string ConfigText::at_line(int line) const {
  if (line <= 0) return file;
  return (file.empty() ? "line " : file + ":") + std::to_string(line);
}

std::string ConfigText::where(std::string_view field) const {
  return at_line(line(field));
}

ConfigText parse_config(std::string_view text, std::string file, std::vector<Problem>& problems) {
  ConfigText out;
  out.file = std::move(file);
  v1::Config message;
  std::vector<Problem> found;
  map_toml(text, message, out, found);
  Checker(message, out, found).check();
  // In the order of the lines; maps of the message have none.
  std::sort(found.begin(), found.end(), [&](const Problem& a, const Problem& b) {
    return std::tuple(out.line(a.field), a.field, a.sentence) <
           std::tuple(out.line(b.field), b.field, b.sentence);
  });
  std::move(found.begin(), found.end(), std::back_inserter(problems));
  return out;
}

}  // namespace acq
