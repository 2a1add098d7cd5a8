// The instrument profiles there are: those built in, and those of a folder.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/scpi/profile.h"

namespace acq::scpi {

struct ProfileText {
  std::string_view name;  // of the file, without its ending
  std::string_view toml;
};

// As they are in drivers/scpi/profiles, in the order of their names. Generated.
std::span<const ProfileText> built_in_profiles() noexcept;

// All profiles: those of `folder` (none when it is empty) before those built in, so that a file of
// the same name replaces one. kNotFound: there is no such folder; kInvalid with file and line.
Result<std::vector<Profile>> load_profiles(const std::string& folder);

// The profile for an instrument, with the constants of its model: the one named, or, when `name` is
// empty, the first whose patterns fit. kNotFound says which there are.
Result<Profile> choose_profile(std::vector<Profile> profiles, std::string_view name,
                               const std::string& vendor, const std::string& model);

}  // namespace acq::scpi
