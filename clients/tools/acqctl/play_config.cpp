#include "clients/tools/acqctl/play_config.h"

#include <toml++/toml.h>
#include <algorithm>
#include <set>
#include <sstream>

namespace acq::tool {
namespace {

// What a pipeline starts from: a text, or a list of them.
std::vector<std::string> sources_of(const toml::table& pipeline) {
  std::vector<std::string> sources;
  if (const auto* list = pipeline.get_as<toml::array>("from")) {
    for (const toml::node& item : *list) sources.push_back(item.value_or(std::string()));
  } else {
    sources.push_back(pipeline["from"].value_or(std::string()));
  }
  return sources;
}

// Removes the pipelines that start from something that is not there, until none does.
std::vector<std::string> prune(toml::table& pipelines, const std::set<std::string>& streams) {
  std::vector<std::string> left_out;
  const auto is_there = [&](const std::string& source) {
    if (source.find('/') != std::string::npos) return streams.contains(source);
    return pipelines.contains(source.substr(0, source.find('.')));
  };
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (auto it = pipelines.begin(); it != pipelines.end();) {
      const toml::table* pipeline = it->second.as_table();
      const auto sources = pipeline ? sources_of(*pipeline) : std::vector<std::string>{};
      if (pipeline == nullptr || std::all_of(sources.begin(), sources.end(), is_there)) {
        ++it;
        continue;
      }
      left_out.emplace_back(it->first.str());
      it = pipelines.erase(it);
      has_changed = true;
    }
  }
  return left_out;
}

toml::table replay_of(const std::string& instrument, const toml::table& before,
                      const PlayOptions& options) {
  toml::table replay{{"driver", "replay"},
                     {"file", options.path},
                     {"instrument", instrument},
                     {"pace", options.speed > 0 ? "real" : "fast"},
                     {"wait", true},
                     {"enabled", false}};
  if (options.speed > 0) replay.insert("speed", options.speed);
  if (!options.from.empty()) replay.insert("from", options.from);
  if (!options.to.empty()) replay.insert("to", options.to);
  // The size of packets decides where frames begin.
  for (const char* key : {"packet_bytes", "packets"})
    if (const toml::node* kept = before.get(key)) replay.insert(key, *kept);
  return replay;
}

toml::table& table_of(toml::table& root, const char* key) {
  if (root.get_as<toml::table>(key) == nullptr) root.insert_or_assign(key, toml::table{});
  return *root.get_as<toml::table>(key);
}

}  // namespace

Result<PlayConfig> make_play_config(const Journal& journal, const std::string& toml,
                                    const PlayOptions& options) {
  toml::table root;
  try {
    root = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    return fail(Code::kInvalid,
                "the configuration is not TOML: " + std::string(error.description()),
                "line " + std::to_string(error.source().begin.line));
  }
  for (const char* key : {"recording", "service", "status"}) root.erase(key);
  toml::table& publish = table_of(root, "publish");
  publish.erase("heartbeat");
  publish.insert_or_assign("bind", toml::array{"ipc://" + options.folder + "/data"});
  root.insert_or_assign("control",
                        toml::table{{"bind", toml::array{"ipc://" + options.folder + "/control"}}});

  PlayConfig made;
  std::set<std::string> streams;
  std::set<std::string> recorded;
  for (const JournalStream& stream : journal.streams()) {
    streams.insert(stream.name);
    recorded.insert(stream.instrument);
  }
  toml::table& instruments = table_of(root, "instrument");
  toml::table replays;
  for (auto&& [name, node] : instruments) {
    const std::string instrument(name.str());
    if (!recorded.contains(instrument) || !node.is_table()) continue;
    replays.insert(instrument, replay_of(instrument, *node.as_table(), options));
    made.instruments.push_back(instrument);
  }
  instruments = std::move(replays);
  made.left_out = prune(table_of(root, "pipeline"), streams);
  if (made.instruments.empty() || table_of(root, "pipeline").empty()) {
    std::string names;
    for (const std::string& name : streams) names += (names.empty() ? "" : ", ") + name;
    return fail(Code::kInvalid, "the configuration has no pipeline for what was recorded",
                "pipeline", names.empty() ? "a recording with streams" : "pipelines from " + names);
  }
  std::ostringstream text;
  text << root << "\n";
  made.toml = text.str();
  return made;
}

}  // namespace acq::tool
