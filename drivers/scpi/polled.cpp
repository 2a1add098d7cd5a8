#include "drivers/scpi/polled.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "drivers/scpi/profile.h"
#include "drivers/scpi/session.h"
#include "drivers/scpi/values.h"

namespace acq::scpi {
namespace {

constexpr double kSecond_ns = 1e9;
constexpr std::int64_t kLook_ns = 5'000'000;  // between two looks at a reading under way
constexpr std::int64_t kDataOutOfRange = -222;
constexpr int kMostFailures = 3;

// Without what follows a space: the channels of a function.
std::string_view first_of(std::string_view word) noexcept {
  return word.substr(0, word.find(' '));
}

class Polled final : public Driver {
 public:
  Polled(const PolledKind& kind, const Clock& clock) : kind_(kind), clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    if (const auto legal = kind_.check(params); !legal) return tl::unexpected<Error>(legal.error());
    outputs_ = kind_.select.empty() ? 1 : params.integer("outputs");
    is_made_safe_ = false;
    const auto opener = opener_of(params);
    if (!opener) return tl::unexpected<Error>(opener.error());
    timeout_ns_ = std::llround(params.number("timeout") * kSecond_ns);
    auto link = (*opener)(until({}));
    if (!link) return gone(link.error());
    session_ = std::make_unique<Session>(std::move(*link), SessionOptions{}, clock_);
    const Result<Identity> identity = session_->identify(until({}));
    if (!identity) return gone(identity.error());
    if (const Result<void> done = apply(params); !done) {
      close();
      return tl::unexpected<Error>(done.error());
    }
    period_ns_ = std::llround(params.number("period") * kSecond_ns);
    describe();
    return InstrumentInfo{.vendor = identity->vendor,
                          .model = identity->model,
                          .serial = identity->serial,
                          .firmware = identity->firmware,
                          .transport = std::string(session_->link().name()),
                          .streams = {info_},
                          .loss_report = LossReport::kInexact,
                          .reads_settings_back = true};
  }

  Result<void> start() override {
    if (session_ == nullptr) return fail(Code::kInvalid, std::string(kind_.name) + " is not open");
    if (is_running_) return {};
    if (std::exchange(is_made_safe_, false))
      if (const auto done = apply(params_); !done) return gone(done.error());
    is_running_ = true;
    is_measuring_ = false;
    failures_ = 0;
    due_ns_ = clock_.now_ns();
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, std::string(kind_.name) + " is not started");
    if (packet.room(*info_) == 0) {
      return fail(Code::kOverflow,
                  "a packet of " + std::string(kind_.name) + " has no room for one reading");
    }
    while (!stop.stop_requested()) {
      const std::int64_t now_ns = clock_.now_ns();
      if (now_ns >= deadline_ns) return ReadOutcome::kNothing;
      if (!is_measuring_ && now_ns < due_ns_) {
        clock_.sleep_until(std::min(due_ns_, deadline_ns), stop);
        continue;
      }
      const Result<bool> done = step(packet, stop);
      if (!done && stop.stop_requested()) return ReadOutcome::kNothing;
      if (!done) return give_up(done.error());
      if (*done) return ReadOutcome::kPacket;
      clock_.sleep_until(std::min(deadline_ns, clock_.now_ns() + kLook_ns), stop);
    }
    return ReadOutcome::kNothing;
  }

  void stop() override {
    if (!is_running_) return;
    is_running_ = false;
    if (is_measuring_ && !kind_.abort.empty())
      static_cast<void>(session_->write(kind_.abort, until({})));
    is_measuring_ = false;
    // Whoever holds the lease has gone, or the daemon goes: nobody watches the output now.
    if (kind_.safe.empty() || params_.text("safe") != "off") return;
    bool is_off = true;  // one that refuses keeps no other from being switched off
    for (int output = 1; output <= outputs_; ++output)
      is_off = session_->write(command(kind_.safe, output), until({})).has_value() && is_off;
    if (!is_off) return;
    is_made_safe_ = true;
    for (const SetPoint& point : kind_.set_points)
      if (point.is_switch && applies(point)) in_force_[std::string(point.parameter)] = false;
  }

  void close() override {
    stop();
    session_.reset();
  }

  Result<void> set(const Params& params) override {
    if (session_ == nullptr) return fail(Code::kInvalid, std::string(kind_.name) + " is not open");
    for (const ParamSpec& spec : kind_.params) {
      const std::string name(spec.name);
      if (!spec.live && differs(params, spec.name))
        return fail(Code::kUnsupported, name + " does not change while running", name);
    }
    if (const auto legal = kind_.check(params); !legal) return legal;
    is_measuring_ = false;
    timeout_ns_ = std::llround(params.number("timeout") * kSecond_ns);
    const Params before = params_;
    if (const Result<void> done = apply(params); !done) {
      params_ = before;
      return done;
    }
    describe();
    return {};
  }

  [[nodiscard]] Table in_force() const override { return in_force_; }

 private:
  [[nodiscard]] Until until(const std::stop_token& stop) const {
    return {clock_.now_ns() + timeout_ns_, stop};
  }
  [[nodiscard]] std::int64_t lasts_ns() const {
    return kind_.lasts.empty() ? 0 : std::llround(params_.number(kind_.lasts) * kSecond_ns);
  }
  static tl::unexpected<Error> at(std::string_view where, Error error) {
    if (error.where.empty()) error.where = where;
    return tl::unexpected<Error>(std::move(error));
  }
  static tl::unexpected<Error> gone(Error error) {
    if (error.code == Code::kTimeout || error.code == Code::kNotFound)
      error.code = Code::kDisconnected;
    return at("address", std::move(error));
  }
  [[nodiscard]] bool differs(const Params& params, std::string_view name) const {
    const auto a = params.values().find(name), b = params_.values().find(name);
    const bool has_a = a != params.values().end(), has_b = b != params_.values().end();
    return has_a != has_b || (has_a && a->second != b->second);
  }

  [[nodiscard]] const ParamSpec& spec_of(std::string_view name) const {
    const auto found = std::find_if(kind_.params.begin(), kind_.params.end(),
                                    [&](const ParamSpec& spec) { return spec.name == name; });
    ACQ_CHECK(found != kind_.params.end());
    return *found;
  }

  // The instrument's word for a value.
  [[nodiscard]] std::string word_of(const SetPoint& point, const Value& value) const {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
    if (const auto* number = std::get_if<double>(&value)) return format_number(*number);
    const auto& choices = spec_of(point.parameter).choices;
    const auto found = std::find(choices.begin(), choices.end(), std::get<std::string>(value));
    ACQ_CHECK(found != choices.end() && point.words.size() == choices.size());
    return command(point.words[static_cast<std::size_t>(found - choices.begin())]);
  }

  [[nodiscard]] std::string command(std::string_view text, int output = 0,
                                    std::string_view value = {}) const {
    std::map<std::string, std::string, std::less<>> words{
        {"value", std::string(value)}, {"function", function_}, {"output", std::to_string(output)}};
    for (const ParamSpec& spec : kind_.params)
      if (spec.type == ParamType::kInteger && params_.has(spec.name))
        words.emplace(spec.name, std::to_string(params_.integer(spec.name)));
    std::string whole;
    if (output > 0 && outputs_ > 1) whole = kind_.select;
    return filled(whole.append(text), words);
  }

  [[nodiscard]] bool applies(const SetPoint& point) const {
    return point.output <= outputs_ && (point.applies == nullptr || point.applies(params_));
  }

  // Sets all that is given: a range belongs to its function, so order matters more than what has
  // changed. Then asks what came of it.
  Result<void> apply(const Params& params) {
    params_ = params;
    for (const SetPoint& point : kind_.set_points) {
      const auto value = params.values().find(point.parameter);
      if (value == params.values().end() || !applies(point)) continue;
      if (point.is_switch && is_made_safe_) continue;
      const std::string word = word_of(point, value->second);
      if (point.parameter == "function") function_ = word;
      if (const auto done = session_->write(command(point.set, point.output, word), until({}));
          !done)
        return at(point.parameter, done.error());
      if (const auto done = accepted(point); !done) return done;
    }
    in_force_.clear();
    for (const SetPoint& point : kind_.set_points) {
      if (!applies(point)) continue;
      if (!point.is_always_known && !params.has(point.parameter)) continue;
      if (const auto done = read_back(point); !done) return done;
    }
    return {};
  }

  // A value beyond the range is set to the nearest, which the read-back shows.
  Result<void> accepted(const SetPoint& point) {
    const auto errors = session_->drain_errors(until({}));
    if (!errors) return at(point.parameter, errors.error());
    for (const InstrumentError& error : *errors) {
      if (error.number == 0 || error.number == kDataOutOfRange) continue;
      return fail(code_of(error.number),
                  "the instrument says " + std::to_string(error.number) + " " + quote(error.text),
                  std::string(point.parameter));
    }
    return {};
  }

  Result<void> read_back(const SetPoint& point) {
    const auto answer = session_->query(command(point.get, point.output), until({}));
    if (!answer) return at(point.parameter, answer.error());
    const ParamSpec& spec = spec_of(point.parameter);
    const std::string name(point.parameter);
    if (!point.words.empty()) {
      const Result<std::string> quoted = parse_string(*answer);
      const std::string word(quoted ? *quoted : std::string(trim(*answer)));
      in_force_[name] = word;
      for (std::size_t i = 0; i < point.words.size(); ++i)
        if (means(first_of(word), first_of(point.words[i])))
          in_force_[name] = std::string(spec.choices[i]);
    } else if (spec.type == ParamType::kFlag) {
      const Result<bool> flag = parse_flag(*answer);
      if (!flag) return at(point.parameter, flag.error());
      in_force_[name] = *flag;
    } else {
      const Result<double> number = parse_number(*answer);
      if (!number) return at(point.parameter, number.error());
      in_force_[name] = *number;
    }
    return {};
  }

  void describe() {
    readings_ = kind_.readings(params_);
    StreamInfo info{.name = "reading",
                    .dtype = Dtype::kF64,
                    .rate_hz = rational_from(1 / params_.number("period"))};
    if (info.rate_hz.num == 0) info.rate_hz = {1, 86400};
    for (const PolledReading& reading : readings_) {
      Channel channel{.id = std::string(reading.id),
                      .quantity = std::string(reading.quantity),
                      .unit = std::string(reading.unit)};
      if (const auto range = in_force_.find("range"); range != in_force_.end())
        channel.range_max = std::get<double>(range->second);
      info.channels.push_back(std::move(channel));
    }
    if (info_ == nullptr || *info_ != info)
      info_ = std::make_shared<const StreamInfo>(std::move(info));
  }

  // True: the packet holds a reading.
  Result<bool> step(Packet& packet, const std::stop_token& stop) {
    if (!is_measuring_) {
      asked_ns_ = clock_.now_ns();
      if (const auto done = session_->write(kind_.begin, until(stop)); !done)
        return tl::unexpected<Error>(done.error());
      is_measuring_ = true;
    }
    constexpr std::int64_t kOperationComplete = 1;
    const Result<std::int64_t> events = session_->query_integer("*ESR?", until(stop));
    if (!events) return tl::unexpected<Error>(events.error());
    if ((*events & kOperationComplete) != 0) return fetch(packet, stop);
    if (clock_.now_ns() - asked_ns_ > timeout_ns_ + lasts_ns())
      return fail(Code::kTimeout, "a reading takes too long", "timeout");
    return false;
  }

  Result<bool> fetch(Packet& packet, const std::stop_token& stop) {
    std::uint64_t over = 0;
    for (std::size_t i = 0; i < readings_.size(); ++i) {
      const PolledReading& reading = readings_[i];
      const Result<double> value =
          session_->query_number(command(reading.query, reading.output), until(stop));
      if (!value) return tl::unexpected<Error>(value.error());
      double number = *value;
      if (std::isinf(number)) {
        over |= std::uint64_t{1} << i;
        number = std::numeric_limits<double>::quiet_NaN();
      }
      std::memcpy(packet.samples + i * sizeof number, &number, sizeof number);
    }
    const std::int64_t arrived_ns = clock_.now_ns();
    is_measuring_ = false;
    failures_ = 0;
    due_ns_ = std::max(due_ns_ + period_ns_, arrived_ns);
    packet.stream = 0;
    packet.count = 1;
    packet.overrange_high = over;
    packet.info = info_;
    packet.stamp = {
        .t0_ticks = asked_ns_ + (arrived_ns - asked_ns_) / 2,
        .scale = TimeScale::kMonotonic,
        .origin = TimeOrigin::kHostArrival,
        .clock_state = ClockState::kFree,
        .sigma_ns = std::max(1.0, static_cast<double>(arrived_ns - asked_ns_) / std::sqrt(12.0)),
        .host_rx_ns = arrived_ns};
    return true;
  }

  tl::unexpected<Error> give_up(Error error) {
    is_measuring_ = false;
    due_ns_ = clock_.now_ns() + period_ns_;
    if (++failures_ >= kMostFailures) error.code = Code::kDisconnected;
    return at("address", std::move(error));
  }

  const PolledKind& kind_;
  const Clock& clock_;
  Params params_;
  std::int64_t outputs_ = 1;
  std::unique_ptr<Session> session_;  // none while closed
  std::string function_;              // in the instrument's word
  Table in_force_;
  std::vector<PolledReading> readings_;
  std::shared_ptr<const StreamInfo> info_;
  std::int64_t timeout_ns_ = 0;
  std::int64_t period_ns_ = 0;
  std::int64_t due_ns_ = 0;
  std::int64_t asked_ns_ = 0;
  int failures_ = 0;  // in a row
  bool is_measuring_ = false;
  bool is_running_ = false;
  bool is_made_safe_ = false;  // by stop(), until the next start
};

}  // namespace

std::unique_ptr<Driver> make_polled(const PolledKind& kind, const Clock& clock) {
  return std::make_unique<Polled>(kind, clock);
}

}  // namespace acq::scpi
