#include "daemon/recordings.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "recording/mcap/compression.h"

namespace acq {
namespace {

constexpr std::size_t kMostNameBytes = 64;
constexpr std::size_t kMostRunning = 8;  // each has a thread and its share of every packet pool
constexpr std::size_t kMostEnded = 16;
constexpr std::uint64_t kSegmentsInBudget = 4;
constexpr std::uint64_t kLeastSegment = std::uint64_t{1} << 18;
constexpr std::int64_t kRetry_ns = 10'000'000'000;
constexpr const char* kNames = "1 to 64 of a-z, 0-9 and -";

bool is_in_schedule(const RecordingConfig& config, std::int64_t utc_ns) {
  return config.every_ms > 0 &&
         (utc_ns / 1'000'000) % config.every_ms < std::min(config.duration_ms, config.every_ms);
}

}  // namespace

Recordings::Recordings(const Clock& clock, zmq::context_t& context, Health& health,
                       EventLog& events)
    : clock_(clock), context_(context), health_(health), events_(events) {}

Recordings::~Recordings() = default;

bool Recordings::is_valid_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMostNameBytes && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::string Recordings::dated(const std::string& base) const {
  const std::time_t now = clock_.utc_ns() / 1'000'000'000;
  return fmt::format("{}-{:%Y%m%d-%H%M%S}", base, fmt::gmtime(now));
}

bool Recordings::runs(const std::string& base) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](const auto& entry) { return entry.second.base == base; });
}

void Recordings::report_failure(const std::string& name, const Error& error) {
  events_.add("daemon", "recording", fmt::format("{} does not start: {}", name, error.sentence));
  retry_ns_[name] = clock_.now_ns() + kRetry_ns;
}

void Recordings::apply(const Config& config, std::uint64_t revision, std::string toml) {
  revision_ = revision;
  toml_ = std::move(toml);
  for (auto& [name, running] : running_) running.recorder->set_config(revision_, toml_);
  std::vector<std::string> changed;
  for (const auto& [base, before] : standing_) {
    const auto now = config.recordings.find(base);
    if (now != config.recordings.end() && now->second == before) continue;
    for (const auto& [name, running] : running_) {
      if (running.base == base && before.start != RecordStart::kRequest) changed.push_back(name);
    }
  }
  standing_ = config.recordings;
  for (const std::string& name : changed) end(name);
  retry_ns_.clear();
  tick();
}

void Recordings::tick() {
  const std::int64_t now_ns = clock_.now_ns();
  std::vector<std::string> over;
  for (const auto& [name, running] : running_) {
    const RecordReport report = running.recorder->report();
    const bool is_late = running.stop_ns != 0 && now_ns >= running.stop_ns;
    const bool has_left_schedule = running.config.start == RecordStart::kSchedule &&
                                   !is_in_schedule(running.config, clock_.utc_ns());
    if (is_late || has_left_schedule || report.state == RecordState::kStopped) over.push_back(name);
  }
  for (const std::string& name : over) end(name);
  for (const auto& [base, config] : standing_) {
    const bool is_due =
        config.start == RecordStart::kAlways || config.start == RecordStart::kTrigger ||
        (config.start == RecordStart::kSchedule && is_in_schedule(config, clock_.utc_ns()));
    if (!is_due || runs(base) || retry_ns_[base] > now_ns) continue;
    if (auto begun = begin(base, dated(base), config); !begun) report_failure(base, begun.error());
  }
}

Result<void> Recordings::begin(const std::string& base, const std::string& name,
                               const RecordingConfig& config) {
  if (setup_.folder.empty()) {
    return fail(Code::kUnsupported,
                "the daemon keeps nothing: it was started without a state folder", "recording",
                "--state-dir FOLDER, or the service manager's STATE_DIRECTORY");
  }
  if (running_.size() >= kMostRunning)
    return fail(Code::kBusy, "too many recordings run", "recording", "8 at a time");
  if (running_.contains(name))
    return fail(Code::kBusy, "recording " + name + " runs already", "recording");
  const auto compression = mcap::parse_compression(config.compression);
  if (!compression) return tl::unexpected<Error>(compression.error());
  if (auto made = system_disk().make_folder(setup_.folder); !made) return made;
  RecordOptions options;
  options.journal = {.folder = setup_.folder + "/" + name,
                     .name = name,
                     .software = setup_.software,
                     .run_id = setup_.run_id,
                     .compression = *compression,
                     .segment_bytes = config.segment_bytes,
                     .segment_ns = config.segment_ms * 1'000'000};
  options.topics = config.topics;
  options.trigger_topic = config.trigger;
  options.budget_bytes = config.budget_bytes;
  options.keep_free_bytes = config.keep_free_bytes;
  options.deletes_oldest = config.deletes_oldest;
  // What is deleted is a whole segment: the budget must hold several.
  if (config.deletes_oldest && config.budget_bytes != 0) {
    options.journal.segment_bytes = std::min(
        config.segment_bytes, std::max(config.budget_bytes / kSegmentsInBudget, kLeastSegment));
  }
  options.waits_for_trigger = config.start == RecordStart::kTrigger;
  options.before_ns = config.before_ms * 1'000'000;
  options.after_ns = config.after_ms * 1'000'000;
  auto recorder = std::make_unique<Recorder>(std::move(options), system_disk(), clock_, context_,
                                             health_, events_);
  recorder->set_config(revision_, toml_);
  if (auto started = recorder->start(); !started) return started;
  running_.emplace(name, Running{std::move(recorder), config, base, 0});
  if (on_change) on_change();
  events_.add("daemon", "recording", name + " has begun");
  return {};
}

// Its streams let go of it first, then it writes what is queued.
void Recordings::end(const std::string& name) {
  const auto found = running_.find(name);
  const Running last = std::move(found->second);
  running_.erase(found);
  if (on_change) on_change();
  last.recorder->stop();
  ended_.emplace_back(name, last.recorder->report());
  if (ended_.size() > kMostEnded) ended_.erase(ended_.begin());
  events_.add("daemon", "recording", name + " has ended");
}

void Recordings::stop_all() {
  while (!running_.empty()) {
    const std::string name = running_.begin()->first;
    standing_.clear();
    end(name);
  }
}

Result<void> Recordings::start(const std::string& name, const RecordingConfig& config) {
  if (!is_valid_name(name)) {
    return fail(Code::kInvalid, quote(name) + " is not a name of a recording", "record.name",
                kNames);
  }
  const auto standing = standing_.find(name);
  return begin(name, name, standing == standing_.end() ? config : standing->second);
}

Result<std::map<std::string, Recordings::Running, std::less<>>::iterator> Recordings::find(
    const std::string& name) {
  std::string names;
  for (auto it = running_.begin(); it != running_.end(); ++it) {
    if (it->first == name || it->second.base == name) return it;
    names += (names.empty() ? "" : ", ") + it->first;
  }
  return fail(Code::kNotFound, "no recording " + quote(name) + " runs", "record.name",
              names.empty() ? "none runs" : names);
}

Result<void> Recordings::stop(const std::string& name) {
  const auto found = find(name);
  if (!found) return tl::unexpected<Error>(found.error());
  const Running& running = (*found)->second;
  if (standing_.contains(running.base) && running.config.start != RecordStart::kRequest) {
    return fail(
        Code::kDenied,
        "recording " + (*found)->first + " stands in the configuration: it would start again",
        "record.name", "change recording." + running.base + " in the configuration");
  }
  end((*found)->first);
  return {};
}

Result<void> Recordings::trigger(const std::string& name) {
  const auto found = find(name);
  if (!found) return tl::unexpected<Error>(found.error());
  (*found)->second.recorder->trigger();
  return {};
}

Result<void> Recordings::mark(const std::string& name, const std::string& text) {
  const auto add = [&](Recorder& recorder) {
    recorder.add_event({clock_.utc_ns(), "daemon", "mark", text, revision_});
  };
  if (name.empty()) {
    if (running_.empty()) return fail(Code::kNotFound, "no recording runs", "record.name");
    for (auto& [running_name, running] : running_) add(*running.recorder);
    return {};
  }
  const auto found = find(name);
  if (!found) return tl::unexpected<Error>(found.error());
  add(*(*found)->second.recorder);
  return {};
}

void Recordings::add_event(const EventRecord& record, std::uint64_t revision) {
  for (auto& [name, running] : running_) {
    running.recorder->add_event({record.utc_ns, record.source, record.what, record.sentence,
                                 revision, !record.replayed_by.empty()});
  }
}

bool Recordings::is_drained() const noexcept {
  return std::all_of(running_.begin(), running_.end(),
                     [](const auto& entry) { return entry.second.recorder->is_drained(); });
}

}  // namespace acq
