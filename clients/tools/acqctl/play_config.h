// The configuration under which a recording is played again.
#pragma once

#include <string>
#include <vector>

#include "dsp/base/result.h"
#include "recording/journal.h"

namespace acq::tool {

struct PlayOptions {
  std::string path;    // of the recording
  std::string folder;  // of the daemon's own sockets
  double speed = 0;    // of the recorded pace; 0: as fast as possible
  std::string from;    // seconds from the start, or a mark
  std::string to;      // likewise
};

struct PlayConfig {
  std::string toml;
  std::vector<std::string> instruments;  // that are played; disabled at first
  std::vector<std::string> left_out;     // pipelines whose streams were not recorded
};

// `toml` with each recorded instrument replaced by its replay, which waits for its consumers, and with
// sockets in `folder`; instruments that were not recorded, and pipelines that need them, are left out, and
// so are recordings and the service's settings. kInvalid: it is no TOML, or nothing of it can be played.
Result<PlayConfig> make_play_config(const Journal& journal, const std::string& toml,
                                    const PlayOptions& options);

}  // namespace acq::tool
