#include "drivers/fx2lafw/board.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "drivers/fx2lafw/firmware.h"

namespace acq::fx2lafw {
namespace {

constexpr std::int64_t kMillisecond_ns = 1'000'000;
constexpr std::int64_t kRequest_ns = 1'000 * kMillisecond_ns;
constexpr std::int64_t kRenumeration_ns = 3'000 * kMillisecond_ns;
constexpr std::int64_t kLook_ns = 20 * kMillisecond_ns;

constexpr std::uint8_t kVendorOut = 0x40;
constexpr std::uint8_t kVendorIn = 0xC0;
enum Request : std::uint8_t { kVersion = 0xB0, kStart = 0xB1, kChip = 0xB2 };
constexpr unsigned kWide = 1U << 5U;  // flags of kStart
constexpr unsigned kClock48 = 1U << 6U;
constexpr std::uint8_t kMajor = 1;
constexpr std::uint8_t kDataEndpoint = 0x82;

// The boards that `identity` can mean: only devices with the id of one are asked for their texts.
Result<std::vector<usb::DeviceInfo>> list_boards(usb::Bus& bus, const usb::Identity& identity) {
  std::vector<usb::DeviceInfo> found;
  for (const Board& board : boards()) {
    if (identity.vendor_id.value_or(board.vendor_id) != board.vendor_id) continue;
    if (identity.product_id.value_or(board.product_id) != board.product_id) continue;
    usb::Identity one = identity;
    one.vendor_id = board.vendor_id;
    one.product_id = board.product_id;
    auto listed = bus.list(one);
    if (!listed) return tl::unexpected(listed.error());
    found.insert(found.end(), std::make_move_iterator(listed->begin()),
                 std::make_move_iterator(listed->end()));
  }
  return found;
}

Result<usb::DeviceInfo> find(usb::Bus& bus, const usb::Identity& identity, bool is_any) {
  auto found = list_boards(bus, identity);
  if (!found) return tl::unexpected(found.error());
  if (found->size() == 1) return std::move(found->front());
  if (found->empty()) {
    return fail(Code::kDisconnected,
                is_any ? "no logic analyser with an FX2 is connected"
                       : "no logic analyser with an FX2 is " + usb::to_string(identity));
  }
  std::string choices;
  for (const usb::DeviceInfo& info : *found)
    choices += (choices.empty() ? "" : ", ") + info.port_path;
  return fail(Code::kInvalid, "several logic analysers with an FX2 are connected", "usb",
              "one of the ports " + choices);
}

std::string firmware_file(const Board& board, const std::string& wanted) {
  const std::filesystem::path path(wanted);
  std::error_code error;
  const bool is_file = path.has_extension() && !std::filesystem::is_directory(path, error);
  return is_file ? wanted : (path / board.firmware).string();
}

// What a board without firmware is: the same one at the same port, after it has been given some.
usb::Identity after_loading(const usb::DeviceInfo& info) {
  usb::Identity identity;
  identity.vendor_id = info.vendor_id;
  identity.product_id = info.product_id;
  identity.port_path = info.port_path;
  return identity;
}

Result<usb::DeviceInfo> wait_for_firmware(usb::Bus& bus, const usb::Identity& identity,
                                          const Clock& clock) {
  const std::int64_t end_ns = clock.now_ns() + kRenumeration_ns;
  while (clock.now_ns() < end_ns) {
    clock.sleep_until(clock.now_ns() + kLook_ns, {});
    auto found = bus.list(identity);
    if (!found) return tl::unexpected(found.error());
    if (found->size() == 1 && has_firmware(found->front())) return std::move(found->front());
  }
  return fail(Code::kDisconnected, "the board at port " + identity.port_path +
                                       " did not come back within 3 s with its firmware");
}

Result<usb::DeviceInfo> load(usb::Bus& bus, const usb::DeviceInfo& info, const Board& board,
                             const Wanted& wanted, const Clock& clock) {
  if (board.is_unbranded && !wanted.loads_unbranded) {
    return fail(Code::kInvalid,
                "the device at port " + info.port_path +
                    " is a bare FX2, which may be anything: it gets firmware only when asked to",
                "load_unbranded", "true, if it is a logic analyser");
  }
  const std::string file = firmware_file(board, wanted.firmware);
  const auto firmware = read_firmware(file);
  if (!firmware) {
    Error error = firmware.error();
    error.where = "firmware";
    if (error.code == Code::kNotFound)
      error.allowed = "the file, or the folder of Debian's sigrok-firmware-fx2lafw";
    return tl::unexpected(std::move(error));
  }
  const usb::Identity identity = after_loading(info);
  {
    auto device = bus.open(identity);
    if (!device) return tl::unexpected(device.error());
    if (const auto done = upload(**device, *firmware, clock); !done)
      return tl::unexpected(done.error());
  }
  return wait_for_firmware(bus, identity, clock);
}

// An answer of exactly this many bytes.
template <std::size_t kBytes>
Result<std::array<std::byte, kBytes>> ask(usb::Device& device, Request request, const char* what,
                                          const Clock& clock) {
  std::array<std::byte, kBytes> answer{};
  const auto moved =
      device.control({kVendorIn, request, 0, 0}, answer, {clock.now_ns() + kRequest_ns});
  if (!moved) return tl::unexpected(moved.error());
  if (*moved != kBytes) {
    return fail(Code::kIo, "the board answers " + std::to_string(*moved) + " bytes for its " + what,
                {}, std::to_string(kBytes));
  }
  return answer;
}

Result<std::string> ask_version(usb::Device& device, const Clock& clock) {
  const auto version = ask<2>(device, kVersion, "version", clock);
  if (!version) return tl::unexpected(version.error());
  const auto chip = ask<1>(device, kChip, "revision", clock);
  if (!chip) return tl::unexpected(chip.error());
  const auto major = std::to_integer<int>((*version)[0]);
  const std::string text =
      std::to_string(major) + "." + std::to_string(std::to_integer<int>((*version)[1]));
  if (major != kMajor)
    return fail(Code::kUnsupported, "the board's firmware is fx2lafw " + text, {}, "version 1");
  return text + ", chip revision " + std::to_string(std::to_integer<int>((*chip)[0]));
}

}  // namespace

Result<usb::Identity> parse_usb(const std::string& text) {
  if (text.empty()) return usb::Identity{};
  auto identity = usb::parse_identity(text);
  if (!identity) identity.error().where = "usb";
  return identity;
}

Result<Connection> connect(usb::Bus& bus, const Wanted& wanted, const Clock& clock) {
  const auto identity = parse_usb(wanted.usb);
  if (!identity) return tl::unexpected(identity.error());
  auto info = find(bus, *identity, wanted.usb.empty());
  if (!info) return tl::unexpected(info.error());
  Connection made;
  made.board = find_board(*info);
  if (!has_firmware(*info)) info = load(bus, *info, *made.board, wanted, clock);
  if (!info) return tl::unexpected(info.error());
  auto device = bus.open(after_loading(*info));
  if (!device) return tl::unexpected(device.error());
  made.device = std::move(*device);
  const auto& interfaces = made.device->info().interfaces;
  for (const usb::Interface& interface : interfaces) {
    for (const usb::Endpoint& endpoint : interface.endpoints) {
      if (endpoint.address != kDataEndpoint || endpoint.type != usb::TransferType::kBulk) continue;
      if (const auto claimed = made.device->claim(interface); !claimed)
        return tl::unexpected(claimed.error());
      made.data = endpoint;
    }
  }
  if (made.data.address != kDataEndpoint)
    return fail(Code::kUnsupported, "the board has no bulk endpoint 0x82 for its data");
  auto version = ask_version(*made.device, clock);
  if (!version) return tl::unexpected(version.error());
  made.version = std::move(*version);
  return made;
}

Result<void> start_sampling(usb::Device& device, const Rate& rate, int channels,
                            const Until& until) {
  const unsigned delay = rate.divider - 1U;
  const unsigned flags = (rate.is_48_mhz ? kClock48 : 0U) | (channels > 8 ? kWide : 0U);
  std::array<std::byte, 3> command{static_cast<std::byte>(flags),
                                   static_cast<std::byte>(delay >> 8U),
                                   static_cast<std::byte>(delay & 0xffU)};
  const auto moved = device.control({kVendorOut, kStart, 0, 0}, command, until);
  if (!moved) return tl::unexpected(moved.error());
  if (*moved != command.size()) return fail(Code::kIo, "the board takes a part of a command");
  return {};
}

}  // namespace acq::fx2lafw
