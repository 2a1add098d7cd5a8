// Messages of the domain name system, as multicast DNS (RFC 6762) uses them: making queries, reading
// answers.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dsp/base/result.h"

namespace acq::dns {

// RFC 6762, 17: what may travel in one packet.
inline constexpr std::size_t kMostBytes = 9000;
inline constexpr std::size_t kMostRecords = 512;  // in one message
inline constexpr std::size_t kMostLabelBytes = 63;
inline constexpr std::size_t kMostNameBytes = 255;

// A name by its labels, which may hold any bytes: the first of an instance is written by a person.
// ASCII letters compare without case.
struct Name {
  std::vector<std::string> labels;

  // From a text whose dots separate labels.
  static Name of(std::string_view text);
  // With dots between the labels.
  [[nodiscard]] std::string text() const;
  bool operator==(const Name& other) const noexcept;
  std::weak_ordering operator<=>(const Name& other) const noexcept;
};

enum class Type : std::uint16_t { kA = 1, kPtr = 12, kTxt = 16, kAaaa = 28, kSrv = 33 };

struct Question {
  Name name;
  Type type = Type::kPtr;
};

struct Pointer {
  Name target;
};
struct Server {
  std::uint16_t port = 0;
  Name host;
};
// "key=value" or "key", as written.
struct Texts {
  std::vector<std::string> lines;
};
struct Ipv4 {
  std::array<std::uint8_t, 4> bytes{};
};
struct Ipv6 {
  std::array<std::uint8_t, 16> bytes{};
};
struct Unknown {};
using Data = std::variant<Unknown, Pointer, Server, Texts, Ipv4, Ipv6>;

struct Record {
  Name name;
  std::uint32_t seconds_to_live = 0;  // 0: it is gone
  Data data;
};

// What an answer tells, from all its sections. Records of other kinds or classes are Unknown.
struct Message {
  bool is_answer = false;
  std::vector<Record> records;
};

// A query for all of them. ACQ_CHECKs labels and names that are too long.
std::vector<std::byte> encode_query(std::span<const Question> questions);

// kInvalid: not a message, with what is wrong and where. Nothing in it is believed: names end,
// pointers within them go backwards only, lengths stay inside.
Result<Message> decode_message(std::span<const std::byte> raw);

}  // namespace acq::dns
