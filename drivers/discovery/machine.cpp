#include "drivers/discovery/machine.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace acq::discovery {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostLineBytes = 512;
constexpr std::size_t kMostNames = 4096;
constexpr std::string_view kBlank = " \t\r\n";

}  // namespace

std::string read_line(const std::string& path) {
  std::array<char, kMostLineBytes> line{};
  std::ifstream file(path);
  file.getline(line.data(), line.size());
  std::string text(line.data());
  text.erase(text.find_last_not_of(kBlank) + 1);
  text.erase(0, text.find_first_not_of(kBlank));
  return text;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator one(folder, error); !error && one != fs::directory_iterator();
       one.increment(error)) {
    if (names.size() == kMostNames) break;
    names.push_back(one->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string link_name(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  return error ? std::string() : target.filename().string();
}

}  // namespace acq::discovery
