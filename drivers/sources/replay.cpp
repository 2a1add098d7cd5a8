// replay: a recording played again.
//
// Delivers  one stream `wave`: the channels of the file, in its own numbers with scale and offset; of a
//           journal all streams of one instrument with its events and epochs, see
//           drivers/replay/journal_player.h
// Params    below
// Stamps    UTC from the recording's start plus n / rate, computed, where the file says when it
//           was made; else ticks of 1 / rate, free-running. Time goes on when the file loops
// Loss      what the recording has lost itself, where a journal or the captures of a SigMF file tell;
//           what is read late is delivered late
// Waits     always: a file loses nothing, however late it is read
// Errors    kNotFound, kDenied, kIo the file; kInvalid its contents, with line or byte; a file that
//           shrinks while it is read gives one kIo, then the end
// Checked   tests/drivers/replay_test.cpp and tests/drivers/replay/
#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <string>

#include "drivers/driver.h"
#include "drivers/pacing.h"
#include "drivers/replay/journal_player.h"
#include "drivers/replay/sample_file.h"
#include "drivers/sample_clock.h"
#include "dsp/base/signal.h"

namespace acq {
namespace {

constexpr std::array<std::string_view, 5> kFormats = {"auto", "wav", "sigmf", "csv", "npy"};

constexpr std::array kParameters = {
    ParamSpec{.name = "file",
              .type = ParamType::kText,
              .required = true,
              .text = "the recording: WAV, RF64, SigMF, CSV, NPY, or a journal of acqd",
              .live = false},
    ParamSpec{.name = "format",
              .type = ParamType::kChoice,
              .fallback = "auto",
              .text = "auto goes by the ending of the name",
              .choices = kFormats,
              .live = false},
    ParamSpec{.name = "rate",
              .unit = "Hz",
              .min = 1e-3,
              .max = 1e12,
              .text = "samples a second, instead of what the file says",
              .live = false},
    kPaceParam,
    ParamSpec{.name = "speed",
              .unit = "1",
              .min = 1e-3,
              .max = 1e6,
              .fallback = "1",
              .text = "factor on the recorded pace; without effect at pace fast"},
    kLoopParam,
    kLatencyParam,
    ParamSpec{.name = "unit",
              .type = ParamType::kText,
              .text = "of all channels, instead of what the file says",
              .live = false},
    ParamSpec{.name = "scale",
              .type = ParamType::kNumbers,
              .min = -1e30,
              .max = 1e30,
              .text =
                  "value = number * scale + offset; one for all channels or one each, instead of "
                  "what the file says"},
    ParamSpec{.name = "offset",
              .type = ParamType::kNumbers,
              .min = -1e30,
              .max = 1e30,
              .text = "see scale"},
    ParamSpec{.name = "channels_first",
              .type = ParamType::kFlag,
              .fallback = "false",
              .text = "a two-dimensional NPY array is (channels, samples)",
              .live = false},
    ParamSpec{.name = "instrument",
              .type = ParamType::kText,
              .text = "of a journal: whose streams; needed when it has several",
              .live = false},
    ParamSpec{.name = "from",
              .type = ParamType::kText,
              .text = "of a journal: seconds from its start, or the text of a mark",
              .live = false},
    ParamSpec{.name = "to", .type = ParamType::kText, .text = "see from", .live = false},
    ParamSpec{.name = "skip_lines",
              .type = ParamType::kInteger,
              .min = 0,
              .max = 1e6,
              .fallback = "0",
              .text = "lines of a CSV file before its table",
              .live = false},
};

class Replay final : public Driver {
 public:
  explicit Replay(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    if (params.text("format") == "auto" && replay::is_journal(params.text("file"))) {
      journal_ = replay::make_journal_player(clock_);
      params_ = params;
      return journal_->open(params);
    }
    const auto format = std::find(kFormats.begin(), kFormats.end(), params.text("format"));
    const replay::Hints hints{
        .rate_hz = params.has("rate") ? rational_from(params.number("rate")) : Rational{0, 1},
        .skip_lines = static_cast<std::uint64_t>(params.integer("skip_lines")),
        .is_channels_first = params.flag("channels_first")};
    const std::string& path = params.text("file");
    Result<std::unique_ptr<replay::SampleFile>> file = replay::open_sample_file(
        path, static_cast<replay::Format>(format - kFormats.begin()), hints);
    if (!file) return tl::unexpected<Error>(file.error());
    rate_hz_ = hints.rate_hz.num > 0 ? hints.rate_hz : (*file)->recording().rate_hz;
    if (rate_hz_.num == 0) {
      return fail(Code::kInvalid, path + " does not say its rate", "rate",
                  "samples a second, \"48 kHz\"");
    }
    file_ = std::move(*file);
    if (Result<void> done = apply(params); !done) {
      file_.reset();
      return tl::unexpected<Error>(done.error());
    }
    const replay::Recording& recording = file_->recording();
    return InstrumentInfo{.vendor = "acqd",
                          .model = "replay",
                          .serial = path.substr(path.find_last_of('/') + 1),
                          .firmware = recording.recorder,
                          .transport = "file",
                          .streams = {info_},
                          .loss_report = loss_report(),
                          .can_wait = true};
  }

  Result<void> start() override {
    if (journal_) return journal_->start();
    if (!file_) return fail(Code::kInvalid, "replay is not open");
    if (is_running_) return {};
    is_running_ = true;
    next_ = lost_ = 0;
    find_end();
    pace_from(next_);
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (journal_) return journal_->read(packet, deadline_ns, stop);
    if (!is_running_) return fail(Code::kInvalid, "replay is not started");
    if (next_ >= end_) return ReadOutcome::kEnd;
    const std::uint64_t scans = file_->recording().scans;
    const std::uint64_t place = next_ % scans;
    const auto& gaps = file_->recording().gaps;
    auto gap = std::lower_bound(gaps.begin(), gaps.end(), place, is_before);
    const bool is_behind_gap = gap != gaps.end() && gap->scan == place;
    const Gap before = is_behind_gap ? gap->gap : Gap{};
    if (is_behind_gap) ++gap;
    const std::uint64_t run_end = gap == gaps.end() ? scans : gap->scan;
    const std::uint64_t most = std::min<std::uint64_t>(packet.room(*info_), run_end - place);
    if (most == 0) return fail(Code::kOverflow, "a packet of replay has no room for one scan");
    std::uint64_t count = most;
    if (is_paced_) {
      const std::uint64_t least = latency_samples_ > 0 ? std::min(most, latency_samples_) : most;
      const std::uint64_t due = wait_for(next_ + lost_ + before.samples, least, deadline_ns, stop);
      if (due < least) return ReadOutcome::kNothing;
      count = std::min(due, most);
    }
    if (Result<void> done = file_->read(place, static_cast<std::uint32_t>(count), packet.samples);
        !done) {
      end_ = next_;
      return tl::unexpected<Error>(done.error());
    }
    deliver(packet, static_cast<std::uint32_t>(count), before);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    is_running_ = false;
    if (journal_) journal_->stop();
  }

  void close() override {
    stop();
    journal_.reset();
    file_.reset();
  }

  Result<void> set(const Params& params) override {
    if (!file_ && !journal_) return fail(Code::kInvalid, "replay is not open");
    for (const ParamSpec& spec : kParameters) {
      const auto is_equal = [&](const Table& a, const Table& b) {
        const auto x = a.find(spec.name), y = b.find(spec.name);
        return x == a.end() || y == b.end() ? (x == a.end()) == (y == b.end())
                                            : x->second == y->second;
      };
      if (!spec.live && !is_equal(params_.values(), params.values())) {
        return fail(Code::kUnsupported,
                    std::string(spec.name) + " of replay does not change while running",
                    std::string(spec.name));
      }
    }
    if (journal_) {
      params_ = params;
      return journal_->set(params);
    }
    return apply(params);
  }

  [[nodiscard]] Replayed take_replayed() override {
    return journal_ ? journal_->take_replayed() : Replayed{};
  }

  [[nodiscard]] Gap tail_loss(std::uint32_t stream) const override {
    return journal_ ? journal_->tail_loss(stream) : Gap{};
  }

 private:
  // Everything that may change while running.
  Result<void> apply(const Params& params) {
    StreamInfo info{.name = "wave",
                    .dtype = file_->recording().dtype,
                    .layout = file_->recording().layout,
                    .rate_hz = rate_hz_,
                    .channels = file_->recording().channels,
                    .flags = kFlagReplayed};
    for (const auto& [name, member] :
         {std::pair{"scale", &Channel::scale}, {"offset", &Channel::offset}}) {
      const std::vector<double> given =
          params.has(name) ? params.numbers(name) : std::vector<double>{};
      if (given.size() > 1 && given.size() != info.channels.size()) {
        return fail(Code::kInvalid, std::string(name) + " does not fit the number of channels",
                    name, "1 or " + std::to_string(info.channels.size()) + " numbers");
      }
      for (std::size_t i = 0; i < info.channels.size() && !given.empty(); ++i)
        info.channels[i].*member = given[given.size() > 1 ? i : 0];
    }
    if (params.has("unit"))
      for (Channel& channel : info.channels) channel.unit = params.text("unit");

    params_ = params;
    info_ = std::make_shared<const StreamInfo>(std::move(info));
    is_paced_ = params.text("pace") == "real";
    loops_ = params.flag("loop");
    speed_ = params.number("speed");
    const double due_rate_hz = rate_hz_.value() * speed_;
    latency_samples_ =
        params.number("latency") > 0
            ? std::max<std::uint64_t>(
                  static_cast<std::uint64_t>(params.number("latency") * due_rate_hz), 1)
            : 0;
    if (!is_running_) return {};
    find_end();
    pace_from(next_ + lost_);
    return {};
  }

  static bool is_before(const replay::RecordedGap& gap, std::uint64_t scan) noexcept {
    return gap.scan < scan;
  }
  [[nodiscard]] LossReport loss_report() const {
    const auto& gaps = file_->recording().gaps;
    const bool is_exact =
        std::all_of(gaps.begin(), gaps.end(), [](const auto& lost) { return lost.gap.is_exact; });
    return is_exact ? LossReport::kExact : LossReport::kInexact;
  }

  // A pass that has begun is finished.
  void find_end() {
    const std::uint64_t scans = file_->recording().scans;
    const std::uint64_t passes = std::max<std::uint64_t>((next_ + scans - 1) / scans, 1);
    end_ = loops_ ? std::numeric_limits<std::uint64_t>::max() : passes * scans;
  }

  // Sample `index`, of those that were lost too, begins now.
  void pace_from(std::uint64_t index) {
    pace_ = {clock_.now_ns(), index,
             speed_ == 1 ? rate_hz_ : rational_from(rate_hz_.value() * speed_)};
  }

  // Waits until `count` samples from `index` on are due, and returns how many are; fewer when the
  // deadline or a stop comes first.
  std::uint64_t wait_for(std::uint64_t index, std::uint64_t count, std::int64_t deadline_ns,
                         const std::stop_token& stop) const noexcept {
    for (;;) {
      const std::int64_t now_ns = clock_.now_ns();
      const std::uint64_t due = std::max(pace_.made_at(now_ns), index) - index;
      if (due >= count || now_ns >= deadline_ns || stop.stop_requested()) return due;
      clock_.sleep_until(std::min(deadline_ns, pace_.time_of(index + count)), stop);
    }
  }

  void deliver(Packet& packet, std::uint32_t count, const Gap& before) noexcept {
    lost_ += before.samples;
    const std::uint64_t index = next_ + lost_;
    packet.stream = 0;
    packet.count = count;
    packet.gap_before = before;
    packet.flags = info_->flags;
    packet.overrange_low = packet.overrange_high = 0;
    packet.info = info_;
    Stamp& stamp = packet.stamp;
    stamp.host_rx_ns = clock_.now_ns();
    stamp.origin = TimeOrigin::kComputed;
    stamp.clock_state = ClockState::kUnspecified;
    if (const auto start_ns = file_->recording().start_utc_ns) {
      stamp.t0_ticks = SampleClock(*start_ns, 0, rate_hz_).time_of(index);
      stamp.tick_s = {1, 1'000'000'000};
      stamp.scale = TimeScale::kUtc;
      stamp.sigma_ns = file_->recording().start_sigma_ns;
    } else {
      stamp.t0_ticks = static_cast<std::int64_t>(index);
      stamp.tick_s = {rate_hz_.den, rate_hz_.num};
      stamp.scale = TimeScale::kFreeRunning;
      stamp.sigma_ns = kUnknown;
    }
    next_ += count;
  }

  const Clock& clock_;
  Params params_;
  std::unique_ptr<replay::SampleFile> file_;
  std::unique_ptr<Driver> journal_;  // instead of file_, for a recording of our own
  std::shared_ptr<const StreamInfo> info_;
  Rational rate_hz_{1, 1};
  SampleClock pace_;
  double speed_ = 1;
  std::uint64_t latency_samples_ = 0;
  std::uint64_t next_ = 0;  // number of the next sample since start; goes on when the file loops
  std::uint64_t lost_ = 0;  // by the recording, before that one
  std::uint64_t end_ = 0;
  bool is_paced_ = true;
  bool loops_ = false;
  bool is_running_ = false;
};

}  // namespace

extern const DriverEntry driver_replay{
    .name = "replay",
    .summary = "plays a recording again: WAV, RF64, SigMF, CSV, NPY, journals of acqd",
    .params = kParameters,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Replay>(clock);
    },
    .is_virtual = true,
    .example =
        [] { return Table{{"file", std::string("tests/data/ecg.sigmf-meta")}, {"loop", true}}; },
};

}  // namespace acq
