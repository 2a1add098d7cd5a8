// From a checked graph and open instruments to the plans of the workers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/graph.h"
#include "daemon/process.h"

namespace acq {

// An instrument as far as pipelines are concerned.
struct InstrumentView {
  std::shared_ptr<const InstrumentInfo> info;
  std::size_t packet_bytes = 0;
};
using Instruments = std::map<std::string, InstrumentView, std::less<>>;

// The pipeline of the same name that runs now, when there is one.
struct Running {
  const PipelineConfig* config = nullptr;
  const Pipeline* pipeline = nullptr;
  const TopicOutlet* outlet = nullptr;
  std::string worker;
};
using RunningUnits = std::map<std::string, Running, std::less<>>;

struct PlanOptions {
  std::uint64_t revision = 0;
  std::uint64_t run_id = 0;
  std::string software;
  std::uint64_t budget_bytes = 0;  // a stopped subscriber may hold
};

// A pipeline built (or to be kept) with the description of what it publishes.
struct PlannedUnit {
  std::string name;
  std::string worker;
  PipelineConfig config;
  std::vector<Source> sources;
  bool keeps = false;
  std::unique_ptr<Pipeline> pipeline;     // none when kept
  std::vector<SignalInfo> signals;        // input, then behind each block
  std::shared_ptr<const TopicInfo> info;  // none when it is never published
  bool is_raw = false;
  Dtype dtype = Dtype::kF32;  // of what is published
  Layout layout = Layout::kPlanar;
  std::size_t frame_bytes = 0;
};

// Builds every pipeline whose instruments are known; the others are left out until they are. What
// runs with the same configuration on the same input is kept. Every problem is reported.
// `units[i].sources[k].pipeline` counts within the returned list.
std::vector<PlannedUnit> build_units(const ConfigText& text, const Graph& graph,
                                     const Instruments& instruments, const RunningUnits& running,
                                     const PlanOptions& options, std::vector<Problem>& problems);

}  // namespace acq
