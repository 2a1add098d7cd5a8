#include "drivers/scpi/hislip_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "drivers/transport/wait.h"

namespace acq::scpi {
namespace {

constexpr std::uint32_t kFirstId = 0xffffff00;
constexpr std::uint32_t kAnyId = 0xffffffff;  // what servers in overlapped mode put
constexpr std::uint32_t kVersion = 0x0100;
constexpr std::uint32_t kVendor = 0x7878;  // "xx": not registered with IVI
constexpr std::uint8_t kSynchronised = 0;
// Control codes of AsyncRemoteLocalControl (IVI-6.1, table 24).
constexpr std::uint8_t kGoToRemote = 3;
constexpr std::uint8_t kGoToLocal = 6;

}  // namespace

Result<std::unique_ptr<HislipLink>> HislipLink::open(std::string name, Connect connect,
                                                     std::string sub_address, const Until& until) {
  std::unique_ptr<HislipLink> link(
      new HislipLink(std::move(name), std::move(connect), std::move(sub_address)));
  if (Result<void> done = link->connect(until); !done) return tl::unexpected<Error>(done.error());
  return link;
}

Result<void> HislipLink::connect(const Until& until) {
  sync_.reset();
  async_.reset();
  next_id_ = kFirstId;
  last_id_ = kFirstId - 2;
  is_reading_ = was_delivered_ = is_called_ = false;
  Result<std::unique_ptr<ByteStream>> stream = connect_(until);
  if (!stream) return tl::unexpected<Error>(stream.error());
  HislipChannel sync(std::move(*stream));
  const HislipHeader hello{.type = HislipType::kInitialize, .parameter = kVersion << 16 | kVendor};
  if (Result<void> sent = sync.send(hello, sub_address_, until); !sent) return sent;
  const Result<HislipHeader> session = await(sync, HislipType::kInitializeResponse, until);
  if (!session) return tl::unexpected<Error>(session.error());

  stream = connect_(until);
  if (!stream) return tl::unexpected<Error>(stream.error());
  HislipChannel async(std::move(*stream));
  const HislipHeader join{.type = HislipType::kAsyncInitialize,
                          .parameter = session->parameter & 0xffff};
  if (Result<void> sent = async.send(join, {}, until); !sent) return sent;
  if (Result<HislipHeader> joined = await(async, HislipType::kAsyncInitializeResponse, until);
      !joined)
    return tl::unexpected<Error>(joined.error());
  sync_ = std::move(sync);
  async_ = std::move(async);
  return negotiate_size(until);
}

Result<void> HislipLink::negotiate_size(const Until& until) {
  std::string size;
  for (int shift = 56; shift >= 0; shift -= 8)
    size += static_cast<char>(kMostHislipData_bytes >> shift & 0xff);
  if (Result<void> sent = async_->send({.type = HislipType::kAsyncMaxMsgSize}, size, until); !sent)
    return sent;
  const Result<HislipHeader> header = await(*async_, HislipType::kAsyncMaxMsgSizeResponse, until);
  if (!header) return tl::unexpected<Error>(header.error());
  const Result<std::string> raw = async_->read_text(until);
  if (!raw) return tl::unexpected<Error>(raw.error());
  std::uint64_t most = 0;
  for (const char c : *raw) most = most << 8 | static_cast<unsigned char>(c);
  // Whether the header counts is read in both ways; a message shorter by it is right in each.
  if (raw->size() != sizeof(most) || most <= kHislipHeader_bytes)
    return fail(Code::kIo,
                "the instrument takes no messages: its longest is " + std::to_string(most));
  most_bytes_ = most - kHislipHeader_bytes;
  return {};
}

Result<void> HislipLink::handle_other(HislipChannel& channel, const HislipHeader& header,
                                      const Until& until) {
  if (header.type == HislipType::kAsyncServiceRequest) is_called_ = true;
  if (header.type != HislipType::kFatalError && header.type != HislipType::kError) {
    if (is_over(until)) return fail(Code::kTimeout, "what was waited for did not come in time");
    return {};
  }
  const Result<std::string> text = channel.read_text(until);
  if (header.type == HislipType::kFatalError) {
    sync_.reset();
    async_.reset();
  }
  return tl::unexpected<Error>(error_of(header, text.value_or("")));
}

Result<HislipHeader> HislipLink::await(HislipChannel& channel, HislipType type,
                                       const Until& until) {
  while (true) {
    Result<HislipHeader> header = channel.next(until);
    if (!header || header->type == type) return header;
    if (Result<void> done = handle_other(channel, *header, until); !done)
      return tl::unexpected<Error>(done.error());
  }
}

Result<void> HislipLink::send(HislipType type, std::string_view payload, const Until& until) {
  const HislipHeader header{.type = type,
                            .control = static_cast<std::uint8_t>(was_delivered_ ? 1 : 0),
                            .parameter = next_id_};
  if (Result<void> sent = sync_->send(header, payload, until); !sent) return sent;
  was_delivered_ = false;
  last_id_ = next_id_;
  next_id_ += 2;
  return {};
}

Result<void> HislipLink::write(std::string_view message, const Until& until) {
  if (!sync_) return fail(Code::kDisconnected, "is not connected");
  while (message.size() > most_bytes_) {
    const std::string_view part = message.substr(0, static_cast<std::size_t>(most_bytes_));
    if (Result<void> sent = send(HislipType::kData, part, until); !sent) return sent;
    message.remove_prefix(part.size());
  }
  // END ends a message; the newline is for instruments that wait for one all the same.
  std::string last(message);
  last += '\n';
  if (last.size() <= most_bytes_) return send(HislipType::kDataEnd, last, until);
  if (Result<void> sent = send(HislipType::kData, message, until); !sent) return sent;
  return send(HislipType::kDataEnd, "\n", until);
}

bool HislipLink::is_answer(const HislipHeader& header) const noexcept {
  const bool is_data = header.type == HislipType::kData || header.type == HislipType::kDataEnd;
  // One with another number answers a message before this one.
  return is_data && (header.parameter == last_id_ || header.parameter == kAnyId);
}

Result<Piece> HislipLink::read(std::span<std::byte> into, const Until& until) {
  if (!sync_) return fail(Code::kDisconnected, "is not connected");
  while (!is_reading_) {
    const Result<HislipHeader> header = sync_->next(until);
    if (!header) return tl::unexpected<Error>(header.error());
    is_reading_end_ = header->type == HislipType::kDataEnd;
    is_reading_ = is_answer(*header) && (header->length > 0 || is_reading_end_);
    if (is_reading_) break;
    if (Result<void> done = handle_other(*sync_, *header, until); !done)
      return tl::unexpected<Error>(done.error());
  }
  const Result<std::size_t> got = sync_->read(into, until);
  if (!got) return tl::unexpected<Error>(got.error());
  is_reading_ = sync_->left_bytes() > 0;
  const bool is_end = is_reading_end_ && !is_reading_;
  if (is_end) was_delivered_ = true;
  return Piece{.bytes = *got, .is_end = is_end};
}

Result<void> HislipLink::clear(const Until& until) {
  const bool is_whole = sync_ && async_ && sync_->is_usable() && async_->is_usable();
  if (!is_whole) return connect(until);
  Result<void> cleared = device_clear(until);
  if (cleared || cleared.error().code == Code::kTimeout) return cleared;
  return connect(until);
}

Result<void> HislipLink::device_clear(const Until& until) {
  if (Result<void> sent = async_->send({.type = HislipType::kAsyncDeviceClear}, {}, until); !sent)
    return sent;
  if (Result<HislipHeader> seen = await(*async_, HislipType::kAsyncDeviceClearAcknowledge, until);
      !seen)
    return tl::unexpected<Error>(seen.error());
  const HislipHeader complete{.type = HislipType::kDeviceClearComplete, .control = kSynchronised};
  if (Result<void> sent = sync_->send(complete, {}, until); !sent) return sent;
  // Whatever was under way comes before the acknowledgement, and is skipped.
  if (Result<HislipHeader> seen = await(*sync_, HislipType::kDeviceClearAcknowledge, until); !seen)
    return tl::unexpected<Error>(seen.error());
  next_id_ = kFirstId;
  last_id_ = kFirstId - 2;
  is_reading_ = was_delivered_ = false;
  return {};
}

Result<std::uint8_t> HislipLink::status_byte(const Until& until) {
  if (!async_) return fail(Code::kDisconnected, "is not connected");
  const HislipHeader query{.type = HislipType::kAsyncStatusQuery,
                           .control = static_cast<std::uint8_t>(was_delivered_ ? 1 : 0),
                           .parameter = last_id_};
  if (Result<void> sent = async_->send(query, {}, until); !sent)
    return tl::unexpected<Error>(sent.error());
  return await(*async_, HislipType::kAsyncStatusResponse, until)
      .map([](const HislipHeader& header) { return header.control; });
}

// The second connection carries them from the start.
Result<void> HislipLink::enable_service_requests(const Until& /*until*/) {
  return {};
}

Result<bool> HislipLink::wait_service_request(const Until& until) {
  if (!async_) return fail(Code::kDisconnected, "is not connected");
  if (std::exchange(is_called_, false)) return true;
  const Result<HislipHeader> header = await(*async_, HislipType::kAsyncServiceRequest, until);
  if (header) return true;
  if (header.error().code == Code::kTimeout) return false;
  return tl::unexpected<Error>(header.error());
}

Result<void> HislipLink::trigger(const Until& until) {
  if (!sync_) return fail(Code::kDisconnected, "is not connected");
  return send(HislipType::kTrigger, {}, until);
}

Result<void> HislipLink::set_remote(bool is_remote, const Until& until) {
  if (!async_) return fail(Code::kDisconnected, "is not connected");
  const HislipHeader control{.type = HislipType::kAsyncRemoteLocalControl,
                             .control = is_remote ? kGoToRemote : kGoToLocal,
                             .parameter = last_id_};
  if (Result<void> sent = async_->send(control, {}, until); !sent) return sent;
  if (Result<HislipHeader> seen = await(*async_, HislipType::kAsyncRemoteLocalResponse, until);
      !seen)
    return tl::unexpected<Error>(seen.error());
  return {};
}

}  // namespace acq::scpi
