// Bytes as what a VXI-11 instrument sends on its core channel, and as a call on the interrupt
// channel: every call ends and keeps to the caller's buffer.
//
// The first byte: how the bytes are cut, and whether a link is there before them.
#include <array>
#include <string>

#include "drivers/scpi/vxi11_link.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/faulty_stream.h"
#include "tests/support/rpc_bytes.h"
#include "tests/support/scripted_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acq;
  if (size < 1) return 0;
  const Until soon{.deadline_ns = INT64_MAX};
  const auto raw = fuzz::bytes_of(data + 1, size - 1);
  static_cast<void>(scpi::is_service_request(raw));
  static_cast<void>(scpi::parse_rpc_reply(raw));
  std::string said(fuzz::text_of(data + 1, size - 1));
  if ((data[0] & 1) != 0) {
    said.insert(0, test::rpc_reply(test::kFirstTransaction,
                                   test::xdr(0) + test::xdr(77) + test::xdr(1025) + test::xdr(32)));
  }
  int connects = 0;
  scpi::Vxi11Settings settings{
      .name = "vxi11", .core_port = (data[0] & 2) != 0 ? std::uint16_t{0} : std::uint16_t{1024}};
  settings.connect = [&](std::uint16_t, const Until&) -> Result<std::unique_ptr<ByteStream>> {
    if (++connects == 6) return fail(Code::kDisconnected, "enough");
    auto stream =
        std::make_unique<test::ScriptedStream>([](std::string_view) { return std::string{}; });
    stream->send(said);
    const test::StreamFaults faults{.seed = data[0], .longest_read = 1U + data[0] / 4};
    return std::make_unique<test::FaultyStream>(std::move(stream), faults);
  };
  auto link = scpi::Vxi11Link::open(std::move(settings), soon);
  if (!link) return 0;
  std::array<std::byte, 32> into{};
  for (int i = 0; i < 2; ++i) {
    static_cast<void>((*link)->write("MEAS:VOLT? (@101,102,103,104,105)", soon));
    if (const auto piece = (*link)->read(into, soon)) ACQ_CHECK(piece->bytes <= into.size());
    static_cast<void>((*link)->status_byte(soon));
    static_cast<void>((*link)->set_remote(true, soon));
    static_cast<void>((*link)->clear(soon));
  }
  return 0;
}
