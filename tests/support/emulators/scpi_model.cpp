#include "tests/support/emulators/scpi_model.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

namespace acq::test {
namespace {

std::string capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Long forms of the programming guides.
constexpr std::string_view kLongForms[] = {
    "CHANNEL",  "SCALE",     "OFFSET",    "PROBE",     "DISPLAY", "COUPLING", "TIMEBASE",
    "POSITION", "DELAY",     "TRIGGER",   "LEVEL",     "SOURCE",  "SLOPE",    "SWEEP",
    "WAVEFORM", "FORMAT",    "BYTEORDER", "UNSIGNED",  "POINTS",  "PREAMBLE", "SINGLE",
    "STATUS",   "SWITCH",    "INTERVAL",  "MAXPOINT",  "ACQUIRE", "SYSTEM",   "ERROR",
    "START",    "OPERATION", "CONDITION", "STREAMING", "WIDTH",   "ABORT",    "OUTPUT",
};

// The nearest of 1, 2, 5 times a power of ten.
double stepped(double value) {
  const double decade = std::pow(10.0, std::floor(std::log10(value)));
  double best = decade;
  for (const double step : {1.0, 2.0, 5.0, 10.0})
    if (std::abs(std::log(value / (step * decade))) < std::abs(std::log(value / best)))
      best = step * decade;
  // As the instrument writes it, without what the multiplication leaves.
  return std::strtod(scientific(best, 3).c_str(), nullptr);
}

}  // namespace

std::string scientific(double value, int places) {
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.*E", places, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

double scope_volts(int channel, std::size_t n, double scale) {
  if (channel == kPulseChannel) {
    const auto at = static_cast<double>(n % kScopePeriod);
    const double up = std::clamp((at - 20) / 5, 0.0, 1.0),
                 down = std::clamp((at - 65) / 8, 0.0, 1.0);
    return scale * (3 * (up - down) - 1.5);
  }
  const double turn = static_cast<double>(n % kScopePeriod) / kScopePeriod + 0.1 * channel;
  return 2 * scale * std::sin(2 * std::numbers::pi * turn);
}

std::string ScpiModel::text_of(const std::string& /*header*/, double value) const {
  return scientific(value);
}

std::string ScpiModel::answer_of(const std::string& /*header*/, const std::string& value) const {
  return value;
}

void ScpiModel::single() {
  state_ = State::kArmed;
  looks_ = 0;
}

bool ScpiModel::is_finished() {
  if (state_ == State::kArmed && !holds && ++looks_ > looks_until_trigger_)
    state_ = State::kStopped;
  return state_ == State::kStopped;
}

bool ScpiModel::happens(ScpiFault fault) {
  if (faults.empty() || faults.front() != fault) return false;
  faults.pop_front();
  ++spoilt;
  return true;
}

void ScpiModel::refuse(int number, std::string_view text) {
  errors_.push_back(std::to_string(number) + ",\"" + std::string(text) + "\"");
}

std::string ScpiModel::block(std::string payload) {
  if (happens(ScpiFault::kShortBlock)) payload.resize(payload.size() / 2);
  if (happens(ScpiFault::kLongBlock)) payload += payload;
  if (happens(ScpiFault::kEmptyBlock)) payload.clear();
  std::array<char, 16> header{};
  std::snprintf(header.data(), header.size(), "#9%09zu", payload.size());
  if (happens(ScpiFault::kLyingBlock)) payload.resize(payload.size() / 2);
  is_cutting_ = happens(ScpiFault::kCut);
  return header.data() + payload;
}

std::string ScpiModel::fields(const std::vector<std::string>& values, char separator) {
  if (happens(ScpiFault::kPlusZero)) return "+0";
  const bool is_short = happens(ScpiFault::kMissingField);
  const bool is_garbled = happens(ScpiFault::kGarbage);
  std::string out;
  for (std::size_t i = 0; i + (is_short ? 1 : 0) < values.size(); ++i) {
    if (i > 0) out += separator;
    out += is_garbled && i + 1 == values.size() ? "***" : values[i];
  }
  return out;
}

std::string ScpiModel::short_form(const std::string& mnemonic) const {
  if (std::ranges::find(kLongForms, mnemonic) == std::end(kLongForms)) return mnemonic;
  const bool ends_in_vowel = std::string_view("AEIOU").find(mnemonic[3]) != std::string_view::npos;
  return mnemonic.substr(0, ends_in_vowel ? 3 : 4);
}

std::string ScpiModel::short_header(std::string_view header) const {
  std::string out;
  while (!header.empty()) {
    const std::string_view node = header.substr(0, header.find(':'));
    const std::size_t letters = node.find_last_not_of("0123456789") + 1;
    out += short_form(std::string(node.substr(0, letters)));
    out += node.substr(letters);
    header.remove_prefix(std::min(node.size() + 1, header.size()));
    if (!header.empty()) out += ':';
  }
  return out;
}

// Headers after a semicolon begin at the root: what these instruments are told does so.
std::vector<ScpiModel::Message> ScpiModel::split(std::string_view line) const {
  std::vector<Message> messages;
  while (!line.empty()) {
    const std::size_t end = line.find(';');
    std::string_view part = trimmed(line.substr(0, end));
    line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
    if (part.starts_with(':')) part.remove_prefix(1);
    if (part.empty()) continue;
    Message message;
    const std::size_t space = part.find(' ');
    message.header = capitals(part.substr(0, space));
    if (space != std::string_view::npos) message.arguments = trimmed(part.substr(space + 1));
    if (message.header.ends_with('?')) {
      message.is_query = true;
      message.header.pop_back();
    }
    message.header = short_header(message.header);
    messages.push_back(std::move(message));
  }
  return messages;
}

std::optional<ModelReply> ScpiModel::execute(std::string_view line) {
  log.emplace_back(line.substr(0, 200));
  is_cutting_ = false;
  std::string answers;
  bool has_answer = false;
  for (const Message& message : split(essence(line))) {
    const std::optional<std::string> answer = one(message);
    if (!answer) continue;
    if (has_answer) answers += ';';
    answers += *answer;
    has_answer = true;
  }
  if (!has_answer || happens(ScpiFault::kMute)) return std::nullopt;
  if (is_cutting_) return ModelReply{answers.substr(0, answers.size() / 2), true};
  if (happens(ScpiFault::kStrayLine)) answers += "\n0";
  return ModelReply{answers + "\n"};
}

std::optional<std::string> ScpiModel::one(const Message& message) {
  if (auto answer = common(message)) return message.is_query ? answer : std::nullopt;
  if (message.header == "*IDN" && !identity.empty()) return identity;
  std::optional<std::string> answer;
  if (setting(message, answer)) return answer;
  if (auto answered = own(message)) return message.is_query ? answered : std::nullopt;
  unknown.push_back(message.header + (message.is_query ? "?" : "") + " " + message.arguments);
  refuse(-113, "Undefined header");
  return std::nullopt;
}

std::optional<std::string> ScpiModel::common(const Message& message) {
  if (message.header == "*OPC" || message.header == "*CLS" || message.header == "*WAI") {
    if (message.header == "*CLS") errors_.clear();
    return "1";
  }
  if (message.header == "SYST:ERR") {
    if (errors_.empty()) return no_error();
    std::string error = errors_.front();
    errors_.pop_front();
    return error;
  }
  return std::nullopt;
}

bool ScpiModel::setting(const Message& message, std::optional<std::string>& answer) {
  if (const auto found = numbers.find(message.header); found != numbers.end()) {
    Number& number = found->second;
    const std::string limit =
        capitals(message.arguments).substr(0, 3);  // MIN and MAX are numbers too
    if (message.is_query) {
      const double told = limit == "MIN" ? number.min : limit == "MAX" ? number.max : number.value;
      answer = text_of(message.header, told);
      return true;
    }
    if (limit == "MIN" || limit == "MAX") {
      number.value = limit == "MIN" ? number.min : number.max;
      changed(message.header);
      return true;
    }
    char* end = nullptr;
    const std::size_t comma = message.arguments.rfind(',');  // "VAL,10"
    const std::string text =
        comma == std::string::npos ? message.arguments : message.arguments.substr(comma + 1);
    const double asked = std::strtod(text.c_str(), &end);
    if (end == text.c_str()) {
      refuse(-104, "Data type error");
      return true;
    }
    const double legal = std::clamp(asked, number.min, number.max);
    if (legal != asked) refuse(-222, "Data out of range");
    number.value = number.is_stepped ? stepped(legal) : legal;
    changed(message.header);
    return true;
  }
  if (const auto found = words.find(message.header); found != words.end()) {
    Word& word = found->second;
    if (message.is_query) {
      answer = answer_of(message.header, word.value);
      return true;
    }
    std::string asked = capitals(message.arguments);
    std::erase(asked, '"');
    for (const std::string& allowed : word.allowed) {
      const std::string other = capitals(allowed);
      const bool is_short = asked.size() >= 3 && other.starts_with(asked);
      if (other != asked && !is_short) continue;
      word.value = allowed;
      return true;
    }
    refuse(-224, "Illegal parameter value");
    return true;
  }
  return false;
}

}  // namespace acq::test
