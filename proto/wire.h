// Shared by the files of proto/ that touch generated messages. Nothing else includes this.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>
#include <span>

namespace acq::wire {

// Parses raw bytes, after a walk over them that finds each length within the message around it and
// the nesting within its limit: of a field that claims to be long, protobuf's parser would reserve
// up to 50 MB before it sees that the bytes are not there. Quiet: its log lines would let a peer
// write to our standard error.
bool parse(google::protobuf::Message& message, std::span<const std::byte> raw, int nesting);

}  // namespace acq::wire
