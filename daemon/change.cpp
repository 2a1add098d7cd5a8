// How a running daemon takes on another configuration.
#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "daemon/daemon.h"

namespace acq {
namespace {

constexpr std::int64_t kDrain_ns = 2'000'000'000;

// Whether two settings of an instrument differ only in parameters that may change while it runs.
bool differs_only_live(const InstrumentConfig& a, const InstrumentConfig& b, const Params& before,
                       const InstrumentNode& node) {
  InstrumentConfig rest = a;
  rest.params = b.params;
  if (rest != b) return false;
  return std::all_of(
      node.driver->params.begin(), node.driver->params.end(), [&](const ParamSpec& spec) {
        const auto old_value = before.values().find(spec.name);
        const auto new_value = node.params.values().find(spec.name);
        const bool was_given = old_value != before.values().end();
        const bool is_given = new_value != node.params.values().end();
        if (!was_given && !is_given) return true;
        return spec.live || (was_given && is_given && old_value->second == new_value->second);
      });
}

// Sections that are read once, at start.
void refuse_fixed(const Config& before, const ConfigText& text, std::vector<Problem>& problems) {
  const auto require_same = [&](bool is_same, const char* field) {
    if (is_same) return;
    problems.push_back({text.where(field), field,
                        std::string(field) + " changes only with a restart of the daemon", ""});
  };
  const Config& after = text.config;
  require_same(before.publish_bind == after.publish_bind, "publish.bind");
  require_same(before.publish_budget_bytes == after.publish_budget_bytes, "publish.budget");
  require_same(before.heartbeat_ms == after.heartbeat_ms, "publish.heartbeat");
  require_same(before.has_checksum == after.has_checksum, "publish.checksum");
  require_same(before.control_bind == after.control_bind, "control.bind");
  require_same(before.prometheus == after.prometheus, "status.prometheus");
  require_same(before.asks_realtime == after.asks_realtime, "service.realtime");
  require_same(before.locks_memory == after.locks_memory, "service.lock_memory");
}

bool same_blocks(const PipelineConfig& a, const PipelineConfig& b) {
  return a.from == b.from && a.publish == b.publish && a.worker == b.worker &&
         a.frame_samples == b.frame_samples &&
         std::equal(a.blocks.begin(), a.blocks.end(), b.blocks.begin(), b.blocks.end(),
                    [](const BlockConfig& x, const BlockConfig& y) {
                      return x.block == y.block && x.tap == y.tap;
                    });
}

}  // namespace

std::string_view to_string(Change change) noexcept {
  switch (change) {
    case Change::kNothing: return "nothing";
    case Change::kParameters: return "parameters";
    case Change::kPipeline: return "pipeline";
    case Change::kInstrument: return "instrument";
  }
  return "nothing";
}

ApplyResult Daemon::apply(ConfigText text, bool is_dry_run) {
  ApplyResult result;
  refuse_fixed(text_->config, text, result.problems);
  Draft draft = prepare(std::move(text), result.problems);
  if (!result.problems.empty()) return result;
  result.change = change_of(draft);
  if (is_dry_run || draft.text->config == text_->config) return result;
  if (!commit(draft, result.problems)) result.change = Change::kNothing;
  return result;
}

void Daemon::check(const ConfigText& text, const Clock& clock, std::vector<Problem>& problems) {
  if (problems.empty()) {
    Health health(clock, kDrain_ns);
    const Daemon daemon(clock, health);
    daemon.prepare(text, problems);
  } else {
    check_parameters(text, problems);
  }
  const auto place_of = [&](const Problem& p) {
    return std::tuple(text.line(p.field), std::string_view(p.field), std::string_view(p.sentence));
  };
  std::sort(problems.begin(), problems.end(),
            [&](const Problem& a, const Problem& b) { return place_of(a) < place_of(b); });
}

Daemon::Draft Daemon::prepare(ConfigText text, std::vector<Problem>& problems) const {
  Draft draft;
  draft.text = std::make_unique<ConfigText>(std::move(text));
  draft.revision = revision_ + 1;
  // What is wrong is left out, and the rest is looked at all the same: all problems at once.
  draft.graph = make_graph(*draft.text, problems);
  classify(draft);
  draft.views = views();
  probe(draft, problems);
  draft.units = build_units(*draft.text, draft.graph, draft.views, running(),
                            plan_options(draft.text->config, draft.revision), problems);
  return draft;
}

void Daemon::classify(Draft& draft) const {
  using What = InstrumentChange::What;
  for (const InstrumentNode& node : draft.graph.instruments) {
    InstrumentChange change{.node = &node, .what = What::kNew};
    if (const auto found = acquires_.find(node.name); found != acquires_.end()) {
      const Acquire& acquire = *found->second;
      if (same_meaning(*node.driver, *node.config, acquire.config())) {
        change.what = What::kNothing;
      } else if (differs_only_live(acquire.config(), *node.config, acquire.params(), node)) {
        change.what = What::kLive;
      } else {
        change.what = What::kRestart;
      }
    }
    draft.instruments.push_back(change);
  }
  for (const auto& [name, acquire] : acquires_) {
    if (!draft.text->config.instruments.contains(name)) draft.removed.push_back(name);
  }
}

// Finds out what is wrong with new or changed instruments and what they will deliver, where that touches no
// hardware.
void Daemon::probe(Draft& draft, std::vector<Problem>& problems) const {
  for (const std::string& name : draft.removed) draft.views.erase(name);
  for (const InstrumentChange& change : draft.instruments) {
    const bool opens = change.what == InstrumentChange::What::kNew ||
                       change.what == InstrumentChange::What::kRestart;
    if (!opens) continue;
    if (const auto check = change.node->driver->check) {
      if (const auto good = check(change.node->params); !good)
        problems.push_back(problem_of(*draft.text, *change.node, good.error()));
    }
    if (!change.node->driver->is_virtual) continue;
    const auto driver = change.node->driver->make(clock_);
    auto info = driver->open(change.node->params);
    driver->close();
    draft.views.erase(change.node->name);
    if (info) {
      std::size_t packet_bytes = change.node->config->packet_bytes;
      for (const auto& stream : info->streams)
        packet_bytes = std::max(packet_bytes, stream->scan_bytes());
      draft.views.emplace(
          change.node->name,
          InstrumentView{std::make_shared<const InstrumentInfo>(std::move(*info)), packet_bytes});
    } else if (info.error().code != Code::kDisconnected) {
      problems.push_back(problem_of(*draft.text, *change.node, info.error()));
    }
  }
}

Change Daemon::change_of(const Draft& draft) const {
  if (!draft.removed.empty()) return Change::kInstrument;
  Change largest = Change::kNothing;
  for (const InstrumentChange& change : draft.instruments) {
    if (change.what == InstrumentChange::What::kLive)
      largest = std::max(largest, Change::kParameters);
    if (change.what > InstrumentChange::What::kLive) return Change::kInstrument;
  }
  const auto& before = text_->config.pipelines;
  const auto& after = draft.text->config.pipelines;
  if (before.size() != after.size()) return Change::kPipeline;
  const RunningUnits units = running();
  for (const auto& [name, config] : after) {
    const auto old = before.find(name);
    if (old == before.end() || !same_blocks(old->second, config)) return Change::kPipeline;
    const auto unit = units.find(name);
    const Pipeline* pipeline = unit == units.end() ? nullptr : unit->second.pipeline;
    if (!same_meaning(old->second, config, pipeline))
      largest = std::max(largest, Change::kParameters);
  }
  return largest;
}

bool Daemon::commit(Draft& draft, std::vector<Problem>& problems) {
  std::vector<Undo> undo;
  if (!change_instruments(draft, undo, problems)) {
    roll_back(undo);
    return false;
  }
  // An instrument may have come out otherwise than the probe said.
  draft.units = build_units(*draft.text, draft.graph, views(), running(),
                            plan_options(draft.text->config, draft.revision), problems);
  if (!problems.empty() || (publisher_ == nullptr && !make_publisher(draft, problems))) {
    draft.units.clear();
    roll_back(undo);
    return false;
  }
  put_in_force(std::move(draft.units));
  for (const std::string& name : draft.removed) acquires_.erase(name);
  text_ = std::move(draft.text);
  revision_ = draft.revision;
  for (const Undo& done : undo) {
    if (done.is_removed) continue;
    Acquire& acquire = *acquires_.find(done.name)->second;
    if ((done.was_running || done.is_new) && acquire.config().is_enabled) (void)acquire.start();
  }
  recordings_.apply(text_->config, revision_, to_toml(text_->config));
  events_.add("daemon", "config", "revision " + std::to_string(revision_) + " is in force");
  return true;
}

// Stops, reopens and sets instruments. False: something was refused; `undo` says what was done so
// far.
bool Daemon::change_instruments(Draft& draft, std::vector<Undo>& undo,
                                std::vector<Problem>& problems) {
  using What = InstrumentChange::What;
  std::set<std::string> stopped;
  const auto stop = [&](const std::string& name) {
    Acquire& acquire = *acquires_.find(name)->second;
    if (acquire.is_running()) stopped.insert(name);
    acquire.stop();
  };
  for (const std::string& name : draft.removed) {
    stop(name);
    undo.push_back({.name = name, .was_running = stopped.contains(name), .is_removed = true});
  }
  for (const InstrumentChange& change : draft.instruments) {
    if (change.what == What::kRestart) stop(change.node->name);
  }
  wait_for_drain(clock_.now_ns() + kDrain_ns);
  for (const InstrumentChange& change : draft.instruments) {
    const InstrumentNode& node = *change.node;
    if (change.what == What::kNothing) continue;
    if (change.what == What::kNew) {
      acquires_.emplace(
          node.name, std::make_unique<Acquire>(node.name, *node.config, node.params, *node.driver,
                                               clock_, health_, events_));
    }
    Acquire& acquire = *acquires_.find(node.name)->second;
    if (asks_realtime_) acquire.want_realtime();
    undo.push_back({.name = node.name,
                    .config = acquire.config(),
                    .params = acquire.params(),
                    .was_running = stopped.contains(node.name),
                    .is_new = change.what == What::kNew,
                    .is_live = change.what == What::kLive});
    Result<void> done;
    if (change.what == What::kLive) {
      done = acquire.set(*node.config, node.params);
    } else {
      if (change.what == What::kRestart) acquire.replace(*node.config, node.params);
      done = acquire.open();
    }
    if (!done && done.error().code != Code::kDisconnected) {
      problems.push_back(problem_of(*draft.text, node, done.error()));
      return false;
    }
  }
  return true;
}

void Daemon::roll_back(std::vector<Undo>& undo) {
  for (auto step = undo.rbegin(); step != undo.rend(); ++step) {
    if (step->is_new) {
      acquires_.erase(step->name);
      continue;
    }
    Acquire& acquire = *acquires_.find(step->name)->second;
    if (step->is_removed) {
      if (step->was_running) (void)acquire.start();
      continue;
    }
    if (step->is_live) {
      (void)acquire.set(step->config, step->params);
      continue;
    }
    acquire.replace(step->config, step->params);
    (void)acquire.open();  // it was open before; its state tells if it is not now
    connect_feeds();
    if (step->was_running) (void)acquire.start();
  }
}

}  // namespace acq
