// Shared by the files of proto/ that touch generated messages. Nothing else includes this.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <span>

namespace acq::wire {

// Parses raw bytes with a limit on nesting. Quiet: protobuf's own log lines would let a peer write
// to our standard error.
bool parse(google::protobuf::MessageLite& message, std::span<const std::byte> raw, int nesting);

}  // namespace acq::wire
