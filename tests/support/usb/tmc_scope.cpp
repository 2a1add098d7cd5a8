#include "tests/support/usb/tmc_scope.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <sstream>
#include <utility>

namespace acq::emu {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::int64_t kMillisecond = 1'000'000;
enum Status : std::uint8_t {
  kSuccess = 1,
  kPending = 2,
  kInterruptBusy = 0x20,
  kFailed = 0x80,
  kNotInProgress = 0x81
};

usb::DeviceInfo info_of(const TmcScope::Options& options) {
  usb::DeviceInfo info;
  info.vendor_id = options.vendor_id;
  info.product_id = options.product_id;
  info.release = 0x0100;
  info.manufacturer = "acqd tests";
  info.product = options.product;
  info.serial = options.serial;
  usb::Interface interface{0, 0, {0xfe, 3}, static_cast<std::uint8_t>(options.is_488 ? 1 : 0), {}};
  interface.endpoints = {{TmcScope::kOut, usb::TransferType::kBulk, options.packet_bytes},
                         {TmcScope::kIn, usb::TransferType::kBulk, options.packet_bytes}};
  if (options.has_interrupt)
    interface.endpoints.push_back({options.interrupt_in, usb::TransferType::kInterrupt, 8});
  info.interfaces = {interface};
  return info;
}

Moved give(std::span<std::byte> data, std::initializer_list<unsigned> bytes) {
  const std::size_t size = std::min(data.size(), bytes.size());
  std::transform(bytes.begin(), bytes.begin() + size, data.begin(),
                 [](unsigned value) { return static_cast<std::byte>(value & 0xffU); });
  return static_cast<Moved>(size);
}

std::uint32_t size_in(std::span<const std::byte> header) {
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < 4; ++i)
    size |= std::to_integer<std::uint32_t>(header[4 + i]) << (8 * i);
  return size;
}

Lie lie_of(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{"none",        "wrong_tag", "damaged_tag",
                                                   "wrong_kind",  "too_long",  "short_header",
                                                   "empty_first", "stall",     "mute"};
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  ACQ_CHECK(found != kNames.end());
  return static_cast<Lie>(found - kNames.begin());
}

}  // namespace

TmcScope::TmcScope(const Options& options)
    : Model(info_of(options)),
      options_(options),
      device_(options.device ? options.device
                             : std::make_shared<test::ScpiDevice>(options.identity)) {}

void TmcScope::forget() {
  message_.clear();
  request_.reset();
  answer_.clear();
  sending_.clear();
  was_header_sent_ = owes_empty_ = false;
  last_tag_ = 0;
}

void TmcScope::reset() {
  forget();
  notices_.clear();
  lie_ = Lie::kNone;
  place_ = "local";
}

Moved TmcScope::violation(std::string what) {
  ++violations_;
  last_violation_ = std::move(what);
  halt(kOut);
  return kStalled;
}

Moved TmcScope::out(std::uint8_t endpoint, std::span<const std::byte> data, std::int64_t now_ns) {
  if (endpoint != kOut) return kStalled;
  if (data.size() < kHeaderBytes) return violation("shorter than a header");
  const auto byte = [&](std::size_t at) { return std::to_integer<std::uint8_t>(data[at]); };
  const std::uint8_t tag = byte(1);
  if (tag == 0) return violation("tag 0");
  if (tag == last_tag_) return violation("the same tag twice");
  if (static_cast<std::uint8_t>(~tag) != byte(2)) return violation("the inverse of the tag");
  if (byte(3) != 0) return violation("byte 3 is not 0");
  last_tag_ = tag;
  switch (byte(0)) {
    case 1: return take_data(data, now_ns);
    case 2: return take_request(data);
    case 128:
      if (!options_.is_488) return violation("a trigger for a plain USBTMC device");
      if (data.size() != kHeaderBytes || size_in(data) != 0 || byte(8) != 0)
        return violation("a trigger that is more than its header");
      device_->trigger();
      look_for_service_request();
      return static_cast<Moved>(data.size());
    default: return violation("message " + std::to_string(byte(0)));
  }
}

Moved TmcScope::take_data(std::span<const std::byte> data, std::int64_t now_ns) {
  const std::size_t size = size_in(data);
  const std::size_t padded = (kHeaderBytes + size + 3) / 4 * 4;
  if (size == 0) return violation("a message part without data");
  if (data.size() != padded) return violation("a transfer that does not fit its size");
  const auto padding = data.subspan(kHeaderBytes + size);
  if (std::any_of(padding.begin(), padding.end(), [](std::byte b) { return b != std::byte{0}; }))
    return violation("padding that is not 0");
  const auto attributes = std::to_integer<unsigned>(data[8]);
  if (attributes > 1) return violation("unknown attributes");
  for (const std::byte b : data.subspan(kHeaderBytes, size)) message_ += static_cast<char>(b);
  if (attributes == 1) execute(now_ns);
  return static_cast<Moved>(data.size());
}

void TmcScope::execute(std::int64_t now_ns) {
  std::string message = std::exchange(message_, {});
  while (message.ends_with('\n') || message.ends_with('\r')) message.pop_back();
  if (!answer_.empty()) {
    answer_.clear();
    device_->report(-410, "Query INTERRUPTED");
  }
  request_.reset();
  was_header_sent_ = false;
  if (const auto reply = device_->execute(message)) {
    answer_ = reply->text;
    if (reply->cut_at) answer_.resize(std::min(*reply->cut_at, answer_.size()));
    answer_at_ns_ = now_ns + reply->delay.count() * kMillisecond;
  }
  look_for_service_request();
}

Moved TmcScope::take_request(std::span<const std::byte> data) {
  const auto byte = [&](std::size_t at) { return std::to_integer<std::uint8_t>(data[at]); };
  if (data.size() != kHeaderBytes) return violation("a request that is more than its header");
  if (size_in(data) == 0) return violation("a request for nothing");
  if (request_ || !sending_.empty()) return violation("a request while another is under way");
  const bool has_terminator = (byte(8) & 2U) != 0;
  if ((byte(8) & ~2U) != 0) return violation("unknown attributes");
  if (has_terminator && !options_.takes_terminator) return violation("no terminator allowed");
  if (size_in(data) > options_.most_per_request) return violation("asked for too much");
  request_ = Request{byte(1), size_in(data), {}};
  if (has_terminator) request_->terminator = static_cast<char>(byte(9));
  return static_cast<Moved>(data.size());
}

// Puts the next transfer of the answer together.
void TmcScope::begin_transfer() {
  const Request request = *request_;
  std::size_t size = std::min(answer_.size(), options_.most_per_answer);
  bool is_terminated = false;
  if (options_.has_one_header && was_header_sent_) {
    sending_ = answer_.substr(0, size);
  } else {
    std::size_t announced = answer_.size();
    if (!options_.has_one_header) {
      size = std::min<std::size_t>(size, request.most);
      if (request.terminator) {
        const std::size_t at = answer_.find(*request.terminator);
        is_terminated = at < size;
        if (is_terminated) size = at + 1;
      }
      announced = size;
    }
    const Lie lie = std::exchange(lie_, Lie::kNone);
    const auto tag =
        static_cast<std::uint8_t>(lie == Lie::kWrongTag ? request.tag + 1 : request.tag);
    if (lie == Lie::kTooLong) announced = std::size_t{request.most} + 1;
    const bool is_end = size == answer_.size() || options_.has_one_header;
    std::array<unsigned char, kHeaderBytes> header{2, tag, static_cast<unsigned char>(~tag)};
    if (lie == Lie::kWrongKind) header[0] = 126;
    if (lie == Lie::kDamagedTag) header[2] ^= 1U;
    for (unsigned i = 0; i < 4; ++i) header[4 + i] = static_cast<unsigned char>(announced >> 8 * i);
    header[8] = static_cast<unsigned char>((is_end ? 1 : 0) | (is_terminated ? 2 : 0));
    sending_.assign(header.begin(), header.end());
    if (lie == Lie::kShortHeader) sending_.resize(kHeaderBytes - 1);
    sending_ += answer_.substr(0, size);
    was_header_sent_ = true;
    sending_.resize((sending_.size() + 3) / 4 * 4, '\0');
    if (lie == Lie::kShortHeader) sending_.resize(kHeaderBytes - 1);
  }
  answer_.erase(0, size);
  if (!options_.has_one_header || answer_.empty()) request_.reset();
}

Moved TmcScope::in(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns) {
  if (endpoint == options_.interrupt_in) return give_notice(into);
  if (endpoint != kIn) return kStalled;
  if (std::exchange(owes_empty_, false)) return 0;
  if (sending_.empty()) {
    if (!request_ || answer_.empty() || now_ns < answer_at_ns_) return kNothingYet;
    if (lie_ == Lie::kMute) return kNothingYet;
    if (lie_ == Lie::kStall) {
      lie_ = Lie::kNone;
      forget();
      return kStalled;
    }
    if (lie_ == Lie::kEmptyFirst) {
      lie_ = Lie::kNone;
      return 0;
    }
    begin_transfer();
  }
  return send(into);
}

Moved TmcScope::send(std::span<std::byte> into) {
  std::size_t size = std::min(into.size(), sending_.size());
  if (options_.cut_every != 0) size = std::min(size, options_.cut_every);
  std::memcpy(into.data(), sending_.data(), size);
  sending_.erase(0, size);
  // The host cannot see the end of a transfer that fills what it asked for, and its last packet.
  owes_empty_ = sending_.empty() && size == into.size() && size % options_.packet_bytes == 0;
  return static_cast<Moved>(size);
}

std::int64_t TmcScope::next_event_ns(std::int64_t now_ns) const {
  return request_ && !answer_.empty() && answer_at_ns_ > now_ns ? answer_at_ns_ : kNever_ns;
}

void TmcScope::look_for_service_request() {
  if (!options_.has_interrupt || !device_->take_service_request()) return;
  const auto status = device_->status_byte(!answer_.empty());
  notices_.emplace_back(0x81, static_cast<std::uint8_t>(status | 0x40U));
}

Moved TmcScope::give_notice(std::span<std::byte> into) {
  if (notices_.empty()) return kNothingYet;
  const auto [first, second] = notices_.front();
  notices_.pop_front();
  return give(into, {first, second});
}

Moved TmcScope::control(const Setup& setup, std::span<std::byte> data, std::int64_t) {
  const bool is_endpoint = setup.request_type == 0xA2;
  const auto tag = static_cast<std::uint8_t>(setup.value);
  if (is_endpoint && setup.index == kOut && setup.request == 1) return abort_out(tag, data);
  if (is_endpoint && setup.index == kOut && setup.request == 2) return check(data, false);
  if (is_endpoint && setup.index == kIn && setup.request == 3) return abort_in(tag, data);
  if (is_endpoint && setup.index == kIn && setup.request == 4)
    return check(data, owes_empty_ || !sending_.empty());
  if (setup.request_type != 0xA1 || setup.index != 0) return kStalled;
  switch (setup.request) {
    case 5:
      if (refusals_ > 0) {
        --refusals_;
        return give(data, {kFailed});
      }
      forget();
      device_->clear();
      halt(kOut);
      polls_left_ = pending_;
      return give(data, {kSuccess});
    case 6: return check(data, false);
    case 7: return capabilities(data);
    case 64: ++pulses_; return give(data, {kSuccess});
    case 128: return options_.is_488 ? status_byte(tag, data) : kStalled;
    default: return options_.is_488 ? remote(setup, data) : kStalled;
  }
}

Moved TmcScope::capabilities(std::span<std::byte> data) const {
  const unsigned is_488 = options_.is_488 ? 1 : 0;
  const unsigned requests = options_.has_interrupt ? 4 : 0;
  return give(data,
              {kSuccess, 0, 0, 1,      4,          options_.takes_terminator ? 1U : 0U, 0, 0, 0, 0,
               0,        0, 0, is_488, is_488 * 7, is_488 * (8 + 2 + 1 + requests),     0, 0, 0, 0,
               0,        0, 0, 0});
}

Moved TmcScope::abort_in(std::uint8_t tag, std::span<std::byte> data) {
  if (!request_ && sending_.empty()) return give(data, {kFailed, tag});
  if (request_ && request_->tag != tag) return give(data, {kNotInProgress, request_->tag});
  request_.reset();
  answer_.clear();
  sending_.clear();
  owes_empty_ = true;  // the transfer ends short
  lie_ = Lie::kNone;
  polls_left_ = pending_;
  return give(data, {kSuccess, tag});
}

Moved TmcScope::abort_out(std::uint8_t tag, std::span<std::byte> data) {
  if (message_.empty()) return give(data, {kFailed, tag});
  message_.clear();
  halt(kOut);
  polls_left_ = pending_;
  return give(data, {kSuccess, tag});
}

// CHECK_..._STATUS of all three; bit 0 of byte 1: there is something to read first.
Moved TmcScope::check(std::span<std::byte> data, bool has_data) {
  if (has_data || polls_left_ > 0) {
    if (!has_data) --polls_left_;
    return give(data, {kPending, has_data ? 1U : 0U, 0, 0, 0, 0, 0, 0});
  }
  return give(data, {kSuccess, 0, 0, 0, 0, 0, 0, 0});
}

Moved TmcScope::status_byte(std::uint8_t tag, std::span<std::byte> data) {
  if (tag < 2 || tag > 127) return kStalled;
  const std::uint8_t status = device_->status_byte(!answer_.empty());
  if (!options_.has_interrupt) return give(data, {kSuccess, tag, status});
  const bool is_busy = std::any_of(notices_.begin(), notices_.end(),
                                   [](const auto& notice) { return notice.first != 0x81; });
  if (is_busy) return give(data, {kInterruptBusy, tag, 0});
  notices_.emplace_back(static_cast<std::uint8_t>(0x80 | tag), status);
  return give(data, {kSuccess, tag, 0});
}

Moved TmcScope::remote(const Setup& setup, std::span<std::byte> data) {
  switch (setup.request) {
    case 160: place_ = setup.value == 1 ? "remote" : "local"; break;
    case 161: place_ = "local"; break;
    case 162: place_ = "locked"; break;
    default: return kStalled;
  }
  device_->set_remote(place_ != "local");
  return give(data, {kSuccess});
}

std::string TmcScope::tell(std::string_view words) {
  std::istringstream stream{std::string(words)};
  std::string verb;
  std::string value;
  stream >> verb >> value;
  if (verb == "violations") return std::to_string(violations_) + " " + last_violation_;
  if (verb == "place") return place_;
  if (verb == "pulses") return std::to_string(pulses_);
  if (verb == "lie") {
    lie_ = lie_of(value);
  } else if (verb == "refuse_clear") {
    refusals_ = std::stoi(value);
  } else if (verb == "pending") {
    pending_ = std::stoi(value);
  } else {
    return Model::tell(words);
  }
  return "";
}

}  // namespace acq::emu
