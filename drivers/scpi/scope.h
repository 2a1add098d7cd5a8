// An oscilloscope as its profile describes it: settings, captures, records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/scpi/profile.h"
#include "drivers/scpi/session.h"
#include "dsp/base/clock.h"
#include "dsp/base/params.h"

namespace acq::scpi {

// What one capture gave, in the device's own integers.
struct Record {
  struct Channel {
    int number = 1;
    double scale = 1;  // volts = code * scale + offset
    double offset = 0;
    bool has_holes = false;  // some samples were not taken
  };
  std::vector<Channel> channels;
  std::size_t points = 0;
  double interval_s = 0;
  double start_s = 0;              // of the first sample, from the trigger
  std::vector<std::byte> samples;  // channel by channel
  // It was over between these two looks at it, CLOCK_MONOTONIC.
  std::int64_t earliest_ns = 0;
  std::int64_t latest_ns = 0;
};

// Threads: one at a time. Every exchange with the instrument ends after `exchange_ns`, or soon after
// a stop is asked for; a capture is taken in steps of a few exchanges each.
class Scope {
 public:
  Scope(Session& session, const Profile& profile, const Clock& clock, std::int64_t exchange_ns)
      : session_(session), profile_(profile), clock_(clock), exchange_ns_(exchange_ns) {}

  // Once after connecting.
  Result<void> set_up(const std::stop_token& stop);

  // Whether the profile has a setting.
  [[nodiscard]] bool knows(std::string_view name) const noexcept {
    return profile_.settings.contains(name);
  }
  // Numbers as double, words as text, flags as bool; `channel` 0 for what is of no channel. The
  // instrument takes the nearest it can: ask what() that is. kUnsupported: not in the profile.
  Result<void> set(std::string_view name, int channel, const Value& value,
                   const std::stop_token& stop);
  // The value in force, as the instrument tells it; an answer that is none of our words as it is.
  Result<Value> what(std::string_view name, int channel, const std::stop_token& stop);
  // What the instrument did not accept since this was asked last. Values it changed to the nearest
  // possible are no error.
  Result<void> accepted(const std::stop_token& stop);

  Result<void> run(const std::stop_token& stop) { return tell(profile_.run, {}, stop); }
  Result<void> halt(const std::stop_token& stop);

  struct Plan {
    std::vector<int> channels;
    bool is_deep = false;
    std::size_t most_points = 0;  // of one channel; more are not read
    std::size_t most_chunk = 0;   // of one read
  };
  // Begins a single capture, whatever was under way.
  Result<void> arm(const Plan& plan, const std::stop_token& stop);

  // Learns about the record that is there, without reading it: channels, points and times of
  // record(). kIo: there is none.
  Result<void> peek(const Plan& plan, const std::stop_token& stop);

  enum class Progress : std::uint8_t {
    kIdle,     // nothing was begun
    kWaiting,  // for the trigger: ask again in a while
    kReading,  // ask again at once
    kDone,     // record() is whole
  };
  // One step further. After an error the capture is given up.
  Result<Progress> step(const std::stop_token& stop);
  [[nodiscard]] const Record& record() const noexcept { return record_; }
  // Samples of a channel that are lost when the capture under way is given up; 0 while it is not
  // known.
  [[nodiscard]] std::size_t points_under_way() const noexcept {
    return state_ == State::kArmed || state_ == State::kIdle ? 0 : record_.points;
  }

 private:
  enum class State : std::uint8_t { kIdle, kArmed, kPreparing, kReading };
  using Places = std::map<std::string, std::string, std::less<>>;

  [[nodiscard]] Until until(const std::stop_token& stop) const {
    return {clock_.now_ns() + exchange_ns_, stop};
  }
  [[nodiscard]] const ProfileDepth& depth() const noexcept {
    return plan_.is_deep ? profile_.deep : profile_.screen;
  }
  [[nodiscard]] Places places(int channel) const;
  Result<void> tell(const std::vector<std::string>& commands, const Places& places,
                    const std::stop_token& stop);
  Result<void> choose_depth(const std::stop_token& stop);
  Result<Progress> look(const std::stop_token& stop);
  Result<bool> is_over(const std::stop_token& stop);
  Result<void> prepare(const std::stop_token& stop);
  Result<Terms> read_terms(int channel, const std::stop_token& stop);
  Result<void> read_text_terms(const ProfileTerms& query, const Places& places, Terms& terms,
                               const std::stop_token& stop);
  Result<void> read_block_terms(const ProfileTerms& query, const Places& places, Terms& terms,
                                const std::stop_token& stop);
  Result<void> understand(const Terms& terms, int channel);
  Result<std::size_t> points_from(const Terms& terms);
  Result<void> read_chunk(const std::stop_token& stop);
  Result<void> read_block(std::span<std::byte> into, const Places& where,
                          const std::stop_token& stop);
  [[nodiscard]] bool has_hole(std::span<const std::byte> codes) const noexcept;

  Session& session_;
  const Profile& profile_;
  const Clock& clock_;
  const std::int64_t exchange_ns_;
  std::string source_;  // the trigger source in the instrument's word

  Plan plan_;
  std::optional<bool> depth_in_force_;
  State state_ = State::kIdle;
  Record record_;
  std::size_t channel_at_ = 0;  // of plan_.channels
  std::size_t sample_at_ = 0;
  std::size_t chunk_ = 0;
  std::size_t whole_points_ = 0;  // the capture has, wanted or not
  std::vector<std::byte> whole_;  // a channel that comes in one piece, when not all is wanted
  int retries_left_ = 0;
  std::int64_t looked_ns_ = 0;
};

// A number an instrument gives with or without its unit: "1.00E-03", "500MSa/s", "14kpts", "20mV".
Result<double> parse_with_unit(std::string_view text);

}  // namespace acq::scpi
