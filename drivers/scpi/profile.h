// What one family of oscilloscopes speaks: data, read from TOML.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/scpi/expression.h"
#include "dsp/base/result.h"
#include "dsp/base/stream_info.h"

namespace acq::scpi {

// Commands may hold {ch} (1, 2 ...), {value}, {source} (the trigger source in the instrument's
// word), and of the samples to read {first} and {last} counted from 1, {first0} from 0, {count}.
//
// One setting: how it is written and how it is read back.
struct ProfileSetting {
  std::string set;
  std::string get;
  int field = 0;      // of an answer with commas, which one
  double factor = 1;  // what we say times this is what the instrument says
  // Our words and the instrument's; empty for a number.
  std::map<std::string, std::string, std::less<>> words;
};

// One query about a waveform, and the terms its answer holds.
struct ProfileTerms {
  struct Field {
    enum class Type : std::uint8_t { kI16, kI32, kF32, kF64 };
    std::string name;
    std::size_t at = 0;  // byte of a binary answer
    Type type = Type::kF32;
  };
  std::string query;
  char separator = ',';
  std::vector<std::string> names;  // of a text answer, one for each value
  std::vector<Field> fields;       // of an answer that is a block
};

// How to read the record of one depth: on the screen, or the whole memory.
struct ProfileDepth {
  std::vector<std::string> setup;   // once after each change of depth
  std::vector<std::string> window;  // before each read of a part; empty: the record comes whole
  std::string chunk;                // samples a read may have; empty: no limit
  std::string points;               // how many samples there are
};

struct Profile {
  std::string name;
  std::string file;    // for errors
  std::string vendor;  // regular expressions on the answer to *IDN?
  std::string model;
  int channels = 4;
  bool has_error_queue = true;
  std::vector<std::string> setup;  // once after connecting
  Terms constants;
  // Constants by model: the first expression that fits.
  std::vector<std::pair<std::string, Terms>> models;

  // "timebase", "trigger_level" ...; those of a channel hold {ch}.
  std::map<std::string, ProfileSetting, std::less<>> settings;

  std::vector<std::string> single;
  std::vector<std::string> run;
  std::vector<std::string> stop;
  std::string state;                  // asks whether a capture is over
  std::vector<std::string> finished;  // the answers that say so
  std::uint32_t state_mask = 0;       // when not 0: the answer is a number, finished without these
  std::string settled;                // asked before reading; any answer will do

  Dtype sample = Dtype::kU8;
  std::vector<std::string> channel;  // before the terms of a channel
  std::vector<ProfileTerms> terms;
  std::string data;
  std::string scale;
  std::string offset;
  std::vector<std::string> interval;  // the first that is positive counts
  std::string start;
  // Terms that have to have one of some values, or the record cannot be understood.
  std::map<std::string, std::vector<double>, std::less<>> require;
  std::optional<int> hole;  // the code of a sample that was not taken
  int retries = 0;          // of terms that make no sense yet

  ProfileDepth screen;
  ProfileDepth deep;
};

// Reads a profile; `file` is its name in errors. kInvalid with file, line and key for everything
// that is unknown, missing, or of the wrong type, and for expressions that cannot be read.
Result<Profile> parse_profile(std::string_view toml, const std::string& file);

// A command with its places filled in; a place without a value stays as it is.
std::string filled(std::string_view command,
                   const std::map<std::string, std::string, std::less<>>& values);

}  // namespace acq::scpi
