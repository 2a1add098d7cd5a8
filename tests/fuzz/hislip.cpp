// Bytes as what a HiSLIP server sends on its two connections: every call ends and keeps to the
// caller's buffer.
//
// The first byte: how the bytes are cut, and whether the handshake before them is a sound one. The
// second: how many of the bytes, in 256ths, come on the first connection.
#include <array>
#include <string>

#include "drivers/scpi/hislip_link.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/faulty_stream.h"
#include "tests/support/hislip_bytes.h"
#include "tests/support/scripted_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acq;
  if (size < 2) return 0;
  const Until soon{.deadline_ns = INT64_MAX};
  const std::string_view bytes = fuzz::text_of(data + 2, size - 2);
  const std::size_t middle = bytes.size() * data[1] / 256;
  std::string sync(bytes.substr(0, middle));
  std::string async(bytes.substr(middle));
  if ((data[0] & 1) != 0) {
    sync.insert(0, test::hislip_message(1, 0, 0x01000007));
    async.insert(0, test::hislip_message(18, 0, 0) +
                        test::hislip_message(16, 0, 0, std::string("\0\0\0\0\0\x10\0\0", 8)));
  }
  int connects = 0;
  const auto connect = [&](const Until&) -> Result<std::unique_ptr<ByteStream>> {
    if (connects == 6) return fail(Code::kDisconnected, "enough");
    auto stream =
        std::make_unique<test::ScriptedStream>([](std::string_view) { return std::string{}; });
    stream->send(connects++ % 2 == 0 ? sync : async);
    const test::StreamFaults faults{.seed = data[0], .longest_read = 1U + data[0] / 2};
    return std::make_unique<test::FaultyStream>(std::move(stream), faults);
  };
  auto link = scpi::HislipLink::open("hislip", connect, "hislip0", soon);
  if (!link) return 0;
  std::array<std::byte, 32> into{};
  for (int i = 0; i < 2; ++i) {
    static_cast<void>((*link)->write("A?", soon));
    for (int reads = 0; reads < 100; ++reads) {
      const auto piece = (*link)->read(into, soon);
      if (!piece) break;
      ACQ_CHECK(piece->bytes <= into.size());
      ACQ_CHECK(piece->bytes > 0 || piece->is_end);
    }
    static_cast<void>((*link)->status_byte(soon));
    static_cast<void>((*link)->wait_service_request(soon));
    static_cast<void>((*link)->set_remote(true, soon));
    static_cast<void>((*link)->clear(soon));
  }
  return 0;
}
