#include "tests/support/usb/logic_board.h"

#include <algorithm>
#include <cstring>

namespace acq::emu {
namespace {

constexpr std::uint16_t kPacketBytes = 512;
constexpr std::uint8_t kVendorOut = 0x40;
constexpr std::uint8_t kVendorIn = 0xC0;
enum Request : std::uint8_t { kVersion = 0xB0, kStart = 0xB1, kChip = 0xB2 };
constexpr std::uint8_t kWide = 0x20;
constexpr std::uint8_t kClock48 = 0x40;
constexpr std::size_t kCommandBytes = 3;
constexpr std::uint64_t kStartsAt = 512;  // multiples of it

usb::DeviceInfo loaded_info(const LogicBoard::Options& options) {
  usb::DeviceInfo info;
  info.vendor_id = options.vendor_id;
  info.product_id = options.product_id;
  info.release = 0x0001;
  info.manufacturer = "sigrok";
  info.product = "fx2lafw";
  info.interfaces = {{0,
                      0,
                      {0xff, 0xff},
                      0xff,
                      {{0x02, usb::TransferType::kBulk, kPacketBytes},
                       {LogicBoard::kIn, usb::TransferType::kBulk, kPacketBytes}}}};
  return info;
}

Moved answer_with(std::initializer_list<std::uint8_t> bytes, std::span<std::byte> data) {
  const std::size_t size = std::min(bytes.size(), data.size());
  std::transform(bytes.begin(), bytes.begin() + size, data.begin(),
                 [](std::uint8_t byte) { return std::byte{byte}; });
  return static_cast<Moved>(size);
}

}  // namespace

LogicBoard::LogicBoard(const Options& options) : Model(loaded_info(options)), options_(options) {}

std::unique_ptr<Model> LogicBoard::bare(const Options& options) {
  usb::DeviceInfo info = Fx2Loader::bare();
  info.vendor_id = options.vendor_id;
  info.product_id = options.product_id;
  return std::make_unique<Fx2Loader>(info, [options](const Fx2Loader::Firmware& firmware) {
    Options loaded = options;
    loaded.firmware = firmware;
    return std::make_unique<LogicBoard>(loaded);
  });
}

std::unique_ptr<Model> LogicBoard::without_power() {
  if (options_.keeps_firmware) return nullptr;
  Options empty = options_;
  empty.firmware.clear();
  return bare(empty);
}

std::uint16_t LogicBoard::sample(std::uint64_t n) noexcept {
  const std::uint64_t place = (n / 16) % 8;
  const std::uint64_t digit = ((n / 128) >> (4 * place)) & 0xf;
  return static_cast<std::uint16_t>((n & 0xf) | (digit << 4U) | (((n / 512) & 0xff) << 8U));
}

Moved LogicBoard::control(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns) {
  if (setup.request_type == kVendorIn && setup.request == kVersion)
    return answer_with({options_.major, 4}, data);
  if (setup.request_type == kVendorIn && setup.request == kChip) return answer_with({1}, data);
  if (setup.request_type != kVendorOut || setup.request != kStart || data.size() != kCommandBytes)
    return kStalled;
  ++starts_;
  if (!is_held_) start(data, now_ns);
  return static_cast<Moved>(kCommandBytes);
}

void LogicBoard::start(std::span<const std::byte> command, std::int64_t now_ns) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint64_t>(command[i]); };
  const Rational rate{(byte(0) & kClock48) != 0 ? 48'000'000U : 30'000'000U,
                      byte(1) * 256 + byte(2) + 1};
  if (first_start_ns_ == 0) first_start_ns_ = now_ns;
  const std::uint64_t world = SampleClock(first_start_ns_, 0, rate).made_at(now_ns);
  sample_bytes_ = (byte(0) & kWide) != 0 ? 2 : 1;
  made_ = sent_ = (world + kStartsAt - 1) / kStartsAt * kStartsAt;
  clock_ = SampleClock(now_ns, made_, rate);
  wanted_bytes_ = 0;
  is_sampling_ = true;
}

void LogicBoard::overrun() {
  is_sampling_ = false;
  ++overruns_;
}

void LogicBoard::work(std::int64_t now_ns) {
  if (!is_sampling_) return;
  made_ = clock_.made_at(now_ns);
  if (waiting_bytes() > options_.fifo_bytes) overrun();
}

void LogicBoard::send(std::span<std::byte> into) {
  const std::size_t samples = into.size() / sample_bytes_;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::uint16_t word = sample(sent_ + i);
    std::memcpy(into.data() + i * sample_bytes_, &word, sample_bytes_);  // little endian
  }
  sent_ += samples;
  samples_sent_ += samples;
}

Moved LogicBoard::in(std::uint8_t, std::span<std::byte> into, std::int64_t now_ns) {
  work(now_ns);
  if (!is_sampling_ || waiting_bytes() < into.size()) {
    wanted_bytes_ = into.size();
    return kNothingYet;
  }
  send(into);
  return static_cast<Moved>(into.size());
}

Moved LogicBoard::in_so_far(std::uint8_t, std::span<std::byte> into, std::int64_t now_ns) {
  work(now_ns);
  if (!is_sampling_) return 0;
  const std::size_t packets = std::min(waiting_bytes(), into.size()) / kPacketBytes;
  send(into.first(packets * kPacketBytes));
  return static_cast<Moved>(packets * kPacketBytes);
}

std::int64_t LogicBoard::next_event_ns(std::int64_t) const {
  if (!is_sampling_ || wanted_bytes_ == 0) return kNever_ns;
  return clock_.time_of(sent_ + (wanted_bytes_ + sample_bytes_ - 1) / sample_bytes_);
}

std::string LogicBoard::tell(std::string_view words) {
  if (words == "overrun") {
    if (is_sampling_) overrun();
    return std::to_string(overruns_);
  }
  if (words == "hold" || words == "release") {
    is_held_ = words == "hold";
    if (is_held_) is_sampling_ = false;
    return "";
  }
  if (words == "starts") return std::to_string(starts_);
  if (words == "overruns") return std::to_string(overruns_);
  if (words == "sent") return std::to_string(samples_sent_);
  if (words != "firmware") return Model::tell(words);
  std::size_t size = 0;
  std::uint32_t hash = 0x811c9dc5;
  for (const auto& [address, bytes] : options_.firmware) {
    size += bytes.size();
    for (const std::byte byte : bytes)
      hash = (hash ^ std::to_integer<std::uint32_t>(byte)) * 0x01000193;
  }
  return std::to_string(size) + " " + std::to_string(hash);
}

}  // namespace acq::emu
