#include "drivers/scpi/profiles.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

namespace acq::scpi {
namespace {

constexpr std::size_t kLargestFile_bytes = std::size_t{256} << 10;

// std::regex throws on input it finds too complex, which to us is no match.
bool fits(const std::string& pattern, const std::string& text) {
  try {
    return std::regex_match(text, std::regex(pattern));
  } catch (const std::regex_error&) {
    return false;
  }
}

Result<std::string> read_text(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) > kLargestFile_bytes || error)
    return fail(Code::kInvalid, "no file of a profile", path.string(), "at most 256 KiB");
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return fail(Code::kIo, "cannot be read", path.string());
  return text;
}

}  // namespace

Result<std::vector<Profile>> load_profiles(const std::string& folder) {
  std::vector<Profile> profiles;
  std::vector<std::filesystem::path> paths;
  if (!folder.empty()) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
      if (entry.path().extension() == ".toml") paths.push_back(entry.path());
    if (error) return fail(Code::kNotFound, "no folder " + quote(folder), "profiles");
  }
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    const Result<std::string> text = read_text(path);
    if (!text) return tl::unexpected<Error>(text.error());
    Result<Profile> profile = parse_profile(*text, path.string());
    if (!profile) return tl::unexpected<Error>(profile.error());
    profiles.push_back(std::move(*profile));
  }
  for (const ProfileText& text : built_in_profiles()) {
    Result<Profile> profile = parse_profile(text.toml, std::string(text.name) + ".toml");
    if (!profile) return tl::unexpected<Error>(profile.error());
    const bool is_replaced = std::any_of(profiles.begin(), profiles.end(),
                                         [&](const Profile& p) { return p.name == profile->name; });
    if (!is_replaced) profiles.push_back(std::move(*profile));
  }
  return profiles;
}

Result<Profile> choose_profile(std::vector<Profile> profiles, std::string_view name,
                               const std::string& vendor, const std::string& model) {
  std::string names;
  for (Profile& profile : profiles) {
    names += (names.empty() ? "" : " ") + profile.name;
    const bool is_it = name.empty() ? fits(profile.vendor, vendor) && fits(profile.model, model)
                                    : profile.name == name;
    if (!is_it) continue;
    for (const auto& [pattern, constants] : profile.models) {
      if (!fits(pattern, model)) continue;
      for (const auto& [term, value] : constants) profile.constants[term] = value;
      break;
    }
    return std::move(profile);
  }
  const std::string what =
      name.empty() ? "no profile fits " + quote(vendor + " " + model) : "no profile " + quote(name);
  return fail(Code::kNotFound, what, "profile", names);
}

}  // namespace acq::scpi
