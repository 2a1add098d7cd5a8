// Bytes as what a Modbus device answers: the first byte picks framing and request. Refused,
// incomplete, or exactly the values asked for.
#include "drivers/modbus/protocol.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acq::modbus;
  if (size < 2) return 0;
  const auto framing = (data[0] & 1) != 0 ? Framing::kTcp : Framing::kRtu;
  constexpr Kind kKinds[] = {Kind::kCoil, Kind::kDiscrete, Kind::kHolding, Kind::kInput};
  Request request{.unit = 1, .kind = kKinds[data[0] >> 1 & 3]};
  request.count = static_cast<std::uint16_t>(1 + data[1] % most_of(request.kind));
  const auto received = acq::fuzz::bytes_of(data + 2, size - 2);
  const auto reply = parse(received, request, framing, 7);
  if (!reply) {
    ACQ_CHECK(reply.error().code == acq::Code::kIo && !reply.error().sentence.empty());
    return 0;
  }
  ACQ_CHECK(reply->used <= received.size() && reply->used <= kMostReplyBytes);
  ACQ_CHECK(reply->values.empty() || reply->values.size() == request.count);
  ACQ_CHECK(reply->used > 0 || (reply->values.empty() && !reply->refusal));
  if (reply->refusal) ACQ_CHECK(!exception_name(*reply->refusal).empty());
  return 0;
}
