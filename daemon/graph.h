// The pipelines of a configuration, checked and put in order, before any instrument is touched.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "dsp/pipeline.h"
#include "proto/config.h"

namespace acq {

// Where a pipeline starts: a stream of an instrument, or a point of an earlier pipeline of the
// list.
struct Source {
  std::string instrument;
  std::string stream;
  std::optional<std::size_t> pipeline;
  std::size_t point = 0;
};

// A pipeline as configured, with names resolved and parameters checked by their declarations.
struct Node {
  std::string name;
  const PipelineConfig* config = nullptr;  // within the ConfigText the graph was made from
  std::vector<Source> sources;
  std::vector<Step> steps;
  std::string instrument;  // the first one it depends on: part of the topic
  // All of them: those of several have a clock each.
  std::set<std::string, std::less<>> instruments;
  std::string worker;

  [[nodiscard]] std::string topic() const { return "d/" + instrument + "/" + name; }
};

struct InstrumentNode {
  std::string name;
  const InstrumentConfig* config = nullptr;
  const DriverEntry* driver = nullptr;
  Params params;
};

// Pipelines in an order where each comes after what it starts from.
struct Graph {
  std::vector<InstrumentNode> instruments;
  std::vector<Node> nodes;
};

// Resolves and checks everything that does not need the instruments: drivers, blocks, parameters,
// sources, taps, cycles, workers. Every problem is reported, with file, line and what is allowed.
Graph make_graph(const ConfigText& text, std::vector<Problem>& problems);
// Of a configuration that could not be read whole, only what stands by itself: drivers, blocks and
// their parameters.
void check_parameters(const ConfigText& text, std::vector<Problem>& problems);

// Whether two good configurations mean the same, however their values are written: "1 kHz" is 1000,
// and a default may be left out.
bool same_meaning(const DriverEntry& driver, const InstrumentConfig& a, const InstrumentConfig& b);
// `running` was built from `a`, and its signals tell what a bare number is; null where none runs.
bool same_meaning(const PipelineConfig& a, const PipelineConfig& b, const Pipeline* running);

// Reports an Error of a part of the configuration at its place in the file.
Problem problem_at(const ConfigText& text, const std::string& field, const Error& error);
// Reports what a driver refused at the parameter it is about.
Problem problem_of(const ConfigText& text, const InstrumentNode& node, const Error& error);

}  // namespace acq
