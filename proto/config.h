// The checked configuration, from TOML text or from the wire.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/params.h"
#include "dsp/base/result.h"

namespace acq {

struct InstrumentConfig {
  std::string driver;
  bool is_enabled = true;
  bool waits = false;  // lossless: a source that can wait waits for its consumers
  std::uint32_t packet_bytes = 16384;
  std::uint32_t packets = 0;  // 0: as many as hold 250 ms, at least 64
  Table params;
  bool operator==(const InstrumentConfig&) const = default;
};

struct BlockConfig {
  std::string block;
  std::string tap;
  Table params;
  bool operator==(const BlockConfig&) const = default;
};

enum class Publish : std::uint8_t { kOnDemand, kAlways, kNever };

struct PipelineConfig {
  std::vector<std::string> from;
  std::vector<BlockConfig> blocks;
  Publish publish = Publish::kOnDemand;
  std::string worker;
  std::uint32_t frame_samples = 0;  // 0: one frame a chunk
  bool operator==(const PipelineConfig&) const = default;
};

enum class RecordStart : std::uint8_t { kRequest, kAlways, kTrigger, kSchedule };

struct RecordingConfig {
  std::vector<std::string> streams;
  std::vector<std::string> topics;
  RecordStart start = RecordStart::kRequest;
  std::string trigger;
  std::int64_t before_ms = 1000;
  std::int64_t after_ms = 10'000;
  std::int64_t every_ms = 0;
  std::int64_t duration_ms = 0;
  std::string compression = "none";
  std::uint64_t segment_bytes = std::uint64_t{1} << 30;
  std::int64_t segment_ms = 3'600'000;
  std::uint64_t budget_bytes = 0;
  bool deletes_oldest = false;
  std::uint64_t keep_free_bytes = std::uint64_t{1} << 30;
  bool operator==(const RecordingConfig&) const = default;
};

struct Config {
  std::vector<std::string> publish_bind;
  std::uint64_t publish_budget_bytes = 8 << 20;
  std::int64_t heartbeat_ms = 1000;
  bool has_checksum = true;
  std::vector<std::string> control_bind;
  std::int64_t status_period_ms = 1000;
  std::string prometheus;  // "127.0.0.1:9464"; empty: off
  bool asks_realtime = false;
  bool locks_memory = false;
  std::string log_level = "info";
  std::map<std::string, InstrumentConfig, std::less<>> instruments;
  std::map<std::string, PipelineConfig, std::less<>> pipelines;
  std::map<std::string, RecordingConfig, std::less<>> recordings;
  bool operator==(const Config&) const = default;
};

// One thing wrong with a configuration.
struct Problem {
  std::string where;  // "file:line", "line 12" for a text from the wire
  std::string field;  // "pipeline.psd.blocks[0].cutoff"
  std::string sentence;
  std::string allowed;  // range or choices; may be empty
};
// "file:12: pipeline.psd.blocks[0].cutoff: 70 kHz is out of range (allowed: 0 Hz to 50 kHz)"
std::string to_string(const Problem& problem);

// The configuration with the line of each key, for messages that say where.
struct ConfigText {
  Config config;
  std::map<std::string, int, std::less<>> lines;  // field path -> line
  std::string file;                               // empty: from the wire

  // The line of the field or of its nearest parent that has one; 0: unknown.
  [[nodiscard]] int line(std::string_view field) const;
  // "file:line" of the field, "line 12" for a text without a file.
  [[nodiscard]] std::string where(std::string_view field) const;
  [[nodiscard]] std::string at_line(int line) const;
};

// Parses TOML onto the Config message by reflection. Keys of instruments and blocks that are not
// fields of the message become their parameters. All problems are reported at once, in the order of
// the lines: syntax, unknown keys, wrong types, names, counts and values out of range; parameters
// are checked later by the declarations of their blocks and drivers. On any problem the result is
// not to be used.
ConfigText parse_config(std::string_view text, std::string file, std::vector<Problem>& problems);

// Lays the tables of `patch` over `base`: a key given replaces, a table given merges, a key set to
// the text "none" is removed (kNotFound: it was not there). Lists are replaced whole.
Result<std::string> merge_config_text(std::string_view base, std::string_view patch);

// Writes a configuration as TOML that parses to the same configuration.
std::string to_toml(const Config& config);

}  // namespace acq
