#include "drivers/scpi/raw_link.h"

#include <algorithm>
#include <array>

#include "drivers/transport/wait.h"
#include "dsp/base/clock.h"

namespace acq::scpi {

Result<std::unique_ptr<RawLink>> RawLink::open(std::string name, Connect connect, Recovery recovery,
                                               std::string terminator, const Until& until) {
  std::unique_ptr<RawLink> link(
      new RawLink(std::move(name), std::move(connect), recovery, std::move(terminator)));
  if (Result<void> done = link->reconnect(until); !done) return tl::unexpected<Error>(done.error());
  return link;
}

Result<void> RawLink::reconnect(const Until& until) {
  stream_.reset();  // first: most instruments take one connection only
  Result<std::unique_ptr<ByteStream>> stream = connect_(until);
  if (!stream) return tl::unexpected<Error>(stream.error());
  stream_ = std::move(*stream);
  return {};
}

tl::unexpected<Error> RawLink::cannot(std::string_view what) const {
  return fail(Code::kUnsupported, name_ + " cannot " + std::string(what));
}

Result<void> RawLink::write(std::string_view message, const Until& until) {
  if (!stream_) return fail(Code::kDisconnected, name_ + " is not connected");
  // In one piece: some instruments take each packet for a message.
  const auto bytes = std::as_bytes(std::span(message));
  const auto end = std::as_bytes(std::span(terminator_));
  out_.assign(bytes.begin(), bytes.end());
  out_.insert(out_.end(), end.begin(), end.end());
  return stream_->write(out_, until);
}

Result<Piece> RawLink::read(std::span<std::byte> into, const Until& until) {
  if (!stream_) return fail(Code::kDisconnected, name_ + " is not connected");
  return stream_->read(into, until).map([](std::size_t bytes) { return Piece{bytes, false}; });
}

Result<void> RawLink::clear(const Until& until) {
  return recovery_ == Recovery::kReconnect || !stream_ ? reconnect(until) : wait_quiet(until);
}

Result<void> RawLink::wait_quiet(const Until& until) {
  // Of a short time a part, so that something is left to get back in step with.
  const std::int64_t quiet_ns = std::min(kQuiet_ns, remaining_ns(until) / 3);
  std::array<std::byte, 1024> scratch;
  while (!is_over(until)) {
    const std::int64_t silent_ns = system_clock().now_ns() + quiet_ns;
    const Until part{.deadline_ns = std::min(silent_ns, until.deadline_ns), .stop = until.stop};
    const Result<std::size_t> got = stream_->read(scratch, part);
    if (got) continue;
    if (got.error().code != Code::kTimeout) return tl::unexpected<Error>(got.error());
    if (silent_ns <= until.deadline_ns && !until.stop.stop_requested()) return {};
  }
  return fail(Code::kTimeout, name_ + " did not fall silent in time");
}

Result<std::uint8_t> RawLink::status_byte(const Until& /*until*/) {
  return cannot("read the status byte beside the messages");
}
Result<void> RawLink::enable_service_requests(const Until& /*until*/) {
  return cannot("request service");
}
Result<bool> RawLink::wait_service_request(const Until& /*until*/) {
  return cannot("request service");
}
Result<void> RawLink::trigger(const Until& /*until*/) {
  return cannot("trigger");
}
Result<void> RawLink::set_remote(bool /*is_remote*/, const Until& /*until*/) {
  return cannot("switch between remote and local");
}

}  // namespace acq::scpi
