#include "drivers/scpi/vxi11_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "drivers/transport/wait.h"
#include "dsp/base/clock.h"

namespace acq::scpi {
namespace {

constexpr std::uint32_t kCoreProgram = 0x0607af;
constexpr std::uint32_t kAbortProgram = 0x0607b0;
constexpr std::uint32_t kVersion = 1;

enum Procedure : std::uint32_t {
  kAbort = 1,
  kCreateLink = 10,
  kWrite = 11,
  kRead = 12,
  kReadStatus = 13,
  kTrigger = 14,
  kClear = 15,
  kRemote = 16,
  kLocal = 17,
  kEnableCalls = 20,
  kDestroyLink = 23,
  kCreateInterrupt = 25,
};

constexpr std::uint32_t kFlagEnd = 8;
constexpr std::uint32_t kReasonEnd = 4;
// What one read asks for, and so the longest reply that is kept.
constexpr std::size_t kMostRead_bytes = std::size_t{1} << 20;
constexpr std::size_t kMostReply_bytes = kMostRead_bytes + 4096;
// Below this (VXI-11 B.6.10 asks for 1024) no command fits.
constexpr std::uint32_t kLeastWrite_bytes = 16;

// Table B.2 of VXI-11.
Error error_of(std::uint32_t number) {
  struct Word {
    std::uint32_t number;
    Code code;
    const char* text;
  };
  constexpr Word kWords[] = {{1, Code::kIo, "syntax error"},
                             {3, Code::kNotFound, "the device is not accessible"},
                             {4, Code::kDisconnected, "the link is not known"},
                             {5, Code::kInvalid, "parameter error"},
                             {6, Code::kIo, "the channel is not established"},
                             {8, Code::kUnsupported, "not supported"},
                             {9, Code::kBusy, "out of resources"},
                             {11, Code::kBusy, "locked by another link"},
                             {12, Code::kIo, "no lock is held by this link"},
                             {15, Code::kTimeout, "the instrument did not answer in time"},
                             {17, Code::kIo, "input or output failed"},
                             {21, Code::kInvalid, "the device's name is wrong"},
                             {23, Code::kTimeout, "aborted"},
                             {29, Code::kBusy, "the channel is already established"}};
  for (const Word& word : kWords)
    if (word.number == number) return Error{.code = word.code, .sentence = word.text};
  return Error{.code = Code::kIo, .sentence = fmt::format("the instrument's error {}", number)};
}

// What the instrument may take: a little less than we wait, so that its own answer comes in time.
std::uint32_t time_for_instrument_ms(const Until& until) noexcept {
  constexpr std::int64_t kLongest_ms = 3'600'000;
  const std::int64_t left_ms = remaining_ns(until) / 1'000'000;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left_ms * 95 / 100, 1, kLongest_ms));
}

}  // namespace

Result<std::unique_ptr<Vxi11Link>> Vxi11Link::open(Vxi11Settings settings, const Until& until) {
  std::unique_ptr<Vxi11Link> link(new Vxi11Link(std::move(settings)));
  if (Result<void> done = link->connect(until); !done) return tl::unexpected<Error>(done.error());
  return link;
}

Vxi11Link::~Vxi11Link() {
  // Instruments have few links, and some keep those that only lose their connection.
  if (!core_ || !core_->is_usable() || core_->is_reply_due()) return;
  constexpr std::int64_t kPatience_ns = 100'000'000;
  const Until until{.deadline_ns = system_clock().now_ns() + kPatience_ns};
  static_cast<void>(call(kDestroyLink, XdrWriter().number(link_id_), until));
}

Result<void> Vxi11Link::connect(const Until& until) {
  core_.reset();
  interrupt_.reset();
  std::uint16_t port = settings_.core_port;
  if (port == 0) {
    Result<std::unique_ptr<ByteStream>> mapper = settings_.connect(settings_.mapper_port, until);
    if (!mapper) return tl::unexpected<Error>(mapper.error());
    const Result<std::uint16_t> found =
        find_rpc_port(std::move(*mapper), kCoreProgram, kVersion, until);
    if (!found) return tl::unexpected<Error>(found.error());
    port = *found;
  }
  Result<std::unique_ptr<ByteStream>> stream = settings_.connect(port, until);
  if (!stream) return tl::unexpected<Error>(stream.error());
  core_ = std::make_unique<RpcClient>(std::move(*stream), kCoreProgram, kVersion, kMostReply_bytes);
  return create_link(until);
}

Result<void> Vxi11Link::create_link(const Until& until) {
  XdrWriter arguments;
  arguments.number(0).number(0).number(0).opaque(settings_.device);  // our id; no lock
  Result<XdrReader> results = call(kCreateLink, arguments, until);
  if (!results) return tl::unexpected<Error>(results.error());
  const auto link_id = results->number();
  const auto abort_port = results->number();
  const auto most_bytes = results->number();
  if (!link_id || !abort_port || !most_bytes) return fail(Code::kIo, "a reply is cut off");
  if (*most_bytes < kLeastWrite_bytes) {
    return fail(Code::kIo, fmt::format("the instrument takes {} bytes at once", *most_bytes), {},
                fmt::format("at least {}", kLeastWrite_bytes));
  }
  link_id_ = *link_id;
  abort_port_ = static_cast<std::uint16_t>(*abort_port);
  most_bytes_ = *most_bytes;
  return {};
}

Result<XdrReader> Vxi11Link::call(std::uint32_t procedure, const XdrWriter& arguments,
                                  const Until& until) {
  if (!core_) return fail(Code::kDisconnected, "is not connected");
  Result<XdrReader> results = core_->call(procedure, arguments.bytes(), until);
  if (!results) return results;
  const Result<std::uint32_t> error = results->number();
  if (!error) return tl::unexpected<Error>(error.error());
  if (*error != 0) return tl::unexpected<Error>(error_of(*error));
  return results;
}

Result<XdrReader> Vxi11Link::call_generic(std::uint32_t procedure, const Until& until) {
  XdrWriter arguments;
  arguments.number(link_id_).number(0).number(0).number(time_for_instrument_ms(until));
  return call(procedure, arguments, until);
}

Result<void> Vxi11Link::write(std::string_view message, const Until& until) {
  std::string rest(message);
  rest += '\n';  // for instruments that wait for one besides the END flag
  std::string_view left = rest;
  while (!left.empty()) {
    const std::string_view part = left.substr(0, std::min(left.size(), most_bytes_));
    XdrWriter arguments;
    arguments.number(link_id_).number(time_for_instrument_ms(until)).number(0);
    arguments.number(part.size() == left.size() ? kFlagEnd : 0).opaque(part);
    Result<XdrReader> results = call(kWrite, arguments, until);
    if (!results) return tl::unexpected<Error>(results.error());
    const Result<std::uint32_t> taken = results->number();
    if (!taken || *taken == 0 || *taken > part.size())
      return fail(Code::kIo, "the instrument does not say how much it took");
    left.remove_prefix(*taken);
  }
  return {};
}

Result<Piece> Vxi11Link::read(std::span<std::byte> into, const Until& until) {
  const std::size_t most = std::min(into.size(), kMostRead_bytes);
  XdrWriter arguments;
  arguments.number(link_id_).number(static_cast<std::uint32_t>(most));
  arguments.number(time_for_instrument_ms(until)).number(0).number(0).number(0);
  Result<XdrReader> results = call(kRead, arguments, until);
  if (!results) return tl::unexpected<Error>(results.error());
  const Result<std::uint32_t> reason = results->number();
  const auto data = results->opaque(most);
  if (!reason || !data) return tl::unexpected<Error>(!reason ? reason.error() : data.error());
  std::copy(data->begin(), data->end(), into.begin());
  return Piece{.bytes = data->size(), .is_end = (*reason & kReasonEnd) != 0};
}

// What is under way on the core channel ends with an error; its reply is waited for.
Result<void> Vxi11Link::abort(const Until& until) {
  Result<std::unique_ptr<ByteStream>> stream = settings_.connect(abort_port_, until);
  if (!stream) return tl::unexpected<Error>(stream.error());
  RpcClient async(std::move(*stream), kAbortProgram, kVersion, 1024);
  if (Result<XdrReader> done = async.call(kAbort, XdrWriter().number(link_id_).bytes(), until);
      !done)
    return tl::unexpected<Error>(done.error());
  return core_->await_late(until);
}

Result<void> Vxi11Link::clear(const Until& until) {
  if (!core_ || !core_->is_usable()) return connect(until);
  if (core_->is_reply_due()) {
    if (Result<void> done = abort(until); !done)
      return done.error().code == Code::kTimeout ? done : connect(until);
  }
  const Result<XdrReader> cleared = call_generic(kClear, until);
  if (cleared) return {};
  if (cleared.error().code == Code::kTimeout) return tl::unexpected<Error>(cleared.error());
  return connect(until);
}

Result<std::uint8_t> Vxi11Link::status_byte(const Until& until) {
  Result<XdrReader> results = call_generic(kReadStatus, until);
  if (!results) return tl::unexpected<Error>(results.error());
  return results->number().map(
      [](std::uint32_t status) { return static_cast<std::uint8_t>(status & 0xff); });
}

Result<void> Vxi11Link::enable_service_requests(const Until& until) {
  if (interrupt_) return {};
  const std::uint32_t address = settings_.local_ipv4 ? settings_.local_ipv4() : 0;
  if (address == 0)
    return fail(Code::kUnsupported, "service requests of VXI-11 need an IPv4 connection");
  Result<std::unique_ptr<Vxi11Interrupt>> interrupt = Vxi11Interrupt::open(address);
  if (!interrupt) return tl::unexpected<Error>(interrupt.error());
  XdrWriter channel;
  channel.number(address).number((*interrupt)->port()).number(kVxi11InterruptProgram);
  channel.number(kVersion).number(0);  // 0: TCP
  if (Result<XdrReader> made = call(kCreateInterrupt, channel, until); !made)
    return tl::unexpected<Error>(made.error());
  XdrWriter enable;
  enable.number(link_id_).number(1).opaque("acqd");
  if (Result<XdrReader> enabled = call(kEnableCalls, enable, until); !enabled)
    return tl::unexpected<Error>(enabled.error());
  interrupt_ = std::move(*interrupt);
  return {};
}

Result<bool> Vxi11Link::wait_service_request(const Until& until) {
  if (Result<void> done = enable_service_requests(until); !done)
    return tl::unexpected<Error>(done.error());
  return interrupt_->wait(until);
}

Result<void> Vxi11Link::trigger(const Until& until) {
  return call_generic(kTrigger, until).map([](const XdrReader&) {});
}

Result<void> Vxi11Link::set_remote(bool is_remote, const Until& until) {
  return call_generic(is_remote ? kRemote : kLocal, until).map([](const XdrReader&) {});
}

}  // namespace acq::scpi
