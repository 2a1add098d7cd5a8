#include "daemon/program.h"

#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "acq/v1/status.pb.h"
#include "daemon/default_config.h"
#include "daemon/service/metrics.h"
#include "daemon/service/rights.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace acq {
namespace {

constexpr std::int64_t kStop_ns = 4'000'000'000;  // of the 5 s an orderly stop may take
// ZeroMQ frees what waited for a subscriber shortly after it says that it has gone.
constexpr std::int64_t kTidyAfter_ns = 100'000'000;
constexpr std::int64_t kTidyEvery_ns = 1'000'000'000;
constexpr int kExitConfig = 78;  // EX_CONFIG of sysexits.h

int open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  // Blocked before any thread exists, so that every thread inherits it and only the loop sees them.
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  return fd;
}

TopicInfo message_topic(const std::string& name, std::uint64_t run_id) {
  TopicInfo topic;
  topic.topic = name;
  topic.kind = Kind::kStatus;
  topic.dtype = Dtype::kU8;
  topic.channels.resize(1);
  topic.run_id = run_id;
  topic.header_constant = encode_constant(topic);
  return topic;
}

Message make_message(const std::string& name, Kind kind, std::uint64_t run_id,
                     std::uint64_t sequence, std::string payload) {
  const TopicInfo topic = message_topic(name, run_id);
  std::string header(header_bound(topic), '\0');
  const std::size_t bytes =
      encode_message_header(topic, kind, sequence, payload.size(), 0,
                            std::as_writable_bytes(std::span(header.data(), header.size())));
  header.resize(bytes);
  return {name, std::move(header), std::move(payload)};
}

// A folder for sockets, only for us: made when it is missing.
Result<void> make_socket_folders(const std::vector<std::string>& endpoints) {
  for (const std::string& endpoint : endpoints) {
    if (!endpoint.starts_with("ipc://")) continue;
    const std::filesystem::path folder = std::filesystem::path(endpoint.substr(6)).parent_path();
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    if (error) return fail(Code::kIo, "cannot make " + folder.string() + ": " + error.message());
  }
  return {};
}

std::uint64_t losses_in(const v1::Status& status) {
  std::uint64_t lost = 0;
  for (const auto& instrument : status.instruments()) {
    for (const auto& stream : instrument.streams()) {
      for (const auto& consumer : stream.consumers()) {
        for (const auto& loss : consumer.lost()) lost += loss.samples();
      }
    }
  }
  for (const auto& pipeline : status.pipelines()) lost += pipeline.dropped_samples();
  return lost;
}

}  // namespace

ConfigText load_config(const ProgramOptions& options, std::vector<Problem>& problems) {
  std::string text;
  std::string name = options.config_file;
  if (name.empty()) {
    name = "embedded default";
    text = default_config();
  } else {
    std::ifstream file(name, std::ios::binary);
    // One byte more than allowed is enough to know that it is too much.
    std::string bytes(limits::kConfigBytes + 1, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    if (!file.is_open() || file.bad()) {
      problems.push_back(
          {name, "", "cannot be read: " + std::generic_category().message(errno), ""});
      return {};
    }
    text = std::move(bytes);
  }
  ConfigText config = parse_config(text, name, problems);
  if (config.config.publish_bind.empty()) {
    config.config.publish_bind = {"ipc://" + options.runtime_folder + "/data"};
  }
  if (config.config.control_bind.empty()) {
    config.config.control_bind = {"ipc://" + options.runtime_folder + "/control"};
  }
  return config;
}

Program::Program(ProgramOptions options)
    : options_(std::move(options)),
      clock_(system_clock()),
      health_(clock_, Watchdog::patience_ns(notify_)),
      beat_(health_.enlist("control")),
      daemon_(clock_, health_),
      report_(clock_),
      control_(daemon_, report_, clock_),
      watchdog_(clock_, notify_, health_),
      wisdom_(options_.state_folder),
      signals_(open_signals()) {
  daemon_.captures().keep_in(options_.state_folder);
}

Program::~Program() {
  daemon_.events().on_event(nullptr);
  daemon_.stop(clock_.now_ns());  // before the bell that its threads ring is gone
  if (signals_ >= 0) close(signals_);
}

int Program::run() {
  if (!start()) return kExitConfig;
  loop();
  spdlog::info("stopping");
  (void)notify_.stopping("stopping");
  page_.reset();
  daemon_.stop(clock_.now_ns() + kStop_ns);
  take_events();
  save_wisdom();
  spdlog::info("stopped");
  return 0;
}

bool Program::start() {
  std::vector<Problem> problems;
  ConfigText text = load_config(options_, problems);
  const Config config = text.config;
  if (problems.empty()) {
    (void)set_log_level(config.log_level);
    keep_freed_memory();
    if (config.locks_memory) {
      if (std::string note = lock_memory(); !note.empty()) report_.notes.push_back(std::move(note));
    }
    for (const auto* endpoints : {&config.publish_bind, &config.control_bind}) {
      if (const auto made = make_socket_folders(*endpoints); !made) {
        problems.push_back({"", "", made.error().sentence, ""});
      }
    }
  }
  daemon_.is_reproducible = options_.is_reproducible;
  daemon_.on_unsubscribed = [this] {
    has_lost_subscriber_ = true;
    events_bell_.ring();
  };
  if (problems.empty()) {
    if (options_.is_reproducible) {
      forgo_wisdom();
    } else if (const auto loaded = wisdom_.load(); !loaded) {
      report_.notes.push_back(to_string(loaded.error()));
    }
    if (!options_.state_folder.empty())
      daemon_.recordings_folder = options_.state_folder + "/recordings";
    problems = daemon_.start(std::move(text));
  }
  if (problems.empty()) {
    if (const auto bound = control_.bind(config.control_bind); !bound) {
      problems.push_back(problem_at(daemon_.text(), "control.bind", bound.error()));
    }
  }
  if (problems.empty() && !config.prometheus.empty()) {
    auto page = HttpPage::open(config.prometheus, [this] {
      const std::scoped_lock lock(metrics_mutex_);
      return metrics_;
    });
    if (page) {
      page_ = std::move(*page);
    } else {
      problems.push_back(problem_at(daemon_.text(), "status.prometheus", page.error()));
    }
  }
  for (const Problem& problem : problems) spdlog::error("{}", to_string(problem));
  if (!problems.empty()) return false;

  control_.on_reload = [this](bool is_dry_run) { return reload(is_dry_run); };
  control_.on_shutdown = [this] { has_to_stop_ = true; };
  daemon_.events().on_event([this] { events_bell_.ring(); });
  for (const std::string& endpoint : daemon_.publisher().endpoints())
    spdlog::info("data on {}", endpoint);
  for (const std::string& endpoint : control_.endpoints()) spdlog::info("control on {}", endpoint);
  for (const std::string& note : report_.notes) spdlog::warn("{}", note);
  report_status();
  tell_ready();
  spdlog::info("{} is ready", daemon_.software());
  return true;
}

void Program::loop() {
  while (!has_to_stop_) {
    beat_->advance();
    control_.serve();
    take_signals();
    take_events();
    tick();
    if (has_to_stop_) return;
    events_bell_.arm();
    const auto wait_ms =
        std::max<std::int64_t>(0, (next_tick_ns() - clock_.now_ns()) / 1'000'000 + 1);
    zmq::pollitem_t items[] = {{control_.handle(), 0, ZMQ_POLLIN, 0},
                               {nullptr, signals_, ZMQ_POLLIN, 0},
                               {nullptr, events_bell_.fd(), ZMQ_POLLIN, 0}};
    beat_->rest();
    try {
      zmq::poll(items, 3, std::chrono::milliseconds(wait_ms));
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) throw;
    }
    events_bell_.disarm();
    if ((items[2].revents & ZMQ_POLLIN) != 0) events_bell_.clear();
  }
}

void Program::take_signals() {
  signalfd_siginfo info{};
  while (read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo != SIGHUP) {
      has_to_stop_ = true;
      continue;
    }
    (void)notify_.reloading();
    const ApplyResult result = reload(false);
    for (const Problem& problem : result.problems) spdlog::error("reload: {}", to_string(problem));
    spdlog::info("reload: {}", result.problems.empty() ? to_string(result.change) : "refused");
    tell_ready();
  }
}

// Said again until it is heard: the manager waits for it, and ends who does not say it.
void Program::tell_ready() {
  is_ready_told_ = notify_.ready(status_line_).has_value();
}

ApplyResult Program::reload(bool is_dry_run) {
  ApplyResult result;
  ConfigText text = load_config(options_, result.problems);
  if (!result.problems.empty()) return result;
  result = daemon_.apply(std::move(text), is_dry_run);
  if (result.problems.empty() && !is_dry_run) (void)set_log_level(daemon_.text().config.log_level);
  return result;
}

void Program::take_events() {
  daemon_.heal();
  for (const EventRecord& record : daemon_.events().collect()) {
    const bool is_replayed = !record.replayed_by.empty();
    spdlog::log(is_replayed ? spdlog::level::debug : spdlog::level::info, "{}: {}: {}",
                record.source, record.what, record.sentence);
    v1::Event event;
    event.set_utc_ns(record.utc_ns);
    event.set_source(record.source);
    event.set_what(record.what);
    event.set_sentence(record.sentence);
    event.set_config_revision(daemon_.revision());
    event.set_replayed(is_replayed);
    daemon_.recordings().add_event(record, daemon_.revision());
    daemon_.publisher().post(make_message("e/" + (is_replayed ? record.replayed_by : record.source),
                                          Kind::kEvent, daemon_.run_id(), event_sequence_++,
                                          event.SerializeAsString()));
  }
}

std::int64_t Program::next_tick_ns() {
  const std::int64_t status_ns =
      last_status_ns_ + daemon_.text().config.status_period_ms * 1'000'000;
  const std::int64_t tick_ns =
      std::min(status_ns, last_watchdog_ns_ + Watchdog::period_ns(notify_));
  std::int64_t next_ns = tick_ns;
  for (const std::int64_t other_ns : {tidy_at_ns_, daemon_.captures().next_ns()}) {
    if (other_ns != 0) next_ns = std::min(next_ns, other_ns);
  }
  return next_ns;
}

void Program::tick() {
  const std::int64_t now_ns = clock_.now_ns();
  if (daemon_.revision() != wisdom_revision_) save_wisdom();
  tidy(now_ns);
  daemon_.captures().tick();
  daemon_.recordings().tick();
  if (!is_ready_told_) tell_ready();
  if (now_ns >= last_status_ns_ + daemon_.text().config.status_period_ms * 1'000'000)
    report_status();
  if (now_ns >= last_watchdog_ns_ + Watchdog::period_ns(notify_)) {
    last_watchdog_ns_ = now_ns;
    watchdog_.tick(status_line_);
  }
}

// What waited for a subscriber that was cut off goes back to the kernel: it was the exception, and
// the allocator would keep it.
void Program::tidy(std::int64_t now_ns) {
  if (has_lost_subscriber_.exchange(false)) {
    tidy_at_ns_ = std::max(now_ns + kTidyAfter_ns, last_tidy_ns_ + kTidyEvery_ns);
  }
  if (keeps_again_at_ns_ != 0 && now_ns >= keeps_again_at_ns_) {
    keeps_again_at_ns_ = 0;
    keep_freed_memory();
  }
  if (tidy_at_ns_ == 0 || now_ns < tidy_at_ns_) return;
  tidy_at_ns_ = 0;
  last_tidy_ns_ = now_ns;
  give_back_freed_memory();
  keeps_again_at_ns_ = now_ns + kTidyEvery_ns;
}

void Program::save_wisdom() {
  wisdom_revision_ = daemon_.revision();
  if (const auto saved = wisdom_.save(); !saved) spdlog::warn("{}", to_string(saved.error()));
}

void Program::report_status() {
  last_status_ns_ = clock_.now_ns();
  v1::Status status;
  report_.fill(daemon_, status, true);
  status_line_ = StatusReport::line(status);
  const std::uint64_t losses = losses_in(status);
  if (losses > losses_logged_) {
    if (const auto hidden = loss_lines_.admit(last_status_ns_)) {
      spdlog::warn("{} samples lost ({} lines not shown)", losses - losses_logged_, *hidden);
      losses_logged_ = losses;
    }
  }
  if (page_) {
    std::string text = prometheus_text(status);
    const std::scoped_lock lock(metrics_mutex_);
    metrics_ = std::move(text);
  }
  daemon_.publisher().post(make_message("s/daemon", Kind::kStatus, daemon_.run_id(),
                                        status_sequence_++, status.SerializeAsString()));
}

}  // namespace acq
