// Shared by the files that parse messages from outside: those of proto/ and of clients/cpp.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <span>

namespace acq::wire {

// Parses raw bytes with a limit on nesting. Quiet: protobuf's own log lines would let a peer write
// to our standard error.
bool parse(google::protobuf::MessageLite& message, std::span<const std::byte> raw, int nesting);

}  // namespace acq::wire
