// Names of single parameters: "instrument.NAME.param" and "pipeline.NAME.BLOCK.param".
#pragma once

#include <string>
#include <string_view>

#include "dsp/base/params.h"
#include "proto/config.h"

namespace acq {

// A parameter found in a configuration, with its declaration and the table that holds its value.
struct SettingPlace {
  Table* table = nullptr;
  std::span<const ParamSpec> specs;
  const ParamSpec* spec = nullptr;
  std::string where;  // field path of the table, as problems name it
};

// Finds a parameter. BLOCK is a tap, a block's name, or its number from 0. kNotFound says which
// part of the path is wrong and what there is instead.
Result<SettingPlace> find_setting(Config& config, std::string_view path);

}  // namespace acq
