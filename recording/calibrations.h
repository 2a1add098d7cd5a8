// Whether what was recorded as calibrated was so by a certificate that held at the time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "recording/journal_cursor.h"

namespace acq {

// Follows every packet and frame of a recording.
class Calibrations {
 public:
  explicit Calibrations(const Journal& journal) : journal_(journal) {}

  void take(const JournalItem& item);
  // A sentence for each stream or topic and what its channels have in common: used past the day it was
  // due, used before it was made, called calibrated without a certificate.
  [[nodiscard]] std::vector<std::string> notes() const;

 private:
  // What a stream or topic says of its channels, and how long.
  struct Use {
    std::string name;
    std::vector<Channel> channels;
    bool is_called_calibrated = false;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
  };
  Use& use_of(const JournalItem& item);

  const Journal& journal_;
  std::vector<Use> uses_;
  std::map<const void*, std::size_t> known_;  // by the address of the description in force
};

}  // namespace acq
