// Planned pipelines into the plans of the workers, with their rings, topics and frames.
#include <algorithm>

#include "daemon/daemon.h"

namespace acq {
namespace {

constexpr std::size_t kTopicSlots = 1024;
constexpr std::size_t kSmallPoolBytes = std::size_t{4} << 20;
constexpr std::size_t kFewestFrames = 48;
constexpr std::size_t kMostSmallFrames = 256;
constexpr std::size_t kSpareFrames = 16;  // being filled, or on their way to the publisher

std::string stream_key(const Source& source) {
  return source.instrument + "/" + source.stream;
}

}  // namespace

std::shared_ptr<Topic> Daemon::topic_for(const std::string& name) {
  auto& topic = topics_[name];
  if (topic == nullptr)
    topic = std::make_shared<Topic>(name, kTopicSlots, publisher_->bell(), is_reproducible);
  return topic;
}

// Large frames are sent by reference: there must be more of them than a stopped subscriber holds.
// Small ones are copied when sent, so their slots come back at once.
std::shared_ptr<FramePool> Daemon::pool_for(const PlannedUnit& unit) {
  const std::size_t bytes = std::max<std::size_t>(unit.frame_bytes, 64);
  const bool is_small = bytes < kBytesByReference;
  std::shared_ptr<PacketPool> lender;
  if (unit.is_raw && !is_small) {
    lender = acquires_.find(unit.sources[0].instrument)->second->shared_pool();
  }
  const std::size_t frames =
      is_small ? std::clamp(kSmallPoolBytes / bytes, kFewestFrames, kMostSmallFrames)
               : publisher_->budget_bytes() / bytes + kSpareFrames;
  auto& pool = pools_[unit.info->topic];
  if (pool == nullptr || pool->frame_bytes() != bytes || pool->size() != frames ||
      pool->lender() != lender.get()) {
    pool = std::make_shared<FramePool>(frames, bytes, std::move(lender));
  }
  return pool;
}

void Daemon::put_in_force(std::vector<PlannedUnit> units) {
  std::map<std::string, WorkerPlan> plans;
  for (const auto& [name, worker] : workers_) plans[name];
  std::vector<std::size_t> places;  // of each unit within its worker's plan
  for (const PlannedUnit& unit : units) {
    WorkerPlan& plan = plans[unit.worker];
    places.push_back(plan.units.size());
    plan.units.emplace_back();
  }
  active_.clear();
  for (std::size_t i = 0; i < units.size(); ++i) {
    PlannedUnit& planned = units[i];
    Unit& unit = plans[planned.worker].units[places[i]];
    unit.name = planned.name;
    unit.keeps = planned.keeps;
    unit.pipeline = std::move(planned.pipeline);
    unit.info = planned.info;
    if (!planned.keeps && planned.info) {
      unit.outlet = std::make_unique<TopicOutlet>(topic_for(planned.info->topic), pool_for(planned),
                                                  planned.info, planned.config.publish,
                                                  planned.config.frame_samples, planned.is_raw);
    }
    active_[planned.name] = {planned.worker, places[i], planned.config, planned.info};
    for (std::size_t input = 0; input < planned.sources.size(); ++input) {
      const Source& source = planned.sources[input];
      if (!source.pipeline) continue;
      Unit& upstream = plans[planned.worker].units[places[*source.pipeline]];
      upstream.branches.push_back({source.point, places[i], input});
      upstream.taps.resize(upstream.branches.size());
    }
  }
  add_inlets(units, places, plans);
  for (auto& [name, plan] : plans) {
    workers_.find(name)->second->put_in_force(std::make_unique<WorkerPlan>(std::move(plan)));
  }
  connect_feeds();
  serve(units);
  std::erase_if(workers_, [](const auto& worker) { return worker.second->plan().units.empty(); });
}

void Daemon::add_inlets(const std::vector<PlannedUnit>& units,
                        const std::vector<std::size_t>& places,
                        std::map<std::string, WorkerPlan>& plans) {
  for (std::size_t i = 0; i < units.size(); ++i) {
    const PlannedUnit& planned = units[i];
    auto& worker = workers_[planned.worker];
    if (worker == nullptr) {
      worker = std::make_unique<Worker>(planned.worker, health_);
      worker->start(asks_realtime_);
    }
    WorkerPlan& plan = plans[planned.worker];
    const bool needs_planes = !planned.is_raw || !plan.units[places[i]].branches.empty();
    for (std::size_t input = 0; input < planned.sources.size(); ++input) {
      const Source& source = planned.sources[input];
      if (source.pipeline) continue;
      inlet_of(source, *worker, plan)
          .connections.push_back({places[i], input, needs_planes, false, 0});
    }
  }
}

// The plan's inlet of the source's stream, made when it is the first to need it.
Inlet& Daemon::inlet_of(const Source& source, Worker& worker, WorkerPlan& plan) {
  const std::string key = stream_key(source);
  const auto found = std::find_if(plan.inlets.begin(), plan.inlets.end(),
                                  [&](const Inlet& inlet) { return inlet.stream == key; });
  if (found != plan.inlets.end()) return *found;
  const Acquire& acquire = *acquires_.find(source.instrument)->second;
  const auto info = std::find_if(acquire.info().streams.begin(), acquire.info().streams.end(),
                                 [&](const auto& s) { return s->name == source.stream; });
  Inlet& inlet = plan.inlets.emplace_back();
  inlet.stream = key;
  inlet.feed = feed_for(acquire, worker, key);
  inlet.intake = std::make_unique<Intake>(**info, acquire.packet_bytes());
  return inlet;
}

// The ring that is in use, when it still belongs to the instrument's packets; a new one otherwise.
std::shared_ptr<Feed> Daemon::feed_for(const Acquire& acquire, Worker& worker,
                                       const std::string& stream) {
  for (const Inlet& inlet : worker.plan().inlets) {
    if (inlet.stream == stream && inlet.feed->pool.get() == acquire.pool()) return inlet.feed;
  }
  return acquire.make_feed(worker.bell());
}

// The rings of a recorder: those in use that still belong to their instrument's packets, and new ones.
std::vector<Recorder::Inlet> Daemon::inlets_for(const Recordings::Running& running) {
  std::vector<Recorder::Inlet> inlets;
  const RecordingConfig& config = running.config;
  const bool has_all = config.streams.empty() && config.topics.empty();
  for (const auto& [name, acquire] : acquires_) {
    for (const auto& info : acquire->info().streams) {
      const std::string key = name + "/" + info->name;
      if (!has_all &&
          std::find(config.streams.begin(), config.streams.end(), key) == config.streams.end())
        continue;
      Recorder::Inlet inlet{name, info->name, nullptr};
      for (const Recorder::Inlet& used : running.recorder->inlets()) {
        if (used.instrument == name && used.stream == info->name &&
            used.feed->pool.get() == acquire->pool())
          inlet.feed = used.feed;
      }
      if (inlet.feed == nullptr) inlet.feed = acquire->make_feed(running.recorder->bell());
      inlets.push_back(std::move(inlet));
    }
  }
  return inlets;
}

// Tells every instrument who listens to its streams now.
void Daemon::connect_feeds() {
  std::vector<std::pair<Recorder*, std::vector<Recorder::Inlet>>> recorded;
  for (const auto& [name, running] : recordings_.running())
    recorded.emplace_back(running.recorder.get(), inlets_for(running));
  for (auto& [name, acquire] : acquires_) {
    std::vector<std::vector<std::shared_ptr<Feed>>> feeds(acquire->info().streams.size());
    for (std::size_t s = 0; s < feeds.size(); ++s) {
      const std::string key = name + "/" + acquire->info().streams[s]->name;
      feeds[s] = feeds_of(key, acquire->pool());
      for (const auto& [recorder, inlets] : recorded) {
        for (const Recorder::Inlet& inlet : inlets) {
          if (inlet.instrument + "/" + inlet.stream == key) feeds[s].push_back(inlet.feed);
        }
      }
    }
    acquire->set_feeds(std::move(feeds));
  }
  // Now nothing comes any more into a ring that is left.
  for (auto& [recorder, inlets] : recorded) recorder->set_inlets(std::move(inlets));
}

std::vector<std::shared_ptr<Feed>> Daemon::feeds_of(const std::string& stream,
                                                    const PacketPool* pool) const {
  std::vector<std::shared_ptr<Feed>> feeds;
  for (const auto& [name, worker] : workers_) {
    for (const Inlet& inlet : worker->plan().inlets) {
      if (inlet.stream == stream && inlet.feed->pool.get() == pool) feeds.push_back(inlet.feed);
    }
  }
  return feeds;
}

void Daemon::serve(const std::vector<PlannedUnit>& units) {
  std::vector<Publisher::Served> served;
  for (const PlannedUnit& unit : units) {
    if (!unit.info) continue;
    const Unit* running = find_unit(unit.name);
    served.push_back({running->outlet->topic(), running->outlet->pool(), unit.info});
  }
  std::erase_if(topics_, [&](const auto& topic) {
    return std::none_of(served.begin(), served.end(),
                        [&](const auto& s) { return s.topic == topic.second; });
  });
  std::erase_if(pools_, [&](const auto& pool) { return !topics_.contains(pool.first); });
  publisher_->serve(std::move(served));
}

}  // namespace acq
