// Something that scanning found, and the configuration that uses it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/discovery/kinds.h"

namespace acq::discovery {

struct Found {
  std::string way = {};    // "usb", "lan", "serial", "audio"
  std::string place = {};  // where: "1-2.4", "10.0.0.7:5025", "/dev/ttyUSB0", "hw:CARD=0,DEV=0"
  std::string title = {};  // what it says it is
  std::string kind = {};
  // The name of the instrument in the configuration, as a wish: characters that names may not have
  // and names that are taken are seen to.
  std::string name = {};
  std::string driver = {};                                        // empty: none in this program
  std::vector<std::pair<std::string, std::string>> entries = {};  // keys and texts
  std::string stream = {};                                        // of the driver, for a pipeline
  std::string remark = {};                                        // what a person should know
  Kind scpi_kind = Kind::kScpi;  // as far as is known without asking
  // Where it may be asked *IDN?, the best way first; empty: nowhere.
  std::vector<std::string> addresses = {};
  std::string identity = {};  // what it answered
};

// Letters, digits and "_" of `text` in lower case, beginning with a letter; "instrument" when there
// are none.
std::string name_from(std::string_view text);
// Gives each a name of its own.
void make_names_unique(std::vector<Found>& all);

// A TOML table for the instrument and one for a pipeline that publishes its stream; comments alone
// where there is no driver for it.
std::string snippet(const Found& found);

}  // namespace acq::discovery
