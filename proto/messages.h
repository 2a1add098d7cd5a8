// Messages of the control protocol, of status and of descriptions: bytes to checked messages and
// back.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "acq/v1/control.pb.h"
#include "acq/v1/status.pb.h"
#include "acq/v1/stream.pb.h"
#include "dsp/base/params.h"
#include "dsp/base/result.h"

namespace acq {

// Reads an untrusted request: at most 64 KiB, nested at most 8 deep, no unknown fields, text clean
// and at most 256 bytes, numbers finite, lists within their limits, a verb given. kOverflow: too
// large; kInvalid names the field path. Uses at most 64 times its bytes of memory. Any thread.
Result<v1::Request> decode_request(std::span<const std::byte> raw);

// What a daemon tells a client, checked in the same way but open for fields and enum values of a
// later version: those are kept or ignored.
Result<v1::Reply> decode_reply(std::span<const std::byte> raw);
Result<v1::Status> decode_status(std::span<const std::byte> raw);
Result<v1::Event> decode_event(std::span<const std::byte> raw);
Result<v1::StreamDescriptor> decode_descriptor(std::span<const std::byte> raw);

// The same message gives the same bytes, maps included.
std::string encode(const google::protobuf::MessageLite& message);
// encode(), or a kOverflow reply with the same id where the reply is larger than a client takes.
std::string encode_reply(const v1::Reply& reply);

// Makes `reply` the answer to a request that failed; its id stays.
void set_error(const Error& error, v1::Reply& reply);
// The failure a reply tells of; of a reply that is none, kInternal.
Error error_of(const v1::Reply& reply);

// A parameter's value. A message without a value, which the decoders above refuse, reads as empty
// text.
void to_wire(const Value& value, v1::Value& out);
Value from_wire(const v1::Value& value);

}  // namespace acq
