#include "drivers/scpi/scope.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "drivers/scpi/values.h"

namespace acq::scpi {
namespace {

// Execution errors that mean "the nearest was taken" (SCPI-99, 21.8.10).
constexpr std::int64_t kDataOutOfRange = -222;
constexpr std::size_t kLargestPreamble_bytes = 4096;
// Of a channel that comes in one piece: read whole, however few are wanted.
constexpr std::size_t kMostWholePoints = std::size_t{64} << 20;

// The place `index` of a list, without blanks.
std::string_view item_of(std::string_view list, char separator, int index) {
  for (; index > 0; --index) {
    const std::size_t end = list.find(separator);
    if (end == std::string_view::npos) return {};
    list.remove_prefix(end + 1);
  }
  return trim(list.substr(0, list.find(separator)));
}

// Whether two spellings are of one word: "RIS" and "RISing", in either case.
bool is_same_word(std::string_view a, std::string_view b) {
  const std::size_t size = std::min(a.size(), b.size());
  return size >= 3 && equals_ignoring_case(a.substr(0, size), b.substr(0, size));
}

// Our word for the instrument's: exactly, or by its short form.
const std::string* our_word(const ProfileSetting& setting, std::string_view theirs) {
  for (const auto& [ours, word] : setting.words)
    if (equals_ignoring_case(word, theirs)) return &ours;
  for (const auto& [ours, word] : setting.words)
    if (is_same_word(word, theirs)) return &ours;
  return nullptr;
}

double field_value(std::span<const std::byte> block, const ProfileTerms::Field& field) {
  const auto as = [&]<typename T>(T value) {
    std::memcpy(&value, block.data() + field.at, sizeof value);
    return static_cast<double>(value);
  };
  switch (field.type) {
    case ProfileTerms::Field::Type::kI16: return as(std::int16_t{});
    case ProfileTerms::Field::Type::kI32: return as(std::int32_t{});
    case ProfileTerms::Field::Type::kF32: return as(float{});
    case ProfileTerms::Field::Type::kF64: return as(double{});
  }
  return 0;
}

std::size_t size_of_field(ProfileTerms::Field::Type type) {
  switch (type) {
    case ProfileTerms::Field::Type::kI16: return 2;
    case ProfileTerms::Field::Type::kF64: return 8;
    default: return 4;
  }
}

tl::unexpected<Error> nonsense(std::string sentence) {
  return fail(Code::kIo, std::move(sentence));
}

}  // namespace

Result<double> parse_with_unit(std::string_view text) {
  text = trim(text);
  if (const Result<double> plain = parse_number(text)) return plain;
  double value = 0;
  const char* begin = text.data();
  const char* const last = text.data() + text.size();
  if (begin != last && *begin == '+') ++begin;
  const auto [end, error] = std::from_chars(begin, last, value);
  const std::string_view unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  const bool is_unit =
      unit.size() <= 8 && std::all_of(unit.begin(), unit.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '%';
      });
  if (error != std::errc() || unit.empty() || !is_unit)
    return fail(Code::kInvalid, quote(text) + " is no number");
  // One letter is a unit, unless it can only be a prefix; "pts" has none.
  struct Prefix {
    char letter;
    double factor;
  };
  constexpr Prefix kPrefixes[] = {{'G', 1e9},  {'M', 1e6},  {'k', 1e3}, {'K', 1e3},
                                  {'m', 1e-3}, {'u', 1e-6}, {'n', 1e-9}};
  for (const Prefix& prefix : kPrefixes)
    if (unit[0] == prefix.letter && (unit.size() > 1 || prefix.factor > 1))
      return value * prefix.factor;
  return value;
}

Scope::Places Scope::places(int channel) const {
  return {{"ch", std::to_string(channel)}, {"source", source_}};
}

Result<void> Scope::tell(const std::vector<std::string>& commands, const Places& places,
                         const std::stop_token& stop) {
  for (const std::string& command : commands)
    if (const auto done = session_.write(filled(command, places), until(stop)); !done) return done;
  return {};
}

Result<void> Scope::set_up(const std::stop_token& stop) {
  if (const auto done = tell(profile_.setup, {}, stop); !done) return done;
  depth_in_force_.reset();
  if (!knows("trigger_source")) return {};
  // Commands about the trigger name its source.
  const Result<Value> source = what("trigger_source", 0, stop);
  if (!source) return tl::unexpected<Error>(source.error());
  return {};
}

Result<void> Scope::set(std::string_view name, int channel, const Value& value,
                        const std::stop_token& stop) {
  const auto found = profile_.settings.find(name);
  if (found == profile_.settings.end()) {
    return fail(Code::kUnsupported, "profile " + profile_.name + " has no " + std::string(name),
                std::string(name));
  }
  const ProfileSetting& setting = found->second;
  std::string text;
  if (const auto* flag = std::get_if<bool>(&value)) {
    text = *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&value)) {
    text = format_number(*number * setting.factor);
  } else {
    text = std::get<std::string>(value);
  }
  if (const auto word = setting.words.find(text); word != setting.words.end()) {
    text = word->second;
  } else if (std::holds_alternative<std::string>(value)) {
    std::string allowed;
    for (const auto& [ours, theirs] : setting.words) allowed += (allowed.empty() ? "" : " ") + ours;
    return fail(Code::kInvalid, "this instrument has no " + std::string(name) + " " + quote(text),
                std::string(name), allowed);
  } else if (std::holds_alternative<bool>(value)) {
    text = text == "true" ? "1" : "0";
  }
  if (name == "trigger_source") source_ = text;
  Places all = places(channel);
  all["value"] = text;
  return session_.write(filled(setting.set, all), until(stop));
}

Result<Value> Scope::what(std::string_view name, int channel, const std::stop_token& stop) {
  const auto found = profile_.settings.find(name);
  ACQ_CHECK(found != profile_.settings.end());
  const ProfileSetting& setting = found->second;
  const auto answer = session_.query(filled(setting.get, places(channel)), until(stop));
  if (!answer) return tl::unexpected<Error>(answer.error());
  const std::string_view item = item_of(*answer, ',', setting.field);
  if (name == "trigger_source") source_ = std::string(item);
  if (!setting.words.empty()) {
    const std::string* word = our_word(setting, item);
    if (word == nullptr) return Value(std::string(item));
    if (*word == "true" || *word == "false") return Value(*word == "true");
    return Value(*word);
  }
  const Result<double> number = parse_with_unit(item);
  if (!number) return nonsense(std::string(name) + ": " + number.error().sentence);
  if (name == "on") return Value(*number != 0);
  return Value(*number / setting.factor);
}

Result<void> Scope::accepted(const std::stop_token& stop) {
  if (!profile_.has_error_queue) return {};
  const auto errors = session_.drain_errors(until(stop));
  if (!errors) return tl::unexpected<Error>(errors.error());
  for (const InstrumentError& error : *errors) {
    if (error.number == 0 || error.number == kDataOutOfRange) continue;
    return fail(code_of(error.number),
                "the instrument says " + std::to_string(error.number) + " " + quote(error.text));
  }
  return {};
}

Result<void> Scope::halt(const std::stop_token& stop) {
  state_ = State::kIdle;
  return tell(profile_.stop, {}, stop);
}

Result<void> Scope::choose_depth(const std::stop_token& stop) {
  if (depth_in_force_ == plan_.is_deep) return {};
  if (const auto done = tell(depth().setup, {}, stop); !done) return done;
  depth_in_force_ = plan_.is_deep;
  return {};
}

Result<void> Scope::peek(const Plan& plan, const std::stop_token& stop) {
  plan_ = plan;
  Result<void> done = choose_depth(stop);
  for (channel_at_ = 0; done && channel_at_ < plan_.channels.size(); ++channel_at_) {
    const int channel = plan_.channels[channel_at_];
    done = tell(profile_.channel, places(channel), stop);
    if (!done) break;
    const Result<Terms> terms = read_terms(channel, stop);
    done = terms ? understand(*terms, channel) : Result<void>(tl::unexpected(terms.error()));
  }
  state_ = State::kIdle;
  if (!done) record_ = {};
  return done;
}

Result<void> Scope::arm(const Plan& plan, const std::stop_token& stop) {
  ACQ_CHECK(!plan.channels.empty());
  plan_ = plan;
  state_ = State::kIdle;
  record_.points = 0;
  record_.channels.clear();
  if (const auto done = choose_depth(stop); !done) return done;
  if (const auto done = tell(profile_.single, {}, stop); !done) return done;
  looked_ns_ = clock_.now_ns();
  state_ = State::kArmed;
  return {};
}

Result<Scope::Progress> Scope::step(const std::stop_token& stop) {
  if (state_ == State::kIdle) return Progress::kIdle;
  if (state_ == State::kArmed) {
    Result<Progress> progress = look(stop);
    if (!progress) state_ = State::kIdle;
    return progress;
  }
  const Result<void> done = state_ == State::kPreparing ? prepare(stop) : read_chunk(stop);
  if (!done) {
    state_ = State::kIdle;
    return tl::unexpected<Error>(done.error());
  }
  if (channel_at_ < plan_.channels.size()) return Progress::kReading;
  state_ = State::kIdle;
  return Progress::kDone;
}

Result<Scope::Progress> Scope::look(const std::stop_token& stop) {
  const std::int64_t before_ns = looked_ns_;
  looked_ns_ = clock_.now_ns();
  const Result<bool> is_finished = is_over(stop);
  if (!is_finished) return tl::unexpected<Error>(is_finished.error());
  if (!*is_finished) return Progress::kWaiting;
  record_.earliest_ns = before_ns;
  record_.latest_ns = clock_.now_ns();
  if (!profile_.settled.empty()) {
    const auto answer = session_.query(profile_.settled, until(stop));
    if (!answer) return tl::unexpected<Error>(answer.error());
  }
  channel_at_ = 0;
  retries_left_ = profile_.retries;
  state_ = State::kPreparing;
  return Progress::kReading;
}

Result<bool> Scope::is_over(const std::stop_token& stop) {
  const auto answer = session_.query(profile_.state, until(stop));
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (profile_.state_mask != 0) {
    const Result<std::int64_t> bits = parse_integer(*answer);
    if (!bits) return nonsense("state: " + bits.error().sentence);
    return (static_cast<std::uint64_t>(*bits) & profile_.state_mask) == 0;
  }
  const std::string_view word = trim(*answer);
  return std::any_of(profile_.finished.begin(), profile_.finished.end(),
                     [&](const std::string& end) {
                       return equals_ignoring_case(end, word) || is_same_word(end, word);
                     });
}

// Learns what the next channel's codes mean. Answers that make no sense yet are asked for again.
Result<void> Scope::prepare(const std::stop_token& stop) {
  constexpr std::int64_t kPause_ns = 50'000'000;
  const int channel = plan_.channels[channel_at_];
  if (const auto done = tell(profile_.channel, places(channel), stop); !done) return done;
  const Result<Terms> terms = read_terms(channel, stop);
  Result<void> done =
      terms ? understand(*terms, channel) : Result<void>(tl::unexpected<Error>(terms.error()));
  if (!done && done.error().code == Code::kIo && retries_left_ > 0) {
    --retries_left_;
    clock_.sleep_until(clock_.now_ns() + kPause_ns, stop);
    return {};
  }
  return done;
}

Result<Terms> Scope::read_terms(int channel, const std::stop_token& stop) {
  Terms terms = profile_.constants;
  const Places where = places(channel);
  for (const ProfileTerms& query : profile_.terms) {
    const auto done = query.fields.empty() ? read_text_terms(query, where, terms, stop)
                                           : read_block_terms(query, where, terms, stop);
    if (!done) return tl::unexpected<Error>(done.error());
  }
  return terms;
}

Result<void> Scope::read_text_terms(const ProfileTerms& query, const Places& where, Terms& terms,
                                    const std::stop_token& stop) {
  const std::string command = filled(query.query, where);
  const auto answer = session_.query(command, until(stop));
  if (!answer) return tl::unexpected<Error>(answer.error());
  const auto count =
      static_cast<std::size_t>(std::count(answer->begin(), answer->end(), query.separator) + 1);
  if (count < query.names.size()) {
    return nonsense(command + " gave " + std::to_string(count) + " fields of " +
                    std::to_string(query.names.size()));
  }
  for (std::size_t i = 0; i < query.names.size(); ++i) {
    const Result<double> value =
        parse_with_unit(item_of(*answer, query.separator, static_cast<int>(i)));
    if (!value) return nonsense(command + ", " + query.names[i] + ": " + value.error().sentence);
    terms[query.names[i]] = *value;
  }
  return {};
}

Result<void> Scope::read_block_terms(const ProfileTerms& query, const Places& where, Terms& terms,
                                     const std::stop_token& stop) {
  std::array<std::byte, kLargestPreamble_bytes> block{};
  const std::string command = filled(query.query, where);
  const auto got = session_.query_block(command, block, until(stop));
  if (!got) return tl::unexpected<Error>(got.error());
  for (const ProfileTerms::Field& field : query.fields) {
    if (field.at + size_of_field(field.type) > *got)
      return nonsense(command + " ends before " + field.name);
    terms[field.name] = field_value(std::span(block).first(*got), field);
  }
  return {};
}

Result<std::size_t> Scope::points_from(const Terms& terms) {
  const Result<double> points = evaluate(depth().points, terms);
  if (!points) return tl::unexpected<Error>(points.error());
  if (!(*points >= 1) || *points > 1e10) return nonsense("there is no waveform yet");
  whole_points_ = static_cast<std::size_t>(*points);
  if (depth().window.empty() && whole_points_ > kMostWholePoints) {
    return fail(Code::kOverflow,
                "the capture has " + std::to_string(whole_points_) +
                    " samples, and cannot be read in parts",
                "memory", "at most " + std::to_string(kMostWholePoints));
  }
  return std::min(plan_.most_points, whole_points_);
}

Result<void> Scope::understand(const Terms& terms, int channel) {
  for (const auto& [name, allowed] : profile_.require) {
    const double value = terms.at(name);
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) continue;
    return fail(Code::kUnsupported,
                "waveforms with " + name + " " + format_number(value) + " cannot be read", name);
  }
  const Result<std::size_t> points = points_from(terms);
  if (!points) return tl::unexpected<Error>(points.error());
  const Result<double> scale = evaluate(profile_.scale, terms);
  const Result<double> offset = evaluate(profile_.offset, terms);
  const Result<double> start = evaluate(profile_.start, terms);
  if (!scale || !std::isfinite(*scale) || *scale == 0) return nonsense("the scale is not known");
  if (!offset || !std::isfinite(*offset)) return nonsense("the offset is not known");
  if (!start || !std::isfinite(*start)) return nonsense("the time of the trigger is not known");
  double interval_s = 0;
  for (const std::string& expression : profile_.interval) {
    const Result<double> value = evaluate(expression, terms);
    if (value && std::isfinite(*value) && *value > 0 && interval_s == 0) interval_s = *value;
  }
  if (interval_s <= 0) return nonsense("the sample interval is not known");

  if (channel_at_ == 0) {
    record_.points = *points;
    record_.interval_s = interval_s;
    record_.start_s = *start;
    record_.samples.resize(*points * plan_.channels.size() * size_of(profile_.sample));
  } else if (*points != record_.points || interval_s != record_.interval_s) {
    return nonsense("channel " + std::to_string(channel) + " has another number of samples");
  }
  record_.channels.resize(channel_at_);
  record_.channels.push_back({.number = channel, .scale = *scale, .offset = *offset});
  chunk_ = plan_.most_chunk;
  if (!depth().chunk.empty()) {
    const Result<double> limit = evaluate(depth().chunk, terms);
    if (!limit || !(*limit >= 1)) return nonsense("the longest read is not known");
    chunk_ = static_cast<std::size_t>(std::min(*limit, static_cast<double>(chunk_)));
  }
  sample_at_ = 0;
  state_ = State::kReading;
  return {};
}

bool Scope::has_hole(std::span<const std::byte> codes) const noexcept {
  if (!profile_.hole || size_of(profile_.sample) != 1) return false;
  const auto hole = static_cast<std::byte>(*profile_.hole);
  return std::find(codes.begin(), codes.end(), hole) != codes.end();
}

// Reads samples sample_at_ ... of the channel; all of them where the instrument gives no parts.
Result<void> Scope::read_block(std::span<std::byte> into, const Places& where,
                               const std::stop_token& stop) {
  const bool is_cut = depth().window.empty() && whole_points_ > record_.points;
  if (is_cut) whole_.resize(whole_points_ * size_of(profile_.sample));
  const std::span<std::byte> space = is_cut ? std::span(whole_) : into;
  const auto got = session_.query_block(filled(profile_.data, where), space, until(stop));
  if (!got) return tl::unexpected<Error>(got.error());
  if (*got != space.size()) {
    return nonsense("a waveform of " + std::to_string(*got) + " bytes instead of " +
                    std::to_string(space.size()));
  }
  if (is_cut) std::copy_n(whole_.begin(), into.size(), into.begin());
  return {};
}

Result<void> Scope::read_chunk(const std::stop_token& stop) {
  const bool has_window = !depth().window.empty();
  const std::size_t left = record_.points - sample_at_;
  const std::size_t count = has_window ? std::min(chunk_, left) : left;
  const std::size_t sample_bytes = size_of(profile_.sample);
  Places where = places(plan_.channels[channel_at_]);
  where["count"] = std::to_string(count);
  where["first0"] = std::to_string(sample_at_);
  where["first"] = std::to_string(sample_at_ + 1);
  where["last"] = std::to_string(sample_at_ + count);
  if (const auto done = tell(depth().window, where, stop); !done) return done;

  const std::size_t at = (channel_at_ * record_.points + sample_at_) * sample_bytes;
  const auto into = std::span(record_.samples).subspan(at, count * sample_bytes);
  if (const auto done = read_block(into, where, stop); !done) return done;
  record_.channels.back().has_holes = record_.channels.back().has_holes || has_hole(into);
  sample_at_ += count;
  if (sample_at_ < record_.points) return {};
  ++channel_at_;
  retries_left_ = profile_.retries;
  state_ = State::kPreparing;
  return {};
}

}  // namespace acq::scpi
