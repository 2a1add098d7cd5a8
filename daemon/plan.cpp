#include "daemon/plan.h"

#include <algorithm>

#include "daemon/describe.h"
#include "daemon/publish.h"
#include "proto/codec.h"
#include "proto/limits.h"

namespace acq {
namespace {

const StreamInfo* find_stream(const InstrumentInfo& info, const std::string& name) {
  for (const auto& stream : info.streams) {
    if (stream->name == name) return stream.get();
  }
  return nullptr;
}

bool joins_by(const Pipeline& pipeline, JoinBy by) {
  return pipeline.joiner() == nullptr || pipeline.joiner()->by() == by;
}

class UnitBuilder {
 public:
  UnitBuilder(const ConfigText& text, const Graph& graph, const Instruments& instruments,
              const RunningUnits& running, const PlanOptions& options,
              std::vector<Problem>& problems)
      : text_(text),
        graph_(graph),
        instruments_(instruments),
        running_(running),
        options_(options),
        problems_(problems),
        places_(graph.nodes.size()) {}

  std::vector<PlannedUnit> build() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) add(i);
    return std::move(units_);
  }

 private:
  void report(const std::string& field, std::string sentence, std::string allowed) {
    problems_.push_back({text_.where(field), field, std::move(sentence), std::move(allowed)});
  }

  void add(std::size_t number) {
    const Node& node = graph_.nodes[number];
    const std::string field = "pipeline." + node.name;
    PlannedUnit unit;
    unit.name = node.name;
    unit.worker = node.worker;
    unit.config = *node.config;
    unit.sources = node.sources;
    std::vector<SignalInfo> inputs;
    const StreamInfo* stream = nullptr;
    for (Source& source : unit.sources) {
      if (!resolve(source, field, inputs, stream)) return;
    }
    unit.is_raw = node.steps.empty() && unit.sources.size() == 1 && !unit.sources[0].pipeline;
    if (!make_pipeline(unit, node, field, inputs)) return;
    if (node.config->publish != Publish::kNever && !make_info(unit, node, field, *stream)) return;
    places_[number] = units_.size();
    roots_.push_back(stream);
    units_.push_back(std::move(unit));
  }

  // The signal a source gives. False when its instrument is not known yet or something is wrong.
  bool resolve(Source& source, const std::string& field, std::vector<SignalInfo>& inputs,
               const StreamInfo*& stream) {
    if (source.pipeline) {
      const auto place = places_[*source.pipeline];
      if (!place) return false;
      source.pipeline = *place;
      inputs.push_back(units_[*place].signals[source.point]);
      if (stream == nullptr) stream = roots_[*place];
      return true;
    }
    const auto instrument = instruments_.find(source.instrument);
    if (instrument == instruments_.end()) return false;
    const InstrumentInfo& info = *instrument->second.info;
    const StreamInfo* found = find_stream(info, source.stream);
    if (found == nullptr) {
      std::string allowed;
      for (const auto& s : info.streams)
        allowed += (allowed.empty() ? "" : ", ") + source.instrument + "/" + s->name;
      report(field + ".from",
             "instrument '" + source.instrument + "' has no stream '" + source.stream + "'",
             allowed);
      return false;
    }
    if (stream == nullptr) stream = found;
    inputs.push_back(signal_of(*found, instrument->second.packet_bytes));
    return true;
  }

  bool make_pipeline(PlannedUnit& unit, const Node& node, const std::string& field,
                     const std::vector<SignalInfo>& inputs) {
    const JoinBy by = node.instruments.size() > 1 ? JoinBy::kTime : JoinBy::kIndex;
    const auto old = running_.find(node.name);
    const bool keeps =
        old != running_.end() && joins_by(*old->second.pipeline, by) &&
        same_meaning(*old->second.config, *node.config, old->second.pipeline) &&
        old->second.worker == node.worker &&
        std::equal(inputs.begin(), inputs.end(), old->second.pipeline->inputs().begin(),
                   old->second.pipeline->inputs().end(), same_signal);
    const Pipeline* pipeline = nullptr;
    if (keeps) {
      unit.keeps = true;
      pipeline = old->second.pipeline;
    } else {
      auto built = Pipeline::build(inputs, node.steps, by);
      if (!built) {
        problems_.push_back(problem_at(text_, field, built.error()));
        return false;
      }
      unit.pipeline = std::move(*built);
      pipeline = unit.pipeline.get();
    }
    for (std::size_t i = 0; i <= node.steps.size(); ++i)
      unit.signals.push_back(pipeline->signal_at(i));
    return true;
  }

  // The packets' own numbers, bits, or float32 planes.
  static void choose_payload(PlannedUnit& unit, const StreamInfo& stream) {
    const SignalInfo& out = unit.signals.back();
    const Dtype packed = out.is_logic ? packed_dtype(out.channels.size()) : Dtype::kUnspecified;
    if (unit.is_raw) {
      unit.dtype = stream.dtype;
      unit.layout = stream.layout;
    } else if (packed != Dtype::kUnspecified) {
      unit.dtype = packed;
      unit.layout = Layout::kPacked;
    }
  }

  bool make_info(PlannedUnit& unit, const Node& node, const std::string& field,
                 const StreamInfo& stream) {
    const SignalInfo& out = unit.signals.back();
    const bool gathers = node.config->frame_samples > 0;
    if (gathers && !is_continuous(out.kind)) {
      report(field + ".frame_samples", "only a continuous waveform can be gathered into frames",
             "0");
      return false;
    }
    if (out.results.size() * out.channels.size() > kMaxResults) {
      report(field,
             "puts out " + std::to_string(out.results.size() * out.channels.size()) + " results",
             "at most " + std::to_string(kMaxResults));
      return false;
    }
    if (out.axis.rule == AxisRule::kList) {
      ACQ_CHECK(out.axis.values.size() == out.max_count);
      if (out.max_count > limits::kAxisValues) {
        report(field, "has an axis of " + std::to_string(out.max_count) + " listed positions",
               "at most " + std::to_string(limits::kAxisValues));
        return false;
      }
    }
    choose_payload(unit, stream);
    const std::size_t samples = gathers ? node.config->frame_samples : out.max_count;
    unit.frame_bytes = out.kind == Kind::kScalars
                           ? 0
                           : samples * scan_bytes(unit.dtype, unit.layout, out.channels.size());
    if (unit.frame_bytes * kFewestMarked > options_.budget_bytes) {
      report(field,
             "frames of " + std::to_string(unit.frame_bytes) + " bytes do not fit the budget of " +
                 std::to_string(options_.budget_bytes) + " bytes a subscriber, which must hold " +
                 std::to_string(kFewestMarked),
             "at most " + std::to_string(options_.budget_bytes / kFewestMarked) +
                 " bytes a frame, or a larger publish.budget from the start");
      return false;
    }
    unit.info = describe_topic(unit, node, stream, *instruments_.find(node.instrument)->second.info,
                               options_);
    return true;
  }

  const ConfigText& text_;
  const Graph& graph_;
  const Instruments& instruments_;
  const RunningUnits& running_;
  const PlanOptions& options_;
  std::vector<Problem>& problems_;
  std::vector<std::optional<std::size_t>> places_;  // of each node within units_
  std::vector<PlannedUnit> units_;
  std::vector<const StreamInfo*> roots_;  // the stream each unit comes from
};

}  // namespace

std::vector<PlannedUnit> build_units(const ConfigText& text, const Graph& graph,
                                     const Instruments& instruments, const RunningUnits& running,
                                     const PlanOptions& options, std::vector<Problem>& problems) {
  return UnitBuilder(text, graph, instruments, running, options, problems).build();
}

}  // namespace acq
