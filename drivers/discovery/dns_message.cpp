#include "drivers/discovery/dns_message.h"

#include <algorithm>
#include <optional>

namespace acq::dns {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kClassInternet = 1;
// Bit 15 of the class: in a question "answer to me alone", in a record "this is all there is".
constexpr std::uint16_t kClassMask = 0x7fff;
constexpr std::uint16_t kUnicastAnswer = 0x8000;
constexpr std::uint16_t kIsAnswer = 0x8000;
constexpr unsigned kPointerBits = 0xc0;

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::weak_ordering compare(std::string_view a, std::string_view b) noexcept {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(),
      [](char x, char y) -> std::weak_ordering { return lower(x) <=> lower(y); });
}

// Reads from the front of `all`, and follows the pointers of names back into it.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> all) : all_(all) {}

  std::optional<std::uint16_t> u16() {
    if (left() < 2) return {};
    const auto value = static_cast<std::uint16_t>(byte(at_) << 8U | byte(at_ + 1));
    at_ += 2;
    return value;
  }
  std::optional<std::uint32_t> u32() {
    const auto high = u16();
    const auto low = u16();
    if (!high || !low) return {};
    return std::uint32_t{*high} << 16U | *low;
  }
  bool skip(std::size_t bytes) {
    if (left() < bytes) return false;
    at_ += bytes;
    return true;
  }
  std::optional<Name> name();
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] std::size_t left() const noexcept { return all_.size() - at_; }
  void seek(std::size_t at) noexcept { at_ = at; }
  [[nodiscard]] std::string text(std::size_t at, std::size_t bytes) const {
    return {reinterpret_cast<const char*>(all_.data()) + at, bytes};
  }
  [[nodiscard]] unsigned byte(std::size_t at) const { return std::to_integer<unsigned>(all_[at]); }

 private:
  std::span<const std::byte> all_;
  std::size_t at_ = 0;
};

// Each pointer leads to before where the part it ends began, so that none is followed twice.
std::optional<Name> Reader::name() {
  Name name;
  std::size_t bytes = 1;
  std::size_t part = at_;
  std::size_t at = at_;
  std::optional<std::size_t> behind;  // the first pointer, where reading goes on
  for (;;) {
    if (at >= all_.size()) return {};
    const unsigned length = byte(at);
    if ((length & kPointerBits) == kPointerBits) {
      if (at + 1 >= all_.size()) return {};
      const std::size_t target = (length & ~kPointerBits) << 8U | byte(at + 1);
      if (!behind) behind = at + 2;
      if (target >= part) return {};
      part = at = target;
      continue;
    }
    if ((length & kPointerBits) != 0) return {};
    if (length == 0) {
      at_ = behind.value_or(at + 1);
      return name;
    }
    bytes += length + 1;
    if (bytes > kMostNameBytes || all_.size() - at - 1 < length) return {};
    name.labels.push_back(text(at + 1, length));
    at += length + 1;
  }
}

Texts texts(const Reader& reader, std::size_t at, std::size_t end) {
  Texts texts;
  while (at < end) {
    const std::size_t length = reader.byte(at);
    if (length > end - at - 1) break;  // the rest of a damaged record
    if (length > 0) texts.lines.push_back(reader.text(at + 1, length));
    at += length + 1;
  }
  return texts;
}

// The data of a record from the reader's place up to `end`; Unknown where they do not fit.
Data data_of(Reader reader, std::uint16_t type, std::size_t end) {
  const std::size_t begin = reader.at();
  const std::size_t bytes = end - begin;
  switch (static_cast<Type>(type)) {
    case Type::kA: {
      Ipv4 address;
      if (bytes != address.bytes.size()) return {};
      for (std::size_t i = 0; i < bytes; ++i)
        address.bytes[i] = static_cast<std::uint8_t>(reader.byte(begin + i));
      return address;
    }
    case Type::kAaaa: {
      Ipv6 address;
      if (bytes != address.bytes.size()) return {};
      for (std::size_t i = 0; i < bytes; ++i)
        address.bytes[i] = static_cast<std::uint8_t>(reader.byte(begin + i));
      return address;
    }
    case Type::kPtr: {
      auto target = reader.name();
      if (!target || reader.at() != end) return {};
      return Pointer{std::move(*target)};
    }
    case Type::kSrv: {
      if (bytes < 7 || !reader.skip(4)) return {};  // priority and weight: nobody has two
      const auto port = reader.u16();
      auto host = reader.name();
      if (!port || !host || reader.at() != end) return {};
      return Server{*port, std::move(*host)};
    }
    case Type::kTxt: return texts(reader, begin, end);
  }
  return {};
}

std::optional<Record> record(Reader& reader) {
  Record record;
  auto name = reader.name();
  const auto type = reader.u16();
  const auto code = reader.u16();
  const auto seconds = reader.u32();
  const auto bytes = reader.u16();
  if (!name || !type || !code || !seconds || !bytes || *bytes > reader.left()) return {};
  record.name = std::move(*name);
  record.seconds_to_live = *seconds;
  const std::size_t end = reader.at() + *bytes;
  if ((*code & kClassMask) == kClassInternet) record.data = data_of(reader, *type, end);
  reader.seek(end);
  return record;
}

void put16(std::vector<std::byte>& out, unsigned value) {
  out.push_back(static_cast<std::byte>(value >> 8U));
  out.push_back(static_cast<std::byte>(value & 0xffU));
}

tl::unexpected<Error> damaged(std::string_view what, std::size_t at) {
  return fail(Code::kInvalid, "a DNS message has a bad " + std::string(what),
              "byte " + std::to_string(at));
}

}  // namespace

Name Name::of(std::string_view text) {
  Name name;
  while (!text.empty()) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (dot > 0) name.labels.emplace_back(text.substr(0, dot));
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return name;
}

std::string Name::text() const {
  std::string text;
  for (const std::string& label : labels) text += (text.empty() ? "" : ".") + label;
  return text;
}

std::weak_ordering Name::operator<=>(const Name& other) const noexcept {
  return std::lexicographical_compare_three_way(
      labels.begin(), labels.end(), other.labels.begin(), other.labels.end(),
      [](const std::string& a, const std::string& b) { return compare(a, b); });
}

bool Name::operator==(const Name& other) const noexcept {
  return (*this <=> other) == 0;
}

std::vector<std::byte> encode_query(std::span<const Question> questions) {
  std::vector<std::byte> out;
  for (const unsigned field : {0U, 0U, static_cast<unsigned>(questions.size()), 0U, 0U, 0U})
    put16(out, field);
  for (const Question& question : questions) {
    const std::size_t begin = out.size();
    for (const std::string& label : question.name.labels) {
      ACQ_CHECK(!label.empty() && label.size() <= kMostLabelBytes);
      out.push_back(static_cast<std::byte>(label.size()));
      for (const char c : label) out.push_back(static_cast<std::byte>(c));
    }
    out.push_back(std::byte{0});
    ACQ_CHECK(out.size() - begin <= kMostNameBytes);
    put16(out, static_cast<unsigned>(question.type));
    put16(out, kUnicastAnswer | kClassInternet);
  }
  ACQ_CHECK(out.size() <= kMostBytes);
  return out;
}

Result<Message> decode_message(std::span<const std::byte> raw) {
  if (raw.size() < kHeaderBytes || raw.size() > kMostBytes) return damaged("size", raw.size());
  Reader reader(raw);
  reader.skip(2);
  Message message;
  message.is_answer = (*reader.u16() & kIsAnswer) != 0;
  const unsigned questions = *reader.u16();
  std::size_t records = 0;
  for (int section = 0; section < 3; ++section) records += *reader.u16();
  if (questions + records > kMostRecords) return damaged("number of records", 4);
  for (unsigned i = 0; i < questions; ++i) {
    const std::size_t at = reader.at();
    if (!reader.name() || !reader.skip(4)) return damaged("question", at);
  }
  for (std::size_t i = 0; i < records; ++i) {
    const std::size_t at = reader.at();
    auto one = record(reader);
    if (!one) return damaged("record", at);
    message.records.push_back(std::move(*one));
  }
  return message;
}

}  // namespace acq::dns
