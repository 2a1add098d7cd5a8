// The file of a captured session: docs/transport-captures.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "daemon/capture.h"

namespace acq {

// One JSON object a line: who it is with, what happened, and the end with a checksum. One thread.
class CaptureText {
 public:
  CaptureText(const CaptureHead& head, std::int64_t duration_ns);

  void add(const Capture::Event& event, std::span<const std::byte> bytes);
  // Ends the text and puts it into a file, under another name until it is whole.
  Result<void> save(const std::string& file, std::uint64_t events,
                    const Capture::NotStored& not_stored);

 private:
  std::string text_;
};

// A table as a JSON object.
std::string to_json(const Table& table);

}  // namespace acq
