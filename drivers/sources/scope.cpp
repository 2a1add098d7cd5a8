// scope: an oscilloscope that speaks SCPI: Rigol, Siglent, Keysight, Tektronix, Rohde & Schwarz ...
//
// Delivers  one stream `wave`: the channels, planar, in the instrument's own codes with scale and
//           offset of each record. A packet never holds samples of two records; the first of a
//           record is flagged triggered, and of each but the first the gap says `new_record`: between
//           records nothing is made, and they do not adjoin
// Params    drivers/scpi/scope_parameters.cpp; families are in drivers/scpi/profiles
// Rate      of the last record; it changes with the time base
// Stamps    host arrival, monotonic: when the capture was seen to be over, less its length. Sigma is
//           that of a time known to lie between two looks at the instrument
// Loss      a record that could not be read is told, exactly where its length was known
// Unplug    the link ends, or three captures in a row cannot be read: kDisconnected. What was
//           captured meanwhile is told as at least one record
// Settings  are read back: the values in force are the instrument's own
// Errors    kInvalid: a setting it does not have; kUnsupported: a waveform it has no formula for;
//           kOverflow: a packet without room for one sample
// Checked   tests/drivers/scope_test.cpp, tests/drivers/scpi/, tests/system/test_scope.py
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "drivers/driver.h"
#include "drivers/scpi/open.h"
#include "drivers/scpi/profiles.h"
#include "drivers/scpi/scope.h"
#include "drivers/scpi/scope_parameters.h"

namespace acq {
namespace {

constexpr double kSecond_ns = 1e9;
constexpr int kMostFailures = 3;

using scpi::Scope;

class ScopeDriver final : public Driver {
 public:
  explicit ScopeDriver(const Clock& clock) : clock_(clock) {}

  static Result<void> check(const Params& params) {
    const auto address = scpi::check_address(params);
    return address ? check_profiles(params) : address;
  }

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    params_ = params;
    take_live(params);
    const auto exchange_ns = std::llround(params.number("timeout") * kSecond_ns);
    Result<scpi::Identity> identity = connect(params, exchange_ns);
    if (!identity) return tl::unexpected<Error>(identity.error());
    scope_.emplace(*session_, *profile_, clock_, exchange_ns);
    if (const auto done = prepare(params); !done) {
      close();
      return tl::unexpected<Error>(done.error());
    }
    return InstrumentInfo{.vendor = identity->vendor,
                          .model = identity->model,
                          .serial = identity->serial,
                          .firmware = identity->firmware,
                          .transport = std::string(session_->link().name()),
                          .streams = {info_},
                          .loss_report = LossReport::kInexact,
                          .reads_settings_back = true,
                          // Records come one by one, as fast as the instrument sends.
                          .bytes_per_second = 4e6};
  }

  Result<void> start() override {
    if (!scope_) return fail(Code::kInvalid, "scope is not open");
    if (is_running_) return {};
    is_running_ = true;
    has_captured_ = has_begun_ = false;
    delivered_ = points_ = 0;
    failures_ = 0;
    tail_ = {};
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "scope is not started");
    if (packet.room(*info_) == 0)
      return fail(Code::kOverflow, "a packet of scope has no room for one sample");
    bool has_asked = false;
    while (delivered_ == points_) {
      if (stop.stop_requested() || clock_.now_ns() >= deadline_ns) return ReadOutcome::kNothing;
      // What is asked is waited for: not begun when it would end behind the deadline.
      if (has_asked && clock_.now_ns() + exchange_ns_ > deadline_ns) {
        clock_.sleep_until(deadline_ns, stop);
        continue;
      }
      if (!is_capturing_ && !wants_capture()) {
        clock_.sleep_until(deadline_ns, stop);
        continue;
      }
      const std::int64_t asked_ns = clock_.now_ns();
      const Result<Scope::Progress> progress = advance(stop);
      has_asked = true;
      // The longest of late, slowly forgotten.
      exchange_ns_ = std::max(clock_.now_ns() - asked_ns, exchange_ns_ - exchange_ns_ / 8);
      if (!progress && stop.stop_requested()) return ReadOutcome::kNothing;
      if (!progress) return give_up(progress.error());
      if (*progress == Scope::Progress::kWaiting)
        clock_.sleep_until(std::min(deadline_ns, clock_.now_ns() + poll_ns_), stop);
      if (*progress == Scope::Progress::kDone) take_record();
    }
    deliver(packet);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    if (!is_running_) return;
    is_running_ = false;
    tail_ = gap_;
    tail_.add(under_way(kGapDevice));
    gap_ = {};
    is_capturing_ = false;
    delivered_ = points_ = 0;
    leave();
  }

  void close() override {
    stop();
    scope_.reset();
    session_.reset();
  }

  Result<void> set(const Params& params) override {
    if (!scope_) return fail(Code::kInvalid, "scope is not open");
    for (const ParamSpec& spec : scpi::scope_parameters()) {
      if (!spec.live && value_of(params, spec.name) != value_of(params_, spec.name)) {
        const std::string name(spec.name);
        return fail(Code::kUnsupported, name + " of scope does not change while running", name);
      }
    }
    // What is under way was made with the settings before.
    gap_.add(under_way(kGapReconfigure));
    is_capturing_ = false;
    delivered_ = points_ = 0;
    has_captured_ = false;
    const Result<void> done = apply(params, &params_);
    if (!done) return done;
    take_live(params);
    params_ = params;
    return {};
  }

  [[nodiscard]] Gap tail_loss(std::uint32_t) const override { return tail_; }
  [[nodiscard]] Table in_force() const override { return in_force_; }

 private:
  static const Value* value_at(const Params& params, std::string_view name) {
    const auto found = params.values().find(name);
    return found == params.values().end() ? nullptr : &found->second;
  }
  static std::optional<Value> value_of(const Params& params, std::string_view name) {
    const Value* value = value_at(params, name);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }

  void take_live(const Params& params) {
    poll_ns_ = std::llround(params.number("poll") * kSecond_ns);
    acquires_ = params.text("acquire") != "stop";
    repeats_ = params.text("acquire") == "repeat";
    runs_afterwards_ = params.text("afterwards") == "run";
  }

  static std::string text_or_none(const Params& params, std::string_view name) {
    return params.has(name) ? params.text(name) : std::string();
  }

  static tl::unexpected<Error> at(std::string_view where, Error error) {
    if (error.where.empty()) error.where = where;
    return tl::unexpected<Error>(std::move(error));
  }

  static Result<void> check_profiles(const Params& params) {
    Result<std::vector<scpi::Profile>> profiles =
        scpi::load_profiles(text_or_none(params, "profiles"));
    if (!profiles) return at("profiles", profiles.error());
    const std::string name = text_or_none(params, "profile");
    if (name.empty()) return {};  // the identity chooses it
    const auto profile = scpi::choose_profile(std::move(*profiles), name, "", "");
    if (!profile) return at("profile", profile.error());
    return {};
  }

  Result<scpi::Identity> connect(const Params& params, std::int64_t exchange_ns) {
    const auto opener = scpi::opener_of(params);
    if (!opener) return tl::unexpected<Error>(opener.error());
    Result<std::vector<scpi::Profile>> profiles =
        scpi::load_profiles(text_or_none(params, "profiles"));
    if (!profiles) return at("profiles", profiles.error());
    auto link = (*opener)({clock_.now_ns() + exchange_ns});
    if (!link) return gone(link.error());
    session_ = std::make_unique<scpi::Session>(std::move(*link), scpi::SessionOptions{}, clock_);
    Result<scpi::Identity> identity = session_->identify({clock_.now_ns() + exchange_ns});
    if (!identity) return gone(identity.error());
    Result<scpi::Profile> profile = scpi::choose_profile(
        std::move(*profiles), text_or_none(params, "profile"), identity->vendor, identity->model);
    if (!profile) return at("profile", profile.error());
    profile_ = std::make_unique<const scpi::Profile>(std::move(*profile));
    return identity;
  }

  // What does not answer now may answer later.
  static tl::unexpected<Error> gone(Error error) {
    if (error.code == Code::kTimeout || error.code == Code::kNotFound)
      error.code = Code::kDisconnected;
    return at("address", std::move(error));
  }

  // Settings, channels, and what the stream is before the first record.
  Result<void> prepare(const Params& params) {
    if (const auto done = scope_->set_up({}); !done) return gone(done.error());
    if (const auto done = choose_channels(params); !done) return done;
    if (const auto done = apply(params, nullptr); !done) return done;
    plan_.is_deep = params.text("memory") == "deep";
    plan_.most_points = static_cast<std::size_t>(params.integer("most_points"));
    plan_.most_chunk = static_cast<std::size_t>(params.integer("chunk"));
    // A record that is already there tells scale and rate; without one they come with the first.
    if (const auto done = scope_->peek(plan_, {});
        !done && done.error().code == Code::kDisconnected)
      return done;
    describe();
    return {};
  }

  Result<void> choose_channels(const Params& params) {
    std::vector<int> wanted;
    const std::vector<double> numbers =
        params.has("channels") ? params.numbers("channels") : std::vector<double>{};
    for (const double number : numbers) {
      const int channel = static_cast<int>(number);
      const bool is_there = channel == number && channel <= profile_->channels &&
                            std::find(wanted.begin(), wanted.end(), channel) == wanted.end();
      if (!is_there) {
        return fail(Code::kInvalid, "this instrument has no such channels", "channels",
                    "each of 1 to " + std::to_string(profile_->channels) + " once");
      }
      wanted.push_back(channel);
    }
    plan_.channels.clear();
    for (int channel = 1; channel <= std::min(profile_->channels, scpi::kMostScopeChannels);
         ++channel) {
      bool is_on = std::find(wanted.begin(), wanted.end(), channel) != wanted.end();
      if (!wanted.empty()) {
        if (const auto done = scope_->set("on", channel, is_on, {}); !done) return done;
      }
      const Result<Value> answer = scope_->what("on", channel, {});
      if (!answer) return gone(answer.error());
      is_on = answer->index() == 0 && std::get<bool>(*answer);
      if (is_on) plan_.channels.push_back(channel);
    }
    if (plan_.channels.empty())
      return fail(Code::kInvalid, "no channel of the instrument is on", "channels");
    return {};
  }

  // Sets what is given and, with `before`, differs; then asks what came of it.
  Result<void> apply(const Params& params, const Params* before) {
    bool has_changed = false;
    for (const scpi::ScopeSetting& setting : scpi::scope_settings()) {
      const Value* value = value_at(params, setting.parameter);
      if (value == nullptr || setting.channel > profile_->channels) continue;
      if (before != nullptr && value_of(*before, setting.parameter) == *value) continue;
      has_changed = true;
      const auto done = scope_->set(setting.name, setting.channel, *value, {});
      if (!done) return tl::unexpected<Error>(with_parameter(done.error(), setting));
    }
    if (!has_changed && before != nullptr) return {};
    if (const auto done = scope_->accepted({}); !done) return at("address", done.error());
    for (const scpi::ScopeSetting& setting : scpi::scope_settings()) {
      if (!scope_->knows(setting.name) || setting.channel > profile_->channels) continue;
      const Result<Value> value = scope_->what(setting.name, setting.channel, {});
      if (!value) return tl::unexpected<Error>(with_parameter(value.error(), setting));
      in_force_[std::string(setting.parameter)] = *value;
    }
    return {};
  }

  static Error with_parameter(Error error, const scpi::ScopeSetting& setting) {
    error.where = setting.parameter;
    return error;
  }

  // Puts the instrument back to what the user wants to see on it. Nobody is there to hear of an
  // error.
  void leave() noexcept {
    if (!scope_ || !session_->is_in_step()) return;
    if (runs_afterwards_) {
      static_cast<void>(scope_->run({}));
    } else {
      static_cast<void>(scope_->halt({}));
    }
  }

  [[nodiscard]] bool wants_capture() const noexcept {
    return acquires_ && (repeats_ || !has_captured_);
  }

  Result<Scope::Progress> advance(const std::stop_token& stop) {
    if (is_capturing_) return scope_->step(stop);
    if (const auto done = scope_->arm(plan_, stop); !done)
      return tl::unexpected<Error>(done.error());
    is_capturing_ = true;
    return Scope::Progress::kReading;
  }

  // What the instrument has captured and we have not delivered.
  [[nodiscard]] Gap under_way(GapReason reason) const noexcept {
    Gap gap;
    if (delivered_ < points_) gap = {points_ - delivered_, reason, true};
    const std::size_t unread = is_capturing_ ? scope_->points_under_way() : 0;
    if (unread > 0) gap.add({unread, reason, true});
    return gap;
  }

  // A capture that cannot be read is lost; after some of them, so is the instrument.
  tl::unexpected<Error> give_up(Error error) {
    const Gap lost = under_way(kGapDevice);
    gap_.add(lost.samples > 0 ? lost : Gap{0, kGapDevice, false});
    is_capturing_ = false;
    ++failures_;
    if (failures_ >= kMostFailures && error.code != Code::kUnsupported)
      error.code = Code::kDisconnected;
    if (error.code == Code::kDisconnected) was_gone_ = true;
    return at("address", std::move(error));
  }

  void take_record() {
    is_capturing_ = false;
    has_captured_ = true;
    failures_ = 0;
    describe();
    const scpi::Record& record = scope_->record();
    delivered_ = 0;
    points_ = record.points;
    const auto between_ns = static_cast<double>(record.latest_ns - record.earliest_ns);
    const double length_ns = static_cast<double>(record.points) * record.interval_s * kSecond_ns;
    const double end_ns = static_cast<double>(record.earliest_ns) + between_ns / 2;
    // Uniform between the two looks; at least the nanosecond that is written.
    sigma_ns_ = std::max(1.0, between_ns / std::sqrt(12.0));
    start_ns_ = std::max<std::int64_t>(start_ns_, std::llround(end_ns - length_ns));
    if (was_gone_ && gap_.samples == 0) gap_ = {record.points, kGapReconnect, false};
    was_gone_ = false;
    if (has_begun_) gap_.add({0, kGapNewRecord, true});
    has_begun_ = true;
  }

  void describe() {
    const scpi::Record& record = scope_->record();
    StreamInfo info{.name = "wave", .dtype = profile_->sample, .layout = Layout::kPlanar};
    if (record.interval_s > 0) info.rate_hz = rate_of(record.interval_s);
    for (std::size_t i = 0; i < plan_.channels.size(); ++i) {
      const std::string id = "ch" + std::to_string(plan_.channels[i]);
      Channel channel{.id = id, .quantity = "voltage", .unit = "V", .significant_bits = 8};
      if (i < record.channels.size()) {
        channel.scale = record.channels[i].scale;
        channel.offset = record.channels[i].offset;
      }
      info.channels.push_back(std::move(channel));
    }
    if (info_ == nullptr || *info_ != info)
      info_ = std::make_shared<const StreamInfo>(std::move(info));
  }

  // Slow time bases have intervals that are whole, fast ones rates that are.
  static Rational rate_of(double interval_s) {
    const Rational period = rational_from(interval_s);
    if (interval_s >= 1) return make_rational(period.den, period.num);
    return rational_from(1 / interval_s);
  }

  void deliver(Packet& packet) noexcept {
    const scpi::Record& record = scope_->record();
    const std::size_t sample_bytes = size_of(info_->dtype);
    const std::size_t count = std::min<std::size_t>(packet.room(*info_), points_ - delivered_);
    packet.overrange_low = 0;
    for (std::size_t c = 0; c < record.channels.size(); ++c) {
      std::memcpy(packet.samples + c * count * sample_bytes,
                  record.samples.data() + (c * points_ + delivered_) * sample_bytes,
                  count * sample_bytes);
      if (record.channels[c].has_holes) packet.overrange_low |= std::uint64_t{1} << c;
    }
    packet.stream = 0;
    packet.count = static_cast<std::uint32_t>(count);
    packet.gap_before = std::exchange(gap_, {});
    packet.flags = delivered_ == 0 ? kFlagTriggered : kFlagNone;
    packet.info = info_;
    const double from_start_ns = static_cast<double>(delivered_) * record.interval_s * kSecond_ns;
    packet.stamp = {.t0_ticks = start_ns_ + std::llround(from_start_ns),
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .sigma_ns = sigma_ns_,
                    .host_rx_ns = record.latest_ns};
    delivered_ += count;
    // Host time never goes back, however well two records are known.
    if (delivered_ == points_) start_ns_ = packet.stamp.t0_ticks;
  }

  const Clock& clock_;
  Params params_;
  std::unique_ptr<const scpi::Profile> profile_;
  std::unique_ptr<scpi::Session> session_;
  std::optional<Scope> scope_;  // none while closed
  Scope::Plan plan_;
  Table in_force_;
  std::shared_ptr<const StreamInfo> info_;
  std::int64_t poll_ns_ = 0;
  std::int64_t exchange_ns_ = 0;  // how long one with the instrument takes
  bool acquires_ = true;
  bool repeats_ = true;
  bool runs_afterwards_ = true;

  bool is_running_ = false;
  bool is_capturing_ = false;
  bool has_captured_ = false;  // since start or the last change
  bool has_begun_ = false;     // a record is there, since start
  bool was_gone_ = false;      // nothing delivered since
  int failures_ = 0;           // captures in a row
  std::size_t delivered_ = 0;  // samples of a channel of the record
  std::size_t points_ = 0;     // of the record; all delivered: there is none
  std::int64_t start_ns_ = 0;  // of the record
  double sigma_ns_ = 0;
  Gap gap_;  // to be told with the next packet
  Gap tail_;
};

}  // namespace

extern const DriverEntry driver_scope;
const DriverEntry driver_scope{
    .name = "scope",
    .summary = "oscilloscopes: Rigol, Siglent, Keysight, Tektronix, Rohde & Schwarz",
    .params = scpi::scope_parameters(),
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<ScopeDriver>(clock);
    },
    .check = ScopeDriver::check,
    .example = [] { return Table{{"address", std::string("tcp://scope.lab:5555")}}; },
};

}  // namespace acq
