#include "drivers/scpi/rpc.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "drivers/transport/wait.h"

namespace acq::scpi {
namespace {

constexpr std::uint32_t kLastFragment = 0x80000000;
constexpr std::uint32_t kCall = 0;
constexpr std::uint32_t kReply = 1;
constexpr std::uint32_t kRpcVersion = 2;
constexpr std::size_t kMostVerifier_bytes = 400;  // RFC 5531, 8.2

// RFC 5531, section 9, accept_stat.
Error refused(std::uint32_t status) {
  constexpr const char* kWords[] = {"",
                                    "has no such program",
                                    "has another version of the program",
                                    "has no such procedure",
                                    "could not read the arguments",
                                    "failed inside"};
  const std::string word =
      status < std::size(kWords) ? kWords[status] : fmt::format("refused with {}", status);
  return Error{.code = status <= 3 ? Code::kUnsupported : Code::kIo,
               .sentence = "the instrument " + word};
}

}  // namespace

Result<std::span<const std::byte>> RpcRecord::read(ByteStream& stream, const Until& until) {
  if (is_whole_) {
    have_ = 0;
    is_last_ = is_whole_ = false;
  }
  while (!is_last_ || fragment_left_ > 0) {
    if (fragment_left_ == 0) {
      std::byte one{};
      const Result<std::size_t> got = stream.read(std::span(&one, 1), until);
      if (!got) return tl::unexpected<Error>(got.error());
      mark_ = mark_ << 8 | std::to_integer<std::uint32_t>(one);
      if (++mark_have_ < 4) continue;
      mark_have_ = 0;
      is_last_ = (mark_ & kLastFragment) != 0;
      fragment_left_ = mark_ & ~kLastFragment;
      if (fragment_left_ > most_bytes_ - have_) {
        const std::size_t bytes = have_ + std::exchange(fragment_left_, 0);
        return fail(Code::kIo, fmt::format("a reply of {} bytes", bytes), {},
                    fmt::format("at most {}", most_bytes_));
      }
      // Fragments may be empty, without end.
      if (is_over(until)) return fail(Code::kTimeout, "the reply does not end in time");
      bytes_.resize(std::max(bytes_.size(), have_ + fragment_left_));
      continue;
    }
    const Result<std::size_t> got =
        stream.read(std::span(bytes_).subspan(have_, fragment_left_), until);
    if (!got) return tl::unexpected<Error>(got.error());
    have_ += *got;
    fragment_left_ -= static_cast<std::uint32_t>(*got);
  }
  is_whole_ = true;
  return std::span<const std::byte>(bytes_).first(have_);
}

Result<RpcReply> parse_rpc_reply(std::span<const std::byte> raw) {
  XdrReader reader(raw);
  const auto transaction = reader.number();
  const auto kind = reader.number();
  const auto is_denied = reader.number();
  if (!transaction || !kind || !is_denied || *kind != kReply || *is_denied > 1)
    return fail(Code::kIo, "what came is no reply");
  if (*is_denied == 1) {
    return RpcReply{*transaction, fail(Code::kDenied, "the instrument denies remote calls")};
  }
  const auto flavor = reader.number();
  const auto verifier = reader.opaque(kMostVerifier_bytes);
  const auto status = reader.number();
  if (!flavor || !verifier || !status) return fail(Code::kIo, "a reply is cut off");
  if (*status != 0) return RpcReply{*transaction, tl::unexpected<Error>(refused(*status))};
  return RpcReply{*transaction, reader};
}

Result<XdrReader> RpcClient::receive(const Until& until) {
  while (true) {
    const Result<std::span<const std::byte>> raw = record_.read(*stream_, until);
    if (!raw) {
      if (raw.error().code != Code::kTimeout) is_usable_ = false;
      return tl::unexpected<Error>(raw.error());
    }
    Result<RpcReply> reply = parse_rpc_reply(*raw);
    if (!reply) {
      is_usable_ = false;
      return tl::unexpected<Error>(reply.error());
    }
    if (reply->transaction == transaction_) {
      is_reply_due_ = false;
      return reply->results;
    }
    // A late one.
    if (is_over(until)) return fail(Code::kTimeout, "the reply did not come in time");
  }
}

Result<void> RpcClient::await_late(const Until& until) {
  if (!is_usable_) return fail(Code::kDisconnected, "the connection is of no more use");
  const Result<XdrReader> late = receive(until);
  if (!late && is_reply_due_) return tl::unexpected<Error>(late.error());
  return {};
}

Result<XdrReader> RpcClient::call(std::uint32_t procedure, std::span<const std::byte> arguments,
                                  const Until& until) {
  if (!is_usable_) return fail(Code::kDisconnected, "the connection is of no more use");
  XdrWriter writer;
  constexpr std::size_t kHeader_bytes = 40;
  writer.number(kLastFragment | static_cast<std::uint32_t>(kHeader_bytes + arguments.size()));
  writer.number(++transaction_).number(kCall).number(kRpcVersion);
  writer.number(program_).number(version_).number(procedure);
  writer.number(0).number(0).number(0).number(0);  // no credentials, no verifier
  std::vector<std::byte> message(writer.bytes().begin(), writer.bytes().end());
  message.insert(message.end(), arguments.begin(), arguments.end());
  if (Result<void> sent = stream_->write(message, until); !sent) {
    is_usable_ = false;
    return tl::unexpected<Error>(sent.error());
  }
  is_reply_due_ = true;
  return receive(until);
}

Result<std::uint16_t> find_rpc_port(std::unique_ptr<ByteStream> stream, std::uint32_t program,
                                    std::uint32_t version, const Until& until) {
  constexpr std::uint32_t kPortMapper = 100000;
  constexpr std::uint32_t kGetPort = 3;
  constexpr std::uint32_t kTcp = 6;
  RpcClient mapper(std::move(stream), kPortMapper, 2, 1024);
  XdrWriter arguments;
  arguments.number(program).number(version).number(kTcp).number(0);
  Result<XdrReader> results = mapper.call(kGetPort, arguments.bytes(), until);
  if (!results) return tl::unexpected<Error>(results.error());
  const Result<std::uint32_t> port = results->number();
  if (!port) return tl::unexpected<Error>(port.error());
  if (*port == 0 || *port > 65535)
    return fail(Code::kNotFound, "the port mapper knows no such program");
  return static_cast<std::uint16_t>(*port);
}

}  // namespace acq::scpi
