#include "tests/validation/vectors.h"
#include "tests/support/paths.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <sstream>

namespace acq::test {
namespace {

static_assert(std::endian::native == std::endian::little);

struct Pending {
  Array* array;
  bool is_single;
};

Value param_value(std::istringstream& words) {
  std::string type;
  words >> type;
  if (type == "numbers") {
    List list;
    for (double number = 0; words >> number;) list.emplace_back(number);
    return list;
  }
  if (type == "number") {
    double number = 0;
    words >> number;
    return number;
  }
  std::string rest;
  std::getline(words >> std::ws, rest);
  if (type == "flag") return rest == "true";
  return rest;
}

// One line about a case; false when it is none that the format knows.
bool read_line(const std::string& key, std::istringstream& words, VectorCase& to,
               std::vector<Pending>& pending) {
  std::string name;
  words >> name;
  if (key == "param") {
    to.params[name] = param_value(words);
  } else if (key == "value") {
    words >> to.values[name];
  } else if (key == "text") {
    std::getline(words >> std::ws, to.texts[name]);
  } else if (key == "array") {
    std::string type;
    words >> type;
    Array& array = to.arrays[name];
    for (std::size_t n = 0; words >> n;) array.shape.push_back(n);
    pending.push_back({&array, type == "f32"});
    return type == "f32" || type == "f64";
  } else {
    return false;
  }
  return true;
}

template <typename T>
bool read_values(std::istream& file, Array& array) {
  const std::size_t count =
      std::accumulate(array.shape.begin(), array.shape.end(), std::size_t{1}, std::multiplies<>());
  std::vector<T> raw(count);
  file.read(reinterpret_cast<char*>(raw.data()), static_cast<std::streamsize>(count * sizeof(T)));
  array.values.assign(raw.begin(), raw.end());
  return static_cast<bool>(file);
}

}  // namespace

Array Array::row(std::size_t i) const {
  Array out;
  out.shape.assign(shape.begin() + 1, shape.end());
  const std::size_t size = values.size() / shape.at(0);
  const auto from = values.begin() + static_cast<std::ptrdiff_t>(i * size);
  out.values.assign(from, from + static_cast<std::ptrdiff_t>(size));
  return out;
}

Result<Vectors> read_vectors(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Vectors vectors;
  std::vector<Pending> pending;
  std::string line;
  if (!std::getline(file, line) || line != "acqd-vectors 1") {
    return fail(Code::kInvalid, "not a file of vectors", path);
  }
  for (int number = 2; std::getline(file, line) && line != "end"; ++number) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "operation") {
      words >> vectors.operation;
    } else if (key == "block") {
      words >> vectors.block;
    } else if (key == "oracle") {
      std::getline(words >> std::ws, vectors.oracle);
    } else if (key == "case") {
      vectors.cases.emplace_back();
      words >> vectors.cases.back().name;
      // Arrays are filled in at the end: their addresses must hold, and std::map's nodes do.
    } else if (vectors.cases.empty() || !read_line(key, words, vectors.cases.back(), pending)) {
      return fail(Code::kInvalid, "not understood: " + line, path + ":" + std::to_string(number));
    }
  }
  for (const Pending& next : pending) {
    const bool is_read = next.is_single ? read_values<float>(file, *next.array)
                                        : read_values<double>(file, *next.array);
    if (!is_read) return fail(Code::kInvalid, "ends within the values of an array", path);
  }
  if (file.peek() != std::ifstream::traits_type::eof()) {
    return fail(Code::kInvalid, "goes on behind its last array", path);
  }
  return vectors;
}

std::vector<std::string> vector_files() {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(ACQ_SOURCE_DIR "/tests/validation/vectors")) {
    if (entry.path().extension() == ".vec") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace acq::test
