// Checks what protobuf itself does not: sizes, text, numbers, enums, unknown fields. By reflection,
// so that a field added to the schema is checked from the first day. For messages.cpp.
#pragma once

#include <google/protobuf/message.h>

#include <cstddef>

#include "dsp/base/result.h"

namespace acq::wire {

// How strict: a request must be understood whole; what a daemon tells a client may hold more than
// the client knows.
struct CheckRules {
  bool refuses_unknown = false;  // unknown fields and enum values
  std::size_t string_bytes = 0;  // longest name or text of one line
  std::size_t list_items = 0;    // longest list or table
};

// kInvalid names the first field at fault by its path ("set.assignments[3].value.number").
Result<void> check_message(const google::protobuf::Message& message, const CheckRules& rules);

}  // namespace acq::wire
