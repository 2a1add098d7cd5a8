#include "drivers/fx2lafw/firmware.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace acq::fx2lafw {
namespace {

constexpr std::size_t kCodeBytes = 0x4000;
constexpr std::size_t kDataFrom = 0xe000;
constexpr std::size_t kDataTo = 0xe200;
constexpr std::size_t kMostFileBytes = std::size_t{1} << 18;  // a hex file of 16 KiB has 45 KiB

constexpr std::uint8_t kVendorOut = 0x40;
constexpr std::uint8_t kFirmwareLoad = 0xA0;
constexpr std::uint16_t kControlRegister = 0xE600;  // CPUCS: 1 holds the processor
constexpr std::size_t kChunkBytes = 4096;
constexpr std::int64_t kRequest_ns = 1'000'000'000;

bool is_memory(std::size_t from, std::size_t size) {
  return from + size <= kCodeBytes || (from >= kDataFrom && from + size <= kDataTo);
}

std::string hex(std::size_t value) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "0x%zx", value);
  return digits.data();
}

tl::unexpected<Error> wrong(std::size_t line, const std::string& sentence, std::string allowed) {
  return fail(Code::kInvalid, "line " + std::to_string(line) + " of the firmware " + sentence, {},
              std::move(allowed));
}

std::optional<unsigned> nibble(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return {};
}

// The bytes of one record, checked: length, address (2), type, data, checksum.
Result<std::vector<std::uint8_t>> record_of(std::string_view line, std::size_t number) {
  if (line[0] != ':' || line.size() % 2 != 1)
    return wrong(number, "is no record", "':' and pairs of hexadecimal digits");
  std::vector<std::uint8_t> bytes;
  unsigned sum = 0;
  for (std::size_t i = 1; i < line.size(); i += 2) {
    const auto high = nibble(line[i]);
    const auto low = nibble(line[i + 1]);
    if (!high || !low) return wrong(number, "is no record", "':' and pairs of hexadecimal digits");
    bytes.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
    sum += bytes.back();
  }
  if (bytes.size() < 5 || bytes.size() != bytes[0] + std::size_t{5})
    return wrong(number, "is not as long as it says", "5 bytes and the data");
  if ((sum & 0xffU) != 0) return wrong(number, "has a wrong checksum", "a sum of 0 modulo 256");
  return bytes;
}

// Data that goes on where the piece before ended joins it.
void add(std::uint16_t address, std::span<const std::uint8_t> data, Firmware& firmware) {
  const bool joins =
      !firmware.empty() && firmware.back().address + firmware.back().bytes.size() == address;
  if (!joins) firmware.push_back({address, {}});
  for (const std::uint8_t byte : data) firmware.back().bytes.push_back(std::byte{byte});
}

Result<Firmware> parse_hex(std::string_view text) {
  enum Type : std::uint8_t { kData = 0, kEnd = 1 };
  Firmware firmware;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto record = record_of(line, number);
    if (!record) return tl::unexpected(record.error());
    const std::uint8_t type = (*record)[3];
    if (type == kEnd) {
      if (firmware.empty())
        return wrong(number, "ends it without data", "records of type 0 before");
      return firmware;
    }
    if (type != kData) {
      return wrong(number, "has a record of type " + std::to_string(type),
                   "0 (data) or 1 (end): the chip's addresses have 16 bits");
    }
    const std::size_t address = (*record)[1] * std::size_t{256} + (*record)[2];
    const std::size_t size = (*record)[0];
    if (!is_memory(address, size)) {
      return wrong(number, "goes to " + hex(address) + ", where the chip has no memory for it",
                   "0x0000 to 0x3fff or 0xe000 to 0xe1ff");
    }
    if (size == 0) continue;
    add(static_cast<std::uint16_t>(address), std::span(*record).subspan(4, size), firmware);
  }
  return fail(Code::kInvalid, "the firmware has no end record: the file is cut short", {},
              "a record of type 1 at the end");
}

}  // namespace

Result<Firmware> parse_firmware(std::span<const std::byte> file) {
  if (file.empty()) return fail(Code::kInvalid, "the firmware is empty", {}, "1 to 16384 bytes");
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text[0] == ':') return parse_hex(text);
  if (file.size() > kCodeBytes) {
    return fail(Code::kInvalid, "the firmware has " + std::to_string(file.size()) + " bytes", {},
                "1 to 16384 bytes");
  }
  return Firmware{{0, {file.begin(), file.end()}}};
}

Result<Firmware> read_firmware(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Code::kNotFound, "there is no firmware file " + file);
  std::string bytes(kMostFileBytes + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad()) return fail(Code::kIo, "the firmware file " + file + " cannot be read");
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.size() > kMostFileBytes) {
    return fail(Code::kInvalid, "the firmware file " + file + " is too large", {},
                "at most " + std::to_string(kMostFileBytes) + " bytes");
  }
  auto firmware = parse_firmware(std::as_bytes(std::span(bytes)));
  if (!firmware) firmware.error().sentence += " (" + file + ")";
  return firmware;
}

Result<void> upload(usb::Device& device, const Firmware& firmware, const Clock& clock) {
  const auto write = [&](std::uint16_t address, std::span<std::byte> bytes) -> Result<void> {
    const auto moved = device.control({kVendorOut, kFirmwareLoad, address, 0}, bytes,
                                      {clock.now_ns() + kRequest_ns});
    if (!moved) return tl::unexpected(moved.error());
    if (*moved != bytes.size())
      return fail(Code::kIo, "the chip takes only a part of its firmware");
    return {};
  };
  std::array<std::byte, 1> hold{std::byte{1}};
  if (auto held = write(kControlRegister, hold); !held) return held;
  for (const FirmwarePiece& piece : firmware) {
    std::vector<std::byte> bytes = piece.bytes;
    for (std::size_t at = 0; at < bytes.size(); at += kChunkBytes) {
      const std::size_t size = std::min(kChunkBytes, bytes.size() - at);
      const auto to = static_cast<std::uint16_t>(piece.address + at);
      if (auto written = write(to, std::span(bytes).subspan(at, size)); !written) return written;
    }
  }
  std::array<std::byte, 1> run{std::byte{0}};
  const auto released = write(kControlRegister, run);
  if (!released && released.error().code != Code::kDisconnected &&
      released.error().code != Code::kIo) {
    return released;
  }
  return {};
}

}  // namespace acq::fx2lafw
