#include "daemon/daemon.h"

#include <algorithm>
#include <random>

#include "daemon/describe.h"
#include "daemon/service/rights.h"
#include "drivers/transport/usb_events.h"

namespace acq {
namespace {

constexpr std::int64_t kDrain_ns = 2'000'000'000;
constexpr std::int64_t kDrainLook_ns = 1'000'000;

std::uint64_t random_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

Daemon::Daemon(const Clock& clock, Health& health)
    : clock_(clock),
      health_(health),
      software_("acqd " ACQ_VERSION),
      run_id_(random_id()),
      recordings_(clock, context_, health, events_) {
  recordings_.on_change = [this] { connect_feeds(); };
}

Daemon::~Daemon() {
  stop(clock_.now_ns());
  usb::begin_event_threads_with({});
  // ZeroMQ may hold frames until its context has ended: before their pools do.
  publisher_.reset();
  context_.close();
}

std::vector<Problem> Daemon::start(ConfigText text) {
  std::vector<Problem> problems;
  asks_realtime_ = text.config.asks_realtime;
  if (asks_realtime_) usb::begin_event_threads_with([this] { raise_usb_events(); });
  Draft draft = prepare(std::move(text), problems);
  if (!problems.empty()) return problems;
  recordings_.set_up({.folder = recordings_folder, .software = software_, .run_id = run_id_});
  if (commit(draft, problems)) publisher_->start();
  return problems;
}

// Before those that wait for its transfers: it works for microseconds, and a transfer that goes back
// late costs samples.
void Daemon::raise_usb_events() {
  std::string note = ask_realtime("usb-events", kRealtimePriority + 1);
  const std::scoped_lock lock(usb_mutex_);
  usb_note_ = std::move(note);
}

std::string Daemon::usb_note() const {
  const std::scoped_lock lock(usb_mutex_);
  return usb_note_;
}

// Once: its endpoints and budget stay as the first configuration has them.
bool Daemon::make_publisher(const Draft& draft, std::vector<Problem>& problems) {
  const Config& config = draft.text->config;
  publisher_ =
      std::make_unique<Publisher>(context_,
                                  PublishOptions{.bind = config.publish_bind,
                                                 .budget_bytes = config.publish_budget_bytes,
                                                 .heartbeat_ms = config.heartbeat_ms,
                                                 .has_checksum = config.has_checksum,
                                                 .waits = is_reproducible,
                                                 .on_unsubscribed = on_unsubscribed},
                                  health_);
  std::uint64_t largest = 0;
  for (const PlannedUnit& unit : draft.units) {
    if (unit.info) largest = std::max<std::uint64_t>(largest, unit.frame_bytes);
  }
  const auto bound = publisher_->bind(largest);
  if (!bound) problems.push_back(problem_at(*draft.text, "publish.bind", bound.error()));
  return bound.has_value();
}

void Daemon::stop(std::int64_t deadline_ns) {
  for (auto& [name, acquire] : acquires_) acquire->stop();
  wait_for_drain(deadline_ns);
  for (auto& [name, worker] : workers_) worker->stop();
  if (publisher_) publisher_->stop();
  recordings_.stop_all();  // last: the frames that were sent are theirs too
}

Result<Acquire*> Daemon::find_instrument(std::string_view name) {
  const auto found = acquires_.find(name);
  if (found != acquires_.end()) return found->second.get();
  std::string allowed;
  for (const auto& [known, acquire] : acquires_) allowed += (allowed.empty() ? "" : ", ") + known;
  return fail(Code::kNotFound, "there is no instrument '" + std::string(name.substr(0, 64)) + "'",
              "instrument", std::move(allowed));
}

Result<void> Daemon::start_instrument(std::string_view name) {
  const auto found = find_instrument(name);
  if (!found) return tl::unexpected<Error>(found.error());
  return (*found)->start();
}

Result<void> Daemon::stop_instrument(std::string_view name) {
  const auto found = find_instrument(name);
  if (!found) return tl::unexpected<Error>(found.error());
  (*found)->stop();
  wait_for_drain(clock_.now_ns() + kDrain_ns);
  return {};
}

Result<std::string> Daemon::capture_transport(std::string_view name, const CaptureOrder& order) {
  const auto found = find_instrument(name);
  if (!found) return tl::unexpected<Error>(found.error());
  Acquire& acquire = **found;
  if (!acquire.config().is_enabled)
    return fail(Code::kUnsupported, "instrument " + acquire.name() + " is disabled",
                "capture_transport.instrument");
  if (const auto can = captures_.check(order); !can) return tl::unexpected<Error>(can.error());
  acquire.stop();
  acquire.listen(captures_.begin({.software = software_,
                                  .instrument = acquire.name(),
                                  .driver = std::string(acquire.driver().name),
                                  .parameters = acquire.params().values(),
                                  .utc_ns = clock_.utc_ns()},
                                 order));
  reopen({&acquire});
  return captures_.name();
}

void Daemon::heal() {
  std::vector<Acquire*> changed;
  bool is_described_anew = false;
  for (auto& [name, acquire] : acquires_) {
    is_described_anew = acquire->take_info() || is_described_anew;
    if (!acquire->has_changed()) continue;
    acquire->stop();
    changed.push_back(acquire.get());
  }
  if (!changed.empty() || is_described_anew) reopen(changed);
}

void Daemon::reopen(const std::vector<Acquire*>& changed) {
  if (!changed.empty()) wait_for_drain(clock_.now_ns() + kDrain_ns);
  for (Acquire* acquire : changed) (void)acquire->open();  // its state tells when it is gone again
  std::vector<Problem> problems;
  const Graph graph = make_graph(*text_, problems);
  put_in_force(build_units(*text_, graph, views(), running(),
                           plan_options(text_->config, revision_), problems));
  for (const Problem& problem : problems) events_.add("daemon", "config", to_string(problem));
  for (Acquire* acquire : changed) (void)acquire->start();
}

void Daemon::wait_for_drain(std::int64_t deadline_ns) const {
  const auto is_drained = [this] {
    return std::all_of(workers_.begin(), workers_.end(),
                       [](const auto& worker) { return worker.second->is_drained(); }) &&
           recordings_.is_drained();
  };
  while (!is_drained() && clock_.now_ns() < deadline_ns) {
    clock_.sleep_until(clock_.now_ns() + kDrainLook_ns, {});
  }
}

Instruments Daemon::views() const {
  Instruments views;
  for (const auto& [name, acquire] : acquires_) {
    if (acquire->info().streams.empty()) continue;
    views.emplace(name, InstrumentView{std::make_shared<const InstrumentInfo>(acquire->info()),
                                       acquire->packet_bytes()});
  }
  return views;
}

RunningUnits Daemon::running() const {
  RunningUnits running;
  for (const auto& [name, active] : active_) {
    const Unit& unit = workers_.find(active.worker)->second->plan().units[active.unit];
    running.emplace(name,
                    Running{&active.config, unit.pipeline.get(), unit.outlet.get(), active.worker});
  }
  return running;
}

PlanOptions Daemon::plan_options(const Config& config, std::uint64_t revision) const {
  return {.revision = revision,
          .run_id = run_id_,
          .software = software_,
          .budget_bytes = config.publish_budget_bytes};
}

const Unit* Daemon::find_unit(std::string_view pipeline) const {
  const auto found = active_.find(pipeline);
  if (found == active_.end()) return nullptr;
  return &workers_.find(found->second.worker)->second->plan().units[found->second.unit];
}

}  // namespace acq
