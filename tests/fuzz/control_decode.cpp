// Bytes as a request and as everything a daemon sends: what is accepted encodes to bytes that
// decode to the same, and a request takes at most 64 times its bytes of memory.
#include <string>

#include "proto/limits.h"
#include "proto/messages.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/heap_peak.h"

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

template <typename Decode>
void check_round_trip(Decode decode, std::span<const std::byte> raw) {
  const auto message = decode(raw);
  if (!message) {
    ACQ_CHECK(!message.error().sentence.empty() && !message.error().where.empty());
    return;
  }
  const std::string bytes = acq::encode(*message);
  const auto again = decode(bytes_of(bytes));
  ACQ_CHECK(again.has_value());
  ACQ_CHECK(acq::encode(*again) == bytes);
}

void check_values(const acq::v1::Request& request) {
  for (const auto& assignment : request.set().assignments()) {
    acq::v1::Value back;
    acq::to_wire(acq::from_wire(assignment.value()), back);
    ACQ_CHECK(acq::encode(back) == acq::encode(assignment.value()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> raw = acq::fuzz::bytes_of(data, size);
  // protobuf builds its description of the schema once.
  [[maybe_unused]] static const bool is_warm = !acq::decode_request({}).has_value();
  {
    constexpr std::size_t kFixed = 4096;  // one message object, one error
    const acq::testing::HeapPeak heap;
    const auto request = acq::decode_request(raw);
    ACQ_CHECK(heap.bytes() <= 64 * size + kFixed);
    if (request) check_values(*request);
  }
  check_round_trip(acq::decode_request, raw);
  check_round_trip(acq::decode_reply, raw);
  check_round_trip(acq::decode_status, raw);
  check_round_trip(acq::decode_event, raw);
  check_round_trip(acq::decode_descriptor, raw);
  return 0;
}
