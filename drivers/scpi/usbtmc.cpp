#include "drivers/scpi/usbtmc.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "drivers/transport/usb_exchange.h"

namespace acq::scpi {
namespace {

using usb::TransferEnd;

constexpr std::size_t kOutBytes = std::size_t{64} * 1024;
constexpr std::size_t kMostOutData = kOutBytes - usbtmc::kHeaderBytes - usbtmc::kAlignment;
// A small buffer of the caller's is no reason for many small requests.
constexpr std::size_t kLeastRequest = 4096;
constexpr std::uint8_t kUsb488 = 1;
constexpr std::int64_t kBusy_ns = 10'000'000;

tl::unexpected<Error> unsupported(std::string sentence) {
  return fail(Code::kUnsupported, std::move(sentence));
}

bool is_beyond_reset(const Error& error) {
  return error.code == Code::kDisconnected || error.code == Code::kBusy;  // gone, or no memory
}

Error error_of(TransferEnd end) {
  const std::string what = "the USB transfer " + std::string(to_string(end));
  switch (end) {
    case TransferEnd::kGone: return {Code::kDisconnected, "the instrument is gone"};
    case TransferEnd::kCancelled: return {Code::kTimeout, "the instrument does not answer"};
    default: return {Code::kIo, what};
  }
}

}  // namespace

UsbtmcLink::UsbtmcLink(std::string name, std::unique_ptr<usb::Device> device,
                       const usb::Interface& interface, Pipes pipes, const Clock& clock)
    : name_(std::move(name)),
      device_(std::move(device)),
      clock_(clock),
      quirks_(usbtmc::quirks_of(device_->info().vendor_id, device_->info().product_id,
                                device_->info().serial)),
      pipes_(std::move(pipes)),
      control_(*device_, interface, *pipes_.in, *pipes_.out, clock),
      is_488_(interface.protocol == kUsb488) {}

Result<std::unique_ptr<UsbtmcLink>> UsbtmcLink::open(std::string name,
                                                     std::unique_ptr<usb::Device> device,
                                                     const Clock& clock, const Until& until) {
  const usb::Interface* const interface = device->info().find(kUsbtmcClass);
  if (interface == nullptr) return unsupported("the USB device has no USBTMC interface");
  const usb::Endpoint* const in = interface->find(usb::TransferType::kBulk, true);
  const usb::Endpoint* const out = interface->find(usb::TransferType::kBulk, false);
  if (in == nullptr || out == nullptr)
    return unsupported("the USBTMC interface has no bulk endpoints");
  const usbtmc::Quirks& quirks =
      usbtmc::quirks_of(device->info().vendor_id, device->info().product_id, device->info().serial);
  if (const auto claimed = device->claim(*interface); !claimed)
    return tl::unexpected(claimed.error());
  if (quirks.needs_reset_at_open) {
    if (const auto reset = device->reset(); !reset) return tl::unexpected(reset.error());
  }
  // Room for the header, the padding and a packet more: the end is a short packet, also behind a
  // full one.
  const std::size_t packet = std::max<std::size_t>(in->packet_bytes, 1);
  const std::size_t least = usbtmc::padded(usbtmc::kHeaderBytes + quirks.most_per_request);
  const std::size_t in_bytes = (least / packet + 2) * packet;
  auto in_pipe = device->open_pipe(*in, 1, in_bytes);
  if (!in_pipe) return tl::unexpected(in_pipe.error());
  auto out_pipe = device->open_pipe(*out, 1, kOutBytes);
  if (!out_pipe) return tl::unexpected(out_pipe.error());
  std::unique_ptr<UsbtmcLink> link(new UsbtmcLink(std::move(name), std::move(device), *interface,
                                                  Pipes{std::move(*in_pipe), std::move(*out_pipe)},
                                                  clock));
  const usb::Interface& own = *link->device_->info().find(kUsbtmcClass);
  if (const auto begun = link->begin(own, until); !begun) return tl::unexpected(begun.error());
  return link;
}

// An instrument may still hold what another program, or an earlier run of this one, left in it.
Result<void> UsbtmcLink::begin(const usb::Interface& interface, const Until& until) {
  const auto can = control_.capabilities(until);
  if (can) can_ = *can;
  if (!can && can.error().code != Code::kUnsupported && can.error().code != Code::kIo)
    return tl::unexpected(can.error());
  auto cleared = control_.clear(until);
  // Some refuse to be cleared, and work.
  if (!cleared && cleared.error().code != Code::kUnsupported && cleared.error().code != Code::kIo)
    return cleared;
  for (const auto* pipe : {pipes_.in.get(), pipes_.out.get()}) {
    if (const auto halt = device_->clear_halt(pipe->endpoint()); !halt) return halt;
  }
  const usb::Endpoint* const interrupt = interface.find(usb::TransferType::kInterrupt, true);
  if (!is_488_ || interrupt == nullptr) return {};
  auto notices = usbtmc::Notices::open(*device_, *interrupt);
  if (!notices) return tl::unexpected(notices.error());
  notices_ = std::move(*notices);
  return {};
}

Result<void> UsbtmcLink::check_in_step() const {
  if (device_->is_gone()) return fail(Code::kDisconnected, "the instrument is gone");
  if (is_in_step_) return {};
  return fail(Code::kIo, "the instrument is out of step and has to be cleared");
}

tl::unexpected<Error> UsbtmcLink::cut_off(Cut what, Error error) {
  is_in_step_ = false;
  cut_ = what;
  if (device_->is_gone()) error = error_of(TransferEnd::kGone);
  return tl::unexpected<Error>(std::move(error));
}

void UsbtmcLink::forget_answer() noexcept {
  is_answering_ = has_header_ = is_last_ = false;
  expected_ = asked_ = 0;
  unread_ = {};
}

// One bulk-OUT transfer: header, data, more data, padding.
Result<void> UsbtmcLink::send(const usbtmc::Header& header, std::string_view data,
                              std::string_view more, const Until& until) {
  const std::span<std::byte> memory = pipes_.out->transfers().front().memory;
  const std::size_t size = header.size() + data.size() + more.size();
  auto end = std::copy(header.begin(), header.end(), memory.begin());
  for (const std::string_view part : {data, more}) {
    end = std::transform(part.begin(), part.end(), end,
                         [](char c) { return static_cast<std::byte>(c); });
  }
  std::fill(end, memory.begin() + static_cast<std::ptrdiff_t>(usbtmc::padded(size)), std::byte{0});
  const auto sent = usb::exchange(*pipes_.out, usbtmc::padded(size), until, clock_);
  if (!sent) return cut_off(Cut::kOut, sent.error());
  if ((*sent)->end != TransferEnd::kDone) return cut_off(Cut::kOut, error_of((*sent)->end));
  if ((*sent)->size_bytes != usbtmc::padded(size))
    return cut_off(Cut::kOut, {Code::kIo, "the instrument took only a part of a transfer"});
  return {};
}

Result<void> UsbtmcLink::write(std::string_view message, const Until& until) {
  if (const auto usable = check_in_step(); !usable) return usable;
  if (const auto finished = finish_answer(until); !finished) return finished;
  for (;;) {
    const std::string_view data = message.substr(0, kMostOutData - 1);
    message.remove_prefix(data.size());
    const bool is_end = message.empty();
    const std::string_view newline = is_end ? "\n" : "";
    const auto size = static_cast<std::uint32_t>(data.size() + newline.size());
    const auto sent = send(usbtmc::message_out(tag_.next(), size, is_end), data, newline, until);
    if (!sent || is_end) return sent;
  }
}

// The rest of an answer that nobody read: the part that was asked for has to be taken.
Result<void> UsbtmcLink::finish_answer(const Until& until) {
  while (is_answering_ && expected_ > 0) {
    unread_ = {};
    if (const auto received = receive(until); !received) return received;
  }
  forget_answer();
  return {};
}

Result<void> UsbtmcLink::request(std::size_t wanted, const Until& until) {
  const std::size_t most = std::max(wanted, kLeastRequest);
  asked_ = static_cast<std::uint32_t>(std::min<std::size_t>(most, quirks_.most_per_request));
  in_tag_ = tag_.next();
  auto asked = send(usbtmc::request_in(in_tag_, asked_, terminator_), {}, {}, until);
  if (!asked) return asked;
  is_answering_ = true;
  has_header_ = false;
  return {};
}

// What came in one transfer. Some instruments send an empty one before their answer.
Result<std::span<const std::byte>> UsbtmcLink::transfer_in(const Until& until) {
  const std::size_t bytes = pipes_.in->transfers().front().memory.size();
  for (;;) {
    const auto got = usb::exchange(*pipes_.in, bytes, until, clock_);
    if (!got) return cut_off(Cut::kIn, got.error());
    const usb::Transfer& transfer = **got;
    const auto data = std::span<const std::byte>(transfer.memory).first(transfer.size_bytes);
    // Everything may have come before the deadline, and only the end of the transfer not.
    const bool is_late = transfer.end == TransferEnd::kCancelled && !data.empty();
    if (transfer.end != TransferEnd::kDone && !is_late) {
      const auto error = cut_off(Cut::kIn, error_of(transfer.end));
      if (transfer.end == TransferEnd::kStall) {
        if (const auto cleared = device_->clear_halt(pipes_.in->endpoint()); !cleared)
          return tl::unexpected(cleared.error());
      }
      return error;
    }
    if (!data.empty()) return data;
    if (clock_.now_ns() >= until.deadline_ns || until.stop.stop_requested())
      return cut_off(Cut::kIn, error_of(TransferEnd::kCancelled));
  }
}

Result<void> UsbtmcLink::receive(const Until& until) {
  const auto got = transfer_in(until);
  if (!got) return tl::unexpected(got.error());
  std::span<const std::byte> data = *got;
  if (!has_header_) {
    const std::uint32_t most =
        quirks_.has_one_header ? std::numeric_limits<std::uint32_t>::max() : asked_;
    const auto header = usbtmc::parse_message_in(data, in_tag_, most);
    if (!header) return cut_off(Cut::kIn, header.error());
    has_header_ = true;
    expected_ = header->size_bytes;
    is_last_ = header->is_end || (terminator_ && header->is_terminated);
    data = data.subspan(usbtmc::kHeaderBytes);
  }
  unread_ = data.first(std::min<std::size_t>(data.size(), expected_));  // the rest is padding
  expected_ -= static_cast<std::uint32_t>(unread_.size());
  return {};
}

Piece UsbtmcLink::hand_out(std::span<std::byte> into) {
  Piece piece;
  piece.bytes = std::min(into.size(), unread_.size());
  std::copy_n(unread_.begin(), piece.bytes, into.begin());
  unread_ = unread_.subspan(piece.bytes);
  if (!unread_.empty() || expected_ > 0) return piece;
  piece.is_end = is_last_;
  forget_answer();
  return piece;
}

Result<Piece> UsbtmcLink::read(std::span<std::byte> into, const Until& until) {
  if (const auto usable = check_in_step(); !usable) return tl::unexpected(usable.error());
  if (!is_answering_) {
    if (const auto asked = request(into.size(), until); !asked)
      return tl::unexpected(asked.error());
  }
  // A transfer may bring the header alone.
  while (unread_.empty() && (!has_header_ || expected_ > 0)) {
    if (const auto received = receive(until); !received) return tl::unexpected(received.error());
  }
  return hand_out(into);
}

Result<void> UsbtmcLink::clear(const Until& until) {
  if (device_->is_gone()) return fail(Code::kDisconnected, "the instrument is gone");
  Result<void> done;
  if (cut_ == Cut::kIn) done = control_.abort_in(in_tag_, until);
  if (cut_ == Cut::kOut) done = control_.abort_out(tag_.last(), until);
  // An abort that failed is made good by the clear, and that by a reset of the port.
  if (!done && is_beyond_reset(done.error())) return done;
  done = control_.clear(until);
  if (!done && is_beyond_reset(done.error())) return done;
  if (!done) {
    if (const auto reset = device_->reset(); !reset) return reset;
  }
  for (const auto* pipe : {pipes_.in.get(), pipes_.out.get()}) {
    if (const auto halt = device_->clear_halt(pipe->endpoint()); !halt) return halt;
  }
  forget_answer();
  if (notices_ != nullptr) notices_->forget();
  cut_ = Cut::kNothing;
  is_in_step_ = true;
  return {};
}

Result<std::uint8_t> UsbtmcLink::status_byte(const Until& until) {
  if (!is_488_) return unsupported("a plain USBTMC instrument has no status byte");
  for (;;) {
    const std::uint8_t tag = status_tag_.next();
    const auto answer = control_.read_status_byte(tag, until);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status == usbtmc::Status::kInterruptBusy && notices_ != nullptr) {
      // The answer to an earlier request is still to be taken.
      const std::int64_t soon_ns = std::min(until.deadline_ns, clock_.now_ns() + kBusy_ns);
      auto earlier = notices_->status_byte(tag, {soon_ns, until.stop});
      if (!earlier && earlier.error().code != Code::kTimeout) return earlier;
      if (clock_.now_ns() >= until.deadline_ns)
        return fail(Code::kTimeout, "the instrument does not tell its status byte");
      continue;
    }
    if (answer->status != usbtmc::Status::kSuccess)
      return fail(Code::kIo, "the instrument does not tell its status byte");
    if (notices_ != nullptr) return notices_->status_byte(tag, until);
    if (answer->detail != tag) return fail(Code::kIo, "a status byte for another request");
    return answer->status_byte;
  }
}

// They are heard from the opening on.
Result<void> UsbtmcLink::enable_service_requests(const Until&) {
  if (notices_ != nullptr) return {};
  return unsupported("the instrument has no interrupt endpoint for service requests");
}

Result<bool> UsbtmcLink::wait_service_request(const Until& until) {
  if (const auto heard = enable_service_requests(until); !heard)
    return tl::unexpected(heard.error());
  return notices_->service_request(until);
}

Result<void> UsbtmcLink::trigger(const Until& until) {
  if (!can_.has_trigger) return unsupported("the instrument takes no USB488 trigger");
  if (const auto usable = check_in_step(); !usable) return usable;
  if (const auto finished = finish_answer(until); !finished) return finished;
  return send(usbtmc::trigger(tag_.next()), {}, {}, until);
}

Result<void> UsbtmcLink::set_remote(bool is_remote, const Until& until) {
  if (!can_.has_remote || quirks_.has_no_remote)
    return unsupported("the instrument cannot be set remote over USB");
  if (is_remote) return control_.enable_remote(true, until);
  if (const auto local = control_.go_to_local(until); !local) return local;
  return control_.enable_remote(false, until);
}

Result<void> UsbtmcLink::lock_out_local(const Until& until) {
  if (!can_.has_remote || quirks_.has_no_remote)
    return unsupported("the instrument cannot lock its keys over USB");
  return control_.lock_out_local(until);
}

Result<void> UsbtmcLink::indicate(const Until& until) {
  if (!can_.has_indicator) return unsupported("the instrument cannot blink");
  return control_.indicate(until);
}

Result<void> UsbtmcLink::set_terminator(std::optional<char> terminator) {
  if (terminator && !can_.takes_terminator)
    return unsupported("the instrument does not end answers at a character");
  terminator_ = terminator;
  return {};
}

}  // namespace acq::scpi
