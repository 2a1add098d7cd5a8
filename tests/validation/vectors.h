// Reads the files of tests/validation/vectors; generate.py describes the format.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "dsp/base/params.h"
#include "dsp/base/result.h"

namespace acq::test {

struct Array {
  std::vector<std::size_t> shape;
  std::vector<double> values;

  // Of a (rows, ...) array: row `i`.
  [[nodiscard]] Array row(std::size_t i) const;
};

struct VectorCase {
  std::string name;
  Table params;
  std::map<std::string, double> values;
  std::map<std::string, std::string> texts;
  std::map<std::string, Array> arrays;

  [[nodiscard]] bool has(const std::string& array) const { return arrays.contains(array); }
};

struct Vectors {
  std::string operation;
  std::string block;  // empty: a test of its own reads the file
  std::string oracle;
  std::vector<VectorCase> cases;
};

// kInvalid, with the line, when the file is not as described.
Result<Vectors> read_vectors(const std::string& path);

// The paths of all files, in order of their names.
std::vector<std::string> vector_files();

}  // namespace acq::test
