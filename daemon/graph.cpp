#include "daemon/graph.h"

#include <algorithm>
#include <map>
#include <set>

#include "dsp/base/units.h"

namespace acq {
namespace {

template <typename Range, typename NameOf>
std::string list_of(const Range& range, NameOf name_of) {
  std::string out;
  for (const auto& item : range) out += (out.empty() ? "" : ", ") + std::string(name_of(item));
  return out.empty() ? "none" : out;
}

using Units = std::set<std::string>;

// Whether two values mean the same whichever of the units they are meant in: "500 mV" is 0.5 of a
// signal in V.
bool same_quantity(const Value& a, const Value& b, const Units& units) {
  bool was_read = false;
  for (const std::string& unit : units) {
    const auto x = parse_quantity(to_text(a), unit);
    const auto y = parse_quantity(to_text(b), unit);
    if (!x || !y) continue;
    if (*x != *y) return false;
    was_read = true;
  }
  return was_read;
}

bool same_values(std::span<const ParamSpec> specs, const Table& a, const Table& b,
                 const Units& units) {
  if (a == b) return true;
  std::vector<Error> none;  // of values that were checked before
  const Params x = Params::check(specs, a, "", none);
  const Params y = Params::check(specs, b, "", none);
  return std::all_of(specs.begin(), specs.end(), [&](const ParamSpec& spec) {
    const bool is_given = x.has(spec.name);
    if (is_given != y.has(spec.name)) return false;
    if (!is_given) return true;
    const Value& v = x.values().find(spec.name)->second;
    const Value& w = y.values().find(spec.name)->second;
    return v == w || (spec.in_signal_unit && same_quantity(v, w, units));
  });
}

// In which the parameters of a block may be meant: of what flows in, or out.
Units units_around(const Pipeline* pipeline, std::size_t step) {
  Units units;
  if (pipeline == nullptr) return units;
  for (const std::size_t point : {step, step + 1}) {
    for (const Channel& channel : pipeline->signal_at(point).channels) units.insert(channel.unit);
  }
  return units;
}

// Builds a Graph from a configuration; holds what the steps share.
class GraphBuilder {
 public:
  GraphBuilder(const ConfigText& text, std::vector<Problem>& problems)
      : text_(text), config_(text.config), problems_(problems) {}

  Graph build() {
    for (const auto& [name, config] : config_.instruments) add_instrument(name, config);
    for (const auto& [name, config] : config_.pipelines) visit(name);
    return std::move(graph_);
  }

  void check_parameters() {
    for (const auto& [name, config] : config_.instruments) add_instrument(name, config);
    for (const auto& [name, config] : config_.pipelines) {
      Node node;
      node.config = &config;
      add_steps(node, "pipeline." + name);
    }
  }

 private:
  void report(const std::string& field, std::string sentence, std::string allowed) {
    problems_.push_back({text_.where(field), field, std::move(sentence), std::move(allowed)});
  }

  void check_params(std::span<const ParamSpec> specs, const Table& given, const std::string& field,
                    Params& out) {
    std::vector<Error> errors;
    out = Params::check(specs, given, field, errors);
    for (const Error& error : errors) problems_.push_back(problem_at(text_, field, error));
  }

  void add_instrument(const std::string& name, const InstrumentConfig& config) {
    const std::string field = "instrument." + name;
    if (config.driver.empty()) return;  // was told where the file was read
    const DriverEntry* driver = find_driver(config.driver);
    if (driver == nullptr) {
      report(field + ".driver", "there is no driver '" + config.driver + "'",
             list_of(driver_registry(), [](const DriverEntry* d) { return d->name; }));
      return;
    }
    InstrumentNode node{.name = name, .config = &config, .driver = driver, .params = {}};
    const std::size_t problems_before = problems_.size();
    check_params(driver->params, config.params, field, node.params);
    if (problems_.size() != problems_before) return;
    graph_.instruments.push_back(std::move(node));
  }

  // Adds a pipeline after those it starts from. Returns its place, or nothing when it is wrong.
  std::optional<std::size_t> visit(const std::string& name) {
    if (const auto done = places_.find(name); done != places_.end()) return done->second;
    const std::string field = "pipeline." + name;
    if (!visiting_.insert(name).second) {
      report(field + ".from", "pipeline " + name + " starts from itself, through its taps",
             "a tree");
      return std::nullopt;
    }
    Node node;
    node.name = name;
    node.config = &config_.pipelines.find(name)->second;
    const std::size_t problems_before = problems_.size();
    add_steps(node, field);
    add_sources(node, field);
    visiting_.erase(name);
    std::optional<std::size_t> place;
    if (problems_.size() == problems_before) {
      place = graph_.nodes.size();
      graph_.nodes.push_back(std::move(node));
    }
    places_.emplace(name, place);
    return place;
  }

  void add_steps(Node& node, const std::string& field) {
    std::set<std::string> taps;
    for (std::size_t i = 0; i < node.config->blocks.size(); ++i) {
      const BlockConfig& block = node.config->blocks[i];
      if (block.block.empty()) continue;  // was told where the file was read
      const std::string at = field + ".blocks[" + std::to_string(i) + "]";
      const BlockEntry* entry = find_block(block.block);
      if (entry == nullptr) {
        report(at + ".block", "there is no block '" + block.block + "'",
               list_of(block_registry(), [](const BlockEntry* b) { return b->name; }));
        continue;
      }
      if (!block.tap.empty() && !taps.insert(block.tap).second) {
        report(at + ".tap", "tap '" + block.tap + "' is named twice in this pipeline",
               "another name");
      }
      Step step{.entry = entry, .params = {}, .tap = block.tap};
      check_params(entry->params, block.params, at, step.params);
      node.steps.push_back(std::move(step));
    }
  }

  void add_sources(Node& node, const std::string& field) {
    if (node.config->from.empty()) {
      report(field + ".from", "a pipeline must start from something",
             "\"instrument/stream\", \"pipeline\" or \"pipeline.tap\"");
      return;
    }
    for (std::size_t i = 0; i < node.config->from.size(); ++i) {
      const std::string at =
          field + (node.config->from.size() == 1 ? ".from" : ".from[" + std::to_string(i) + "]");
      const std::string& from = node.config->from[i];
      const std::size_t slash = from.find('/');
      if (slash != std::string::npos) {
        add_stream(node, at, from.substr(0, slash), from.substr(slash + 1));
      } else {
        add_tap(node, at, from);
      }
    }
    if (node.sources.empty()) return;
    if (!node.config->worker.empty()) {
      const bool has_taps = std::any_of(node.sources.begin(), node.sources.end(),
                                        [](const Source& s) { return s.pipeline.has_value(); });
      if (has_taps && node.config->worker != node.worker) {
        report(field + ".worker",
               "a pipeline that starts from another one runs on its worker, '" + node.worker + "'",
               node.worker);
      }
      node.worker = node.config->worker;
    }
    if (node.worker.empty()) node.worker = node.instrument;
  }

  void add_stream(Node& node, const std::string& at, std::string instrument, std::string stream) {
    if (!config_.instruments.contains(instrument)) {
      report(at, "there is no instrument '" + instrument + "'",
             list_of(config_.instruments, [](const auto& i) { return i.first; }));
      return;
    }
    if (node.instrument.empty()) node.instrument = instrument;
    node.instruments.insert(instrument);
    node.sources.push_back({std::move(instrument), std::move(stream), std::nullopt, 0});
  }

  void add_tap(Node& node, const std::string& at, const std::string& from) {
    const std::size_t dot = from.find('.');
    const std::string name = from.substr(0, dot);
    const std::string tap = dot == std::string::npos ? "" : from.substr(dot + 1);
    if (!config_.pipelines.contains(name)) {
      report(at, "there is no pipeline '" + name + "'",
             list_of(config_.pipelines, [](const auto& p) { return p.first; }) +
                 "; or \"instrument/stream\"");
      return;
    }
    const std::size_t problems_before = problems_.size();
    const auto place = visit(name);
    if (!place) {
      if (problems_.size() == problems_before) {
        report(at, "pipeline '" + name + "' is wrong itself", "");
      }
      return;
    }
    const Node& upstream = graph_.nodes[*place];
    std::size_t point = upstream.steps.size();
    if (dot != std::string::npos) {
      const auto found = std::find_if(upstream.steps.begin(), upstream.steps.end(),
                                      [&](const Step& step) { return step.tap == tap; });
      if (found == upstream.steps.end()) {
        std::vector<std::string> taps;
        for (const Step& step : upstream.steps) {
          if (!step.tap.empty()) taps.push_back(step.tap);
        }
        report(at, "pipeline '" + name + "' has no tap '" + tap + "'",
               list_of(taps, [](const std::string& t) { return t; }));
        return;
      }
      point = static_cast<std::size_t>(found - upstream.steps.begin()) + 1;
    }
    if (node.instrument.empty()) node.instrument = upstream.instrument;
    node.instruments.insert(upstream.instruments.begin(), upstream.instruments.end());
    if (!node.worker.empty() && node.worker != upstream.worker) {
      report(at,
             "pipeline '" + name + "' runs on worker '" + upstream.worker +
                 "', another source on '" + node.worker + "'",
             "sources on one worker");
    }
    node.worker = upstream.worker;
    node.sources.push_back({"", "", place, point});
  }

  const ConfigText& text_;
  const Config& config_;
  std::vector<Problem>& problems_;
  Graph graph_;
  std::map<std::string, std::optional<std::size_t>> places_;
  std::set<std::string> visiting_;
};

}  // namespace

bool same_meaning(const DriverEntry& driver, const InstrumentConfig& a, const InstrumentConfig& b) {
  InstrumentConfig rest = a;
  rest.params = b.params;
  return rest == b && same_values(driver.params, a.params, b.params, {});
}

bool same_meaning(const PipelineConfig& a, const PipelineConfig& b, const Pipeline* running) {
  PipelineConfig rest = a;
  rest.blocks = b.blocks;
  if (rest != b || a.blocks.size() != b.blocks.size()) return false;
  for (std::size_t i = 0; i < a.blocks.size(); ++i) {
    const BlockConfig& x = a.blocks[i];
    const BlockConfig& y = b.blocks[i];
    if (x.block != y.block || x.tap != y.tap) return false;
    const Units units = units_around(running, i);
    if (!same_values(find_block(x.block)->params, x.params, y.params, units)) return false;
  }
  return true;
}

Problem problem_at(const ConfigText& text, const std::string& field, const Error& error) {
  std::string path = error.where;
  if (!path.starts_with(field)) path = path.empty() ? field : field + "." + path;
  // The field is shown beside the sentence; once is enough.
  std::string sentence = error.sentence;
  if (sentence.starts_with(path + " ")) sentence.erase(0, path.size() + 1);
  return {text.where(path), path, std::move(sentence), error.allowed};
}

Problem problem_of(const ConfigText& text, const InstrumentNode& node, const Error& error) {
  const std::string field = "instrument." + node.name;
  const std::string name = error.where.substr(0, error.where.find_first_of(".["));
  const auto& specs = node.driver->params;
  const bool is_parameter = std::any_of(specs.begin(), specs.end(),
                                        [&](const ParamSpec& spec) { return spec.name == name; });
  if (is_parameter || error.where.empty()) return problem_at(text, field, error);
  // A place in a file, say: the parameter that names the file is where to look.
  Error told = error;
  told.where = field;
  bool is_said = false;
  for (const auto& [key, value] : node.params.values()) {
    const auto* given = std::get_if<std::string>(&value);
    if (given == nullptr || given->empty() || !error.where.starts_with(*given)) continue;
    told.where += "." + key;
    is_said = *given == error.where;
    break;
  }
  if (!is_said) told.sentence += " at " + error.where;
  return problem_at(text, field, told);
}

void check_parameters(const ConfigText& text, std::vector<Problem>& problems) {
  GraphBuilder(text, problems).check_parameters();
}

Graph make_graph(const ConfigText& text, std::vector<Problem>& problems) {
  return GraphBuilder(text, problems).build();
}

}  // namespace acq
