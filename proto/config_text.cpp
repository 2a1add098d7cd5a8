// Configurations as text: written as TOML, and one laid over another.
#include <toml++/toml.h>

#include <cmath>
#include <sstream>

#include "dsp/base/units.h"
#include "proto/config.h"
#include "proto/limits.h"
#include "proto/text.h"

namespace acq {
namespace {

toml::table table_of(const Table& params);

// Whole numbers without a fraction, as a person would write them.
void append(toml::array& out, double number) {
  constexpr double kExact = 9007199254740992;  // 2^53
  if (number == std::round(number) && std::abs(number) <= kExact) {
    out.push_back(static_cast<std::int64_t>(number));
  } else {
    out.push_back(number);
  }
}

void append(toml::array& out, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) out.push_back(*flag);
  if (const auto* number = std::get_if<double>(&value)) append(out, *number);
  if (const auto* text = std::get_if<std::string>(&value)) out.push_back(*text);
  if (const auto* table = std::get_if<Table>(&value)) out.push_back(table_of(*table));
  if (const auto* list = std::get_if<List>(&value)) {
    toml::array inner;
    for (const Value& item : *list) append(inner, item);
    out.push_back(std::move(inner));
  }
}

toml::table table_of(const Table& params) {
  toml::table out;
  for (const auto& [name, value] : params) {
    toml::array one;
    append(one, value);
    out.insert_or_assign(name, one[0]);
  }
  return out;
}

toml::array array_of(const std::vector<std::string>& texts) {
  toml::array out;
  for (const std::string& text : texts) out.push_back(text);
  return out;
}

toml::table instrument_table(const InstrumentConfig& config) {
  const InstrumentConfig defaults;
  toml::table out = table_of(config.params);
  out.insert_or_assign("driver", config.driver);
  if (config.is_enabled != defaults.is_enabled) out.insert_or_assign("enabled", config.is_enabled);
  if (config.waits != defaults.waits) out.insert_or_assign("wait", config.waits);
  if (config.packet_bytes != defaults.packet_bytes) {
    out.insert_or_assign("packet_bytes", std::int64_t{config.packet_bytes});
  }
  if (config.packets != defaults.packets) {
    out.insert_or_assign("packets", std::int64_t{config.packets});
  }
  return out;
}

toml::table pipeline_table(const PipelineConfig& config) {
  static const char* const kPublish[] = {"on_demand", "always", "never"};
  toml::table out;
  out.insert_or_assign("from", array_of(config.from));
  toml::array blocks;
  for (const BlockConfig& block : config.blocks) {
    toml::table row = table_of(block.params);
    row.insert_or_assign("block", block.block);
    if (!block.tap.empty()) row.insert_or_assign("tap", block.tap);
    blocks.push_back(std::move(row));
  }
  if (!blocks.empty()) out.insert_or_assign("blocks", std::move(blocks));
  if (config.publish != Publish::kOnDemand) {
    out.insert_or_assign("publish", kPublish[static_cast<std::size_t>(config.publish)]);
  }
  if (!config.worker.empty()) out.insert_or_assign("worker", config.worker);
  if (config.frame_samples != 0) {
    out.insert_or_assign("frame_samples", std::int64_t{config.frame_samples});
  }
  return out;
}

std::string bytes_text(std::uint64_t bytes);
std::string time_text(std::int64_t ms);

toml::table recording_table(const RecordingConfig& config) {
  static const char* const kStart[] = {"request", "always", "trigger", "schedule"};
  const RecordingConfig defaults;
  toml::table out;
  if (!config.streams.empty()) out.insert_or_assign("streams", array_of(config.streams));
  if (!config.topics.empty()) out.insert_or_assign("topics", array_of(config.topics));
  out.insert_or_assign("start", kStart[static_cast<std::size_t>(config.start)]);
  if (!config.trigger.empty()) out.insert_or_assign("trigger", config.trigger);
  const auto time = [&](const char* key, std::int64_t ms, std::int64_t otherwise) {
    if (ms != otherwise) out.insert_or_assign(key, time_text(ms));
  };
  time("before", config.before_ms, defaults.before_ms);
  time("after", config.after_ms, defaults.after_ms);
  time("every", config.every_ms, defaults.every_ms);
  time("duration", config.duration_ms, defaults.duration_ms);
  time("segment_time", config.segment_ms, defaults.segment_ms);
  const auto size = [&](const char* key, std::uint64_t bytes, std::uint64_t otherwise) {
    if (bytes != otherwise) out.insert_or_assign(key, bytes_text(bytes));
  };
  size("segment", config.segment_bytes, defaults.segment_bytes);
  size("budget", config.budget_bytes, defaults.budget_bytes);
  size("keep_free", config.keep_free_bytes, defaults.keep_free_bytes);
  if (config.deletes_oldest) out.insert_or_assign("when_full", "delete_oldest");
  if (config.compression != defaults.compression)
    out.insert_or_assign("compression", config.compression);
  return out;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMiB = 1 << 20;
  constexpr std::uint64_t kKiB = 1 << 10;
  if (bytes % kMiB == 0) return std::to_string(bytes / kMiB) + " MiB";
  if (bytes % kKiB == 0) return std::to_string(bytes / kKiB) + " KiB";
  return std::to_string(bytes) + " B";
}

std::string time_text(std::int64_t ms) {
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

// Lays one table over another; `path` is that of `base`, for the error.
Result<void> merge(toml::table& base, const toml::table& patch, const std::string& path) {
  for (const auto& [key, node] : patch) {
    const std::string at = path + (path.empty() ? "" : ".") + std::string(key.str());
    if (node.value_exact<std::string_view>() == "none") {
      if (base.erase(key) == 0) {
        return fail(Code::kNotFound, "there is no " + shown(at) + " to remove", cleaned(at));
      }
    } else if (const auto* inner = node.as_table()) {
      if (!base[key].is_table()) base.insert_or_assign(key, toml::table{});
      if (auto ok = merge(*base[key].as_table(), *inner, at); !ok) return ok;
    } else {
      base.insert_or_assign(key, node);
    }
  }
  return {};
}

Result<toml::table> parse(std::string_view text, const char* what) {
  if (text.size() > limits::kConfigBytes) {
    return fail(Code::kOverflow,
                std::string("the ") + what + " has " + std::to_string(text.size()) + " bytes", what,
                "at most " + std::to_string(limits::kConfigBytes) + " bytes");
  }
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(Code::kInvalid,
                std::string("the ") + what + " is not TOML: " + cleaned(error.description()),
                std::string(what) + ", line " + std::to_string(error.source().begin.line));
  }
}

}  // namespace

Result<std::string> merge_config_text(std::string_view base, std::string_view patch) {
  auto merged = parse(base, "configuration");
  if (!merged) return tl::unexpected<Error>(std::move(merged.error()));
  const auto changes = parse(patch, "patch");
  if (!changes) return tl::unexpected<Error>(changes.error());
  if (auto ok = merge(*merged, *changes, ""); !ok) {
    return tl::unexpected<Error>(std::move(ok.error()));
  }
  std::ostringstream out;
  out << *merged << '\n';
  return out.str();
}

std::string to_toml(const Config& config) {
  toml::table publish{{"budget", bytes_text(config.publish_budget_bytes)},
                      {"heartbeat", time_text(config.heartbeat_ms)},
                      {"checksum", config.has_checksum}};
  publish.insert_or_assign("bind", array_of(config.publish_bind));
  toml::table control;
  control.insert_or_assign("bind", array_of(config.control_bind));
  toml::table status{{"period", time_text(config.status_period_ms)}};
  if (!config.prometheus.empty()) status.insert_or_assign("prometheus", config.prometheus);
  toml::table service{{"realtime", config.asks_realtime},
                      {"lock_memory", config.locks_memory},
                      {"log_level", config.log_level}};
  toml::table instruments;
  for (const auto& [name, instrument] : config.instruments) {
    instruments.insert_or_assign(name, instrument_table(instrument));
  }
  toml::table pipelines;
  for (const auto& [name, pipeline] : config.pipelines) {
    pipelines.insert_or_assign(name, pipeline_table(pipeline));
  }
  toml::table recordings;
  for (const auto& [name, recording] : config.recordings) {
    recordings.insert_or_assign(name, recording_table(recording));
  }
  // One after the other, in the order a person reads them.
  std::ostringstream out;
  for (auto& [name, part] : {std::pair<const char*, toml::table*>{"publish", &publish},
                             {"control", &control},
                             {"status", &status},
                             {"service", &service},
                             {"instrument", &instruments},
                             {"pipeline", &pipelines},
                             {"recording", &recordings}}) {
    if (part->empty()) continue;
    toml::table one;
    one.insert_or_assign(name, std::move(*part));
    out << one << "\n\n";
  }
  return out.str();
}

}  // namespace acq
