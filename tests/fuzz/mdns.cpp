// Bytes as they may come from a local network: messages of multicast DNS, one after another, up to the
// configuration that is made of them.
#include <algorithm>
#include <cstdint>

#include "drivers/discovery/found.h"
#include "drivers/discovery/scan.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acq;
  dns::ServiceTable table(discovery::service_types());
  std::span<const std::byte> rest = fuzz::bytes_of(data, size);
  // Each with its length in front, in two bytes.
  while (rest.size() >= 2) {
    const std::size_t length = std::min<std::size_t>(
        std::to_integer<std::size_t>(rest[0]) << 8U | std::to_integer<std::size_t>(rest[1]),
        rest.size() - 2);
    const auto message = dns::decode_message(rest.subspan(2, length));
    if (message) {
      ACQ_CHECK(message->records.size() <= dns::kMostRecords);
      table.add(*message);
    }
    rest = rest.subspan(2 + length);
  }
  // Whatever was told, the next query can be made.
  ACQ_CHECK(dns::encode_query(table.questions()).size() <= dns::kMostBytes);
  auto found = discovery::found_on_lan(table.services());
  discovery::make_names_unique(found);
  for (const auto& one : found) {
    for (const char c : discovery::snippet(one)) ACQ_CHECK(c == '\n' || (c >= ' ' && c <= '~'));
  }
  return 0;
}
