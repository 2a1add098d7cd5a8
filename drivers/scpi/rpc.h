// Remote procedure calls (ONC RPC version 2, RFC 5531) over TCP, as a client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "drivers/scpi/xdr.h"
#include "drivers/transport/byte_stream.h"

namespace acq::scpi {

// Puts a record together from its fragments. Where the bytes are cut makes no difference; nothing
// beyond `most_bytes` is ever kept.
class RpcRecord {
 public:
  explicit RpcRecord(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // Reads until a record is whole. After kTimeout, reading goes on where it ended. kIo: too long.
  Result<std::span<const std::byte>> read(ByteStream& stream, const Until& until);

 private:
  std::size_t most_bytes_;
  std::vector<std::byte> bytes_;
  std::size_t have_ = 0;
  std::uint32_t mark_ = 0;
  int mark_have_ = 0;
  std::uint32_t fragment_left_ = 0;
  bool is_last_ = false;
  bool is_whole_ = false;  // what is here was given to the caller
};

// One connection to one program.
class RpcClient {
 public:
  RpcClient(std::unique_ptr<ByteStream> stream, std::uint32_t program, std::uint32_t version,
            std::size_t most_reply_bytes)
      : stream_(std::move(stream)),
        program_(program),
        version_(version),
        record_(most_reply_bytes) {}

  // Calls and waits for the reply; its results are valid until the next call. After kTimeout the
  // reply may still come: await_late() waits for it, the next call() drops it.
  Result<XdrReader> call(std::uint32_t procedure, std::span<const std::byte> arguments,
                         const Until& until);
  [[nodiscard]] bool is_reply_due() const noexcept { return is_reply_due_; }
  Result<void> await_late(const Until& until);
  // Whether calls can still be sent: not after a write that failed half way, or a lost connection.
  [[nodiscard]] bool is_usable() const noexcept { return is_usable_; }

 private:
  Result<XdrReader> receive(const Until& until);

  std::unique_ptr<ByteStream> stream_;
  std::uint32_t program_;
  std::uint32_t version_;
  RpcRecord record_;
  std::uint32_t transaction_ = 0x61637100;
  bool is_reply_due_ = false;
  bool is_usable_ = true;
};

// Looks at a reply: its transaction, and its results or what the server says is wrong. kIo: not a
// reply.
struct RpcReply {
  std::uint32_t transaction = 0;
  Result<XdrReader> results;
};
Result<RpcReply> parse_rpc_reply(std::span<const std::byte> raw);

// Asks the port mapper at the other end of `stream` (RFC 1833, version 2) for a program's TCP port.
// kNotFound: it is not there.
Result<std::uint16_t> find_rpc_port(std::unique_ptr<ByteStream> stream, std::uint32_t program,
                                    std::uint32_t version, const Until& until);
inline constexpr std::uint16_t kPortMapperPort = 111;

}  // namespace acq::scpi
