#include "daemon/setting_path.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "drivers/driver.h"
#include "dsp/block.h"

namespace acq {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

template <typename Map>
std::string names_of(const Map& map) {
  std::string out;
  for (const auto& [name, value] : map) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Result<SettingPlace> with_spec(SettingPlace place, const std::string& param,
                               std::string_view path) {
  std::string allowed;
  for (const ParamSpec& spec : place.specs) {
    if (spec.name == param) place.spec = &spec;
    allowed += (allowed.empty() ? "" : ", ") + std::string(spec.name);
  }
  if (place.spec != nullptr) return place;
  return fail(Code::kNotFound, place.where + " has no parameter '" + param + "'", std::string(path),
              allowed);
}

Result<SettingPlace> in_pipeline(const std::string& name, PipelineConfig& pipeline,
                                 const std::string& block, const std::string& param,
                                 std::string_view path) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(block.data(), block.data() + block.size(), number);
  const bool is_number = error == std::errc{} && end == block.data() + block.size();
  std::string allowed;
  for (std::size_t i = 0; i < pipeline.blocks.size(); ++i) {
    BlockConfig& config = pipeline.blocks[i];
    allowed += (allowed.empty() ? "" : ", ") + (config.tap.empty() ? config.block : config.tap);
    const bool is_it = is_number ? number == i : config.tap == block || config.block == block;
    const BlockEntry* entry = find_block(config.block);
    if (!is_it || entry == nullptr) continue;
    return with_spec({&config.params, entry->params, nullptr,
                      "pipeline." + name + ".blocks[" + std::to_string(i) + "]"},
                     param, path);
  }
  return fail(Code::kNotFound, "pipeline '" + name + "' has no block '" + block + "'",
              std::string(path), allowed);
}

}  // namespace

Result<SettingPlace> find_setting(Config& config, std::string_view path) {
  const std::vector<std::string> parts = split(path);
  if (parts.size() == 3 && parts[0] == "instrument") {
    const auto found = config.instruments.find(parts[1]);
    if (found == config.instruments.end()) {
      return fail(Code::kNotFound, "there is no instrument '" + parts[1] + "'", std::string(path),
                  names_of(config.instruments));
    }
    const DriverEntry* driver = find_driver(found->second.driver);
    ACQ_CHECK(driver != nullptr);  // a configuration in force has only drivers that exist
    return with_spec({&found->second.params, driver->params, nullptr, "instrument." + parts[1]},
                     parts[2], path);
  }
  if (parts.size() == 4 && parts[0] == "pipeline") {
    const auto found = config.pipelines.find(parts[1]);
    if (found == config.pipelines.end()) {
      return fail(Code::kNotFound, "there is no pipeline '" + parts[1] + "'", std::string(path),
                  names_of(config.pipelines));
    }
    return in_pipeline(parts[1], found->second, parts[2], parts[3], path);
  }
  return fail(Code::kNotFound,
              "'" + std::string(path.substr(0, 64)) + "' does not name a parameter",
              std::string(path.substr(0, 64)), "instrument.NAME.PARAM, pipeline.NAME.BLOCK.PARAM");
}

}  // namespace acq
