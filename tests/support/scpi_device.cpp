#include "tests/support/scpi_device.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace acq::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}
char to_upper(char c) {
  return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
}

// SCPI-99 volume 1, 6.2.1: the whole word, or the part that is written in capitals.
bool is_word(std::string_view given, std::string_view pattern) {
  const auto small = std::find_if_not(pattern.begin(), pattern.end(), is_upper);
  const auto short_length = static_cast<std::size_t>(small - pattern.begin());
  const auto same = [&](std::string_view wanted) {
    return std::equal(given.begin(), given.end(), wanted.begin(), wanted.end(),
                      [](char a, char b) { return to_upper(a) == to_upper(b); });
  };
  return same(pattern) || same(pattern.substr(0, short_length));
}

// "CHANnel:SCALe?" against a header without its leading colon.
bool matches(std::string_view header, std::string_view pattern) {
  if (header.ends_with('?') != pattern.ends_with('?')) return false;
  if (header.ends_with('?')) {
    header.remove_suffix(1);
    pattern.remove_suffix(1);
  }
  while (true) {
    const std::size_t a = std::min(header.find(':'), header.size());
    const std::size_t b = std::min(pattern.find(':'), pattern.size());
    if (!is_word(header.substr(0, a), pattern.substr(0, b))) return false;
    if (a == header.size() || b == pattern.size()) return a == header.size() && b == pattern.size();
    header.remove_prefix(a + 1);
    pattern.remove_prefix(b + 1);
  }
}

// The bytes of a block that starts here; 0 when none does.
std::size_t block_length(std::string_view text) {
  if (text.size() < 2 || text[0] != '#' || text[1] < '1' || text[1] > '9') return 0;
  const auto digits = static_cast<std::size_t>(text[1] - '0');
  if (text.size() < 2 + digits) return 0;
  return 2 + digits +
         static_cast<std::size_t>(std::atoll(std::string(text.substr(2, digits)).c_str()));
}

// Up to the semicolon that ends a command.
std::size_t unit_end(std::string_view text) {
  char mark = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (mark != '\0') {
      if (c == mark) mark = '\0';
    } else if (c == '"' || c == '\'') {
      mark = c;
    } else if (c == ';') {
      return i;
    } else if (c == '#' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == ',')) {
      i += std::max<std::size_t>(block_length(text.substr(i)), 1) - 1;
    }
  }
  return text.size();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  return text;
}

constexpr std::uint8_t kComplete = 1;
constexpr std::uint8_t kErrorQueue = 4;
constexpr std::uint8_t kMessage = 16;
constexpr std::uint8_t kEvent = 32;
constexpr std::uint8_t kService = 64;
constexpr std::size_t kMostErrors = 8;

// The bit of the standard event status register for an error (IEEE 488.2-1992, 11.5.1.1).
std::uint8_t event_of(int number) {
  if (number <= -400) return 4;
  if (number <= -300 || number > 0) return 8;
  return number <= -200 ? 16 : 32;
}

}  // namespace

std::string ScpiDevice::block(std::uint64_t first, std::size_t bytes) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i)
    out[i] = static_cast<char>((first + i) / 8 >> (8 * ((first + i) % 8)));
  return out;
}

void ScpiDevice::settle() {
  if (is_complete_due_ && steady_clock::now() >= busy_until_) {
    is_complete_due_ = false;
    event(kComplete);
  }
}

void ScpiDevice::event(std::uint8_t bits) {
  event_status_ |= bits;
}

std::uint8_t ScpiDevice::summary(bool has_answer) const {
  std::uint8_t status = 0;
  if (!errors_.empty()) status |= kErrorQueue;
  if (has_answer) status |= kMessage;
  if ((event_status_ & event_enable_) != 0) status |= kEvent;
  return status;
}

std::uint8_t ScpiDevice::status_byte(bool has_answer) {
  const std::lock_guard lock(mutex_);
  settle();
  const std::uint8_t status = summary(has_answer);
  const bool is_set = (status & service_enable_) != 0 || is_requesting_;
  is_requesting_ = false;
  return is_set ? status | kService : status;
}

bool ScpiDevice::take_service_request() {
  const std::lock_guard lock(mutex_);
  settle();
  const bool is_set = (summary(false) & service_enable_) != 0 || is_requesting_;
  const bool is_new = is_set && !was_requesting_;
  was_requesting_ = is_set;
  return is_new;
}

void ScpiDevice::trigger() {
  const std::lock_guard lock(mutex_);
  ++triggers_;
}

void ScpiDevice::set_remote(bool is_remote) {
  const std::lock_guard lock(mutex_);
  is_remote_ = is_remote;
}

void ScpiDevice::clear() {
  const std::lock_guard lock(mutex_);
  faults_ = {};
  is_muted_ = is_flipped_ = false;
  is_complete_due_ = false;
}

void ScpiDevice::report(int number, std::string_view text) {
  const std::lock_guard lock(mutex_);
  refuse(number, text);
}

void ScpiDevice::refuse(int number, std::string_view text) {
  event(event_of(number));
  if (errors_.size() == kMostErrors) {
    errors_.back() = "-350,\"Queue overflow\"";
    return;
  }
  errors_.push_back(std::to_string(number) + ",\"" + std::string(text) + '"');
}

void ScpiDevice::answer(std::string_view text) {
  answers_.emplace_back(text);
}

std::optional<double> ScpiDevice::number(std::string_view data, double min, double max) {
  double value = 0;
  const auto [stop, error] = std::from_chars(data.data(), data.data() + data.size(), value);
  if (error != std::errc{} || stop != data.data() + data.size()) {
    refuse(data.empty() ? -109 : -104, data.empty() ? "Missing parameter" : "Data type error");
    return std::nullopt;
  }
  if (!(value >= min && value <= max)) {
    refuse(-222, "Data out of range");
    return std::nullopt;
  }
  return value;
}

std::optional<ScpiReply> ScpiDevice::execute(std::string_view message) {
  const std::lock_guard lock(mutex_);
  settle();
  answers_.clear();
  path_.clear();
  while (!message.empty()) {
    const std::size_t end = unit_end(message);
    const std::string_view unit = trimmed(message.substr(0, end));
    message.remove_prefix(std::min(end + 1, message.size()));
    if (unit.empty()) continue;
    const std::size_t space = std::min(unit.find(' '), unit.size());
    execute_unit(unit.substr(0, space), trimmed(unit.substr(space)));
  }
  if (answers_.empty()) return std::nullopt;
  ScpiReply reply = std::exchange(faults_, {});
  for (const std::string& one : answers_) reply.text += (reply.text.empty() ? "" : ";") + one;
  reply.text += '\n';
  if (std::exchange(is_flipped_, false)) reply.text[0] ^= 0x15;
  if (std::exchange(is_muted_, false)) return std::nullopt;
  return reply;
}

void ScpiDevice::execute_unit(std::string_view header, std::string_view data) {
  if (header.starts_with('*')) {
    if (!common(header, data)) refuse(-113, "Undefined header");
    return;
  }
  // SCPI-99 volume 1, 6.2.4: a header starts where the last one's branch was, or at the root.
  std::string whole(header);
  if (header.starts_with(':')) {
    whole.erase(0, 1);
  } else if (!path_.empty()) {
    whole = path_ + whole;
  }
  const std::size_t colon = whole.rfind(':');
  path_ = colon == std::string::npos ? "" : whole.substr(0, colon + 1);
  if (!subsystem(whole, data)) refuse(-113, "Undefined header");
}

bool ScpiDevice::common(std::string_view raw_header, std::string_view data) {
  std::string header(raw_header);
  std::transform(header.begin(), header.end(), header.begin(), to_upper);
  const auto byte = [&](std::uint8_t& to) {
    if (const auto value = number(data, 0, 255)) to = static_cast<std::uint8_t>(*value);
  };
  if (header == "*IDN?") {
    answer(identity_);
  } else if (header == "*RST") {
    settings_.clear();
  } else if (header == "*CLS") {
    errors_.clear();
    event_status_ = 0;
    is_complete_due_ = false;
  } else if (header == "*ESE") {
    byte(event_enable_);
  } else if (header == "*ESE?") {
    answer(std::to_string(event_enable_));
  } else if (header == "*ESR?") {
    answer(std::to_string(std::exchange(event_status_, std::uint8_t{0})));
  } else if (header == "*SRE") {
    byte(service_enable_);
  } else if (header == "*SRE?") {
    answer(std::to_string(service_enable_));
  } else if (header == "*STB?") {
    const std::uint8_t status = summary(false);
    answer(std::to_string((status & service_enable_) != 0 ? status | kService : status));
  } else if (header == "*OPC") {
    is_complete_due_ = true;
    settle();
  } else if (header == "*OPC?") {
    const auto left = std::chrono::duration_cast<milliseconds>(busy_until_ - steady_clock::now());
    faults_.delay = std::max(faults_.delay, left + milliseconds(left.count() > 0 ? 1 : 0));
    answer("1");
  } else if (header == "*TRG") {
    ++triggers_;
  } else if (header == "*TST?") {
    answer("0");
  } else {
    return header == "*WAI";
  }
  return true;
}

bool ScpiDevice::subsystem(const std::string& header, std::string_view data) {
  if (matches(header, "SYSTem:ERRor?") || matches(header, "SYSTem:ERRor:NEXT?")) {
    if (errors_.empty()) {
      answer("0,\"No error\"");
    } else {
      answer(errors_.front());
      errors_.pop_front();
    }
  } else if (matches(header, "SYSTem:VERSion?")) {
    answer("1999.0");
  } else if (matches(header, "SYSTem:REMote?")) {
    answer(is_remote_ ? "1" : "0");
  } else if (matches(header, "TRIGger:COUNt?")) {
    answer(std::to_string(triggers_));
  } else if (matches(header, "CONFigure?")) {
    answer("\"VOLT +1.000000E+01,+3.000000E-06\"");
  } else if (matches(header, "READ?")) {
    char text[32];
    answer({text, static_cast<std::size_t>(
                      std::snprintf(text, sizeof(text), "%+.6E", static_cast<double>(++reads_)))});
  } else if (!matches(header, "MEASure") && !matches(header, "ABORt")) {
    return data_system(header, data) || test_system(header, data) || channel_system(header, data);
  }
  return true;
}

bool ScpiDevice::data_system(const std::string& header, std::string_view data) {
  constexpr double kMost_bytes = 16 << 20;
  if (matches(header, "DATA:BLOCk?") || matches(header, "DATA:INDefinite?")) {
    const auto wanted = number(data, 0, kMost_bytes);
    if (!wanted) return true;
    const auto bytes = static_cast<std::size_t>(*wanted);
    const std::string digits = std::to_string(bytes);
    const bool is_definite = matches(header, "DATA:BLOCk?");
    answer((is_definite ? "#" + std::to_string(digits.size()) + digits : "#0") +
           block(bytes_given_, bytes));
    bytes_given_ += bytes;
  } else if (matches(header, "DATA:NUMBers?")) {
    const auto count = number(data, 1, 1e6);
    std::string list;
    for (int i = 0; count && i < *count; ++i) list += (i == 0 ? "" : ",") + std::to_string(i);
    if (count) answer(list);
  } else if (matches(header, "DATA:LOAD")) {
    if (block_length(data) == data.size() && !data.empty()) {
      loaded_ = data;
    } else {
      refuse(-161, "Invalid block data");
    }
  } else if (matches(header, "DATA:LOAD?")) {
    answer(loaded_.empty() ? "#10" : loaded_);
  } else {
    return false;
  }
  return true;
}

bool ScpiDevice::test_system(const std::string& header, std::string_view data) {
  if (matches(header, "TEST:BUSY")) {
    if (const auto ms = number(data, 0, 60'000))
      busy_until_ = steady_clock::now() + milliseconds(static_cast<int>(*ms));
  } else if (matches(header, "TEST:LATE")) {
    if (const auto ms = number(data, 0, 60'000))
      faults_.delay = milliseconds(static_cast<int>(*ms));
  } else if (matches(header, "TEST:CUT")) {
    if (const auto bytes = number(data, 0, 1e6)) faults_.cut_at = static_cast<std::size_t>(*bytes);
  } else if (matches(header, "TEST:MUTE")) {
    is_muted_ = true;
  } else if (matches(header, "TEST:FLIP")) {
    is_flipped_ = true;
  } else if (matches(header, "TEST:CALL")) {
    is_requesting_ = true;
  } else {
    return false;
  }
  return true;
}

bool ScpiDevice::channel_system(const std::string& header, std::string_view data) {
  // The channel's number is the suffix of the first word; without one it is 1.
  std::size_t colon = std::min(header.find(':'), header.size());
  std::string plain = header;
  char channel = '1';
  if (colon > 0 && std::isdigit(static_cast<unsigned char>(header[colon - 1])) != 0) {
    channel = header[colon - 1];
    plain.erase(colon - 1, 1);
  }
  if (!is_word(plain.substr(0, plain.find(':')), "CHANnel")) return false;
  if (channel < '1' || channel > '4') {
    refuse(-114, "Header suffix out of range");
    return true;
  }
  std::string& scale = settings_.try_emplace(std::string("SCAL") + channel, "1").first->second;
  std::string& label = settings_.try_emplace(std::string("LAB") + channel, "\"\"").first->second;
  if (matches(plain, "CHANnel:SCALe")) {
    if (number(data, 0.001, 10)) scale = data;
  } else if (matches(plain, "CHANnel:SCALe?")) {
    answer(scale);
  } else if (matches(plain, "CHANnel:LABel")) {
    const bool is_string =
        data.size() >= 2 && (data[0] == '"' || data[0] == '\'') && data.back() == data[0];
    if (is_string) {
      label = data;
    } else {
      refuse(-104, "Data type error");
    }
  } else if (matches(plain, "CHANnel:LABel?")) {
    answer(label);
  } else {
    return false;
  }
  return true;
}

}  // namespace acq::test
