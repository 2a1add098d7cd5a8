#include "tests/support/usb/model.h"

#include <algorithm>
#include <cstring>

namespace acq::emu {
namespace {

// USB 2.0, tables 9-4 to 9-6.
enum Request : std::uint8_t {
  kGetStatus = 0,
  kClearFeature = 1,
  kSetFeature = 3,
  kSetAddress = 5,
  kGetDescriptor = 6,
  kGetConfiguration = 8,
  kSetConfiguration = 9,
  kSetInterface = 11,
};
enum DescriptorType : std::uint8_t {
  kDevice = 1,
  kConfiguration = 2,
  kString = 3,
  kInterface = 4,
  kEndpoint = 5
};
constexpr std::uint8_t kTypeMask = 0x60;
constexpr std::uint8_t kRecipientMask = 0x1f;
constexpr std::uint8_t kToEndpoint = 2;
constexpr std::uint16_t kEnglish = 0x0409;

std::uint8_t low(std::size_t value) {
  return static_cast<std::uint8_t>(value & 0xff);
}
std::uint8_t high(std::size_t value) {
  return static_cast<std::uint8_t>(value >> 8 & 0xff);
}

Moved give(std::span<const std::uint8_t> bytes, std::span<std::byte> data) {
  const std::size_t size = std::min(bytes.size(), data.size());
  std::memcpy(data.data(), bytes.data(), size);
  return static_cast<Moved>(size);
}

std::vector<std::uint8_t> string_descriptor(std::string_view text) {
  std::vector<std::uint8_t> bytes{low(2 + 2 * text.size()), kString};
  for (const char c : text) bytes.insert(bytes.end(), {static_cast<std::uint8_t>(c), 0});
  return bytes;
}

}  // namespace

Descriptors Descriptors::make(const usb::DeviceInfo& info) {
  Descriptors made;
  made.texts = {"", info.manufacturer, info.product, info.serial};
  const auto text = [&](std::uint8_t i) { return made.texts[i].empty() ? std::uint8_t{0} : i; };
  made.device = {18,
                 kDevice,
                 0x00,
                 0x02,
                 0,
                 0,
                 0,
                 64,
                 low(info.vendor_id),
                 high(info.vendor_id),
                 low(info.product_id),
                 high(info.product_id),
                 low(info.release),
                 high(info.release),
                 text(1),
                 text(2),
                 text(3),
                 1};
  std::set<std::uint8_t> numbers;
  std::vector<std::uint8_t> rest;
  for (const usb::Interface& i : info.interfaces) {
    numbers.insert(i.number);
    rest.insert(rest.end(), {9, kInterface, i.number, i.alternate, low(i.endpoints.size()),
                             i.class_code.class_code, i.class_code.subclass, i.protocol, 0});
    for (const usb::Endpoint& e : i.endpoints) {
      const bool is_interrupt = e.type == usb::TransferType::kInterrupt;
      rest.insert(rest.end(),
                  {7, kEndpoint, e.address, static_cast<std::uint8_t>(e.type), low(e.packet_bytes),
                   high(e.packet_bytes), static_cast<std::uint8_t>(is_interrupt ? 4 : 0)});
    }
  }
  const std::size_t total = 9 + rest.size();
  made.configuration = {9, kConfiguration, low(total), high(total), low(numbers.size()), 1,
                        0, 0x80,           250};
  made.configuration.insert(made.configuration.end(), rest.begin(), rest.end());
  return made;
}

Moved Model::control(const Setup&, std::span<std::byte>, std::int64_t) {
  return kStalled;
}
Moved Model::out(std::uint8_t, std::span<const std::byte>, std::int64_t) {
  return kStalled;
}
Moved Model::in(std::uint8_t, std::span<std::byte>, std::int64_t) {
  return kNothingYet;
}
Moved Model::in_so_far(std::uint8_t, std::span<std::byte>, std::int64_t) {
  return 0;
}
std::int64_t Model::next_event_ns(std::int64_t) const {
  return kNever_ns;
}

std::string Model::tell(std::string_view) {
  return "error: the device does not know that";
}

Moved Model::answer(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns) {
  if ((setup.request_type & kTypeMask) != 0) return control(setup, data, now_ns);
  return answer_standard(setup, data);
}

Moved Model::answer_standard(const Setup& setup, std::span<std::byte> data) {
  const bool is_endpoint = (setup.request_type & kRecipientMask) == kToEndpoint;
  const auto endpoint = static_cast<std::uint8_t>(setup.index);
  switch (setup.request) {
    case kGetStatus: {
      const std::uint8_t is_stalled = is_endpoint && is_halted(endpoint) ? 1 : 0;
      return give(std::vector<std::uint8_t>{is_stalled, 0}, data);
    }
    case kClearFeature:
      if (is_endpoint) clear_halt(endpoint);
      return 0;
    case kSetFeature:
      if (is_endpoint) halt(endpoint);
      return 0;
    case kSetAddress:
    case kSetConfiguration:
    case kSetInterface: return 0;
    case kGetConfiguration: return give(std::vector<std::uint8_t>{1}, data);
    case kGetDescriptor: return give_descriptor(setup, data);
    default: return kStalled;
  }
}

Moved Model::give_descriptor(const Setup& setup, std::span<std::byte> data) const {
  const unsigned type = setup.value >> 8U;
  const unsigned index = setup.value & 0xffU;
  if (type == kDevice) return give(descriptors_.device, data);
  if (type == kConfiguration && index == 0) return give(descriptors_.configuration, data);
  if (type != kString) return kStalled;
  if (index == 0)
    return give(std::vector<std::uint8_t>{4, kString, low(kEnglish), high(kEnglish)}, data);
  if (index >= descriptors_.texts.size() || descriptors_.texts[index].empty()) return kStalled;
  return give(string_descriptor(descriptors_.texts[index]), data);
}

}  // namespace acq::emu
