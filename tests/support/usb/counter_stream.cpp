#include "tests/support/usb/counter_stream.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace acq::emu {
namespace {

constexpr std::uint16_t kPacketBytes = 512;
constexpr std::uint8_t kVendorOut = 0x40;
constexpr std::uint8_t kVendorIn = 0xC0;

usb::DeviceInfo info_of(const CounterStream::Options& options) {
  usb::DeviceInfo info;
  info.vendor_id = 0x1209;  // pid.codes, for open projects
  info.product_id = options.product_id;
  info.release = 0x0100;
  info.manufacturer = "acqd tests";
  info.product = "Counter";
  info.serial = options.serial;
  info.interfaces = {{0,
                      0,
                      {0xff, 0},
                      0,
                      {{CounterStream::kOut, usb::TransferType::kBulk, kPacketBytes},
                       {CounterStream::kIn, usb::TransferType::kBulk, kPacketBytes}}}};
  return info;
}

}  // namespace

CounterStream::CounterStream(const Options& options) : Model(info_of(options)), options_(options) {}

Moved CounterStream::control(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns) {
  if (setup.request_type == kVendorOut && setup.request == kStart && data.size() >= 4) {
    std::uint32_t rate = 0;
    std::memcpy(&rate, data.data(), sizeof rate);
    count(now_ns);  // it may still be running for somebody who left
    rate_ = rate;
    is_running_ = true;
    sent_ = made_;  // what the FIFO held is not sent
    clock_ = SampleClock(now_ns, made_, {std::max<std::uint64_t>(rate, 1), 1});
    return static_cast<Moved>(data.size());
  }
  if (setup.request_type == kVendorOut && setup.request == kStop) {
    count(now_ns);
    is_running_ = false;
    return 0;
  }
  if (setup.request_type == kVendorIn && setup.request == kTell && data.size() >= 16) {
    count(now_ns);
    const std::array<std::uint64_t, 2> told{made_, lost_};
    std::memcpy(data.data(), told.data(), sizeof told);
    return sizeof told;
  }
  return kStalled;
}

Moved CounterStream::out(std::uint8_t, std::span<const std::byte> data, std::int64_t) {
  return static_cast<Moved>(data.size());
}

void CounterStream::count(std::int64_t now_ns) {
  if (!is_running_ || rate_ == 0) return;
  made_ = clock_.made_at(now_ns);
  if (waiting_bytes() <= options_.fifo_bytes) return;
  const std::uint64_t keep = options_.fifo_bytes / kWordBytes;
  lost_ += made_ - keep - sent_;
  sent_ = made_ - keep;
}

void CounterStream::send(std::span<std::byte> into) {
  // Written so that it takes little of the processors, which the program under test shares.
  std::byte* const out = into.data();
  const std::size_t words = into.size() / kWordBytes;
  const auto first = static_cast<std::uint32_t>(sent_);
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint32_t word = first + static_cast<std::uint32_t>(i);
    std::memcpy(out + i * kWordBytes, &word, kWordBytes);
  }
  sent_ += words;
}

Moved CounterStream::in(std::uint8_t, std::span<std::byte> into, std::int64_t now_ns) {
  if (!is_running_) return kNothingYet;
  count(now_ns);
  if (rate_ == 0) {
    made_ = sent_ + into.size() / kWordBytes;
  } else if (waiting_bytes() < into.size()) {
    wanted_bytes_ = into.size();
    return kNothingYet;
  }
  send(into);
  return static_cast<Moved>(into.size());
}

Moved CounterStream::in_so_far(std::uint8_t, std::span<std::byte> into, std::int64_t now_ns) {
  if (!is_running_ || rate_ == 0) return 0;
  count(now_ns);
  const std::size_t packets = std::min(waiting_bytes(), into.size()) / kPacketBytes;
  send(into.first(packets * kPacketBytes));
  return static_cast<Moved>(packets * kPacketBytes);
}

std::int64_t CounterStream::next_event_ns(std::int64_t) const {
  if (!is_running_ || rate_ == 0 || wanted_bytes_ == 0) return kNever_ns;
  return clock_.time_of(sent_ + wanted_bytes_ / kWordBytes);
}

std::string CounterStream::tell(std::string_view words) {
  return words == "lost" ? std::to_string(lost_) : Model::tell(words);
}

void CounterStream::reset() {
  if (options_.has_own_supply) return;
  is_running_ = false;
  made_ = sent_ = lost_ = 0;
}

}  // namespace acq::emu
