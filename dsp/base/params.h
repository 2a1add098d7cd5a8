// Parameters: how a block or driver declares them, and their checked values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dsp/base/result.h"

namespace acq {

struct Value;
using List = std::vector<Value>;
using Table = std::map<std::string, Value, std::less<>>;

// A value as a person or client wrote it: quantities are still text ("20 kHz").
struct Value : std::variant<bool, double, std::string, List, Table> {
  using variant::variant;
};

// "20 kHz", 3.5, true, [1, 2] ... as one would type it in the configuration.
std::string to_text(const Value& value);

enum class ParamType : std::uint8_t {
  kNumber,   // float64 in the declared unit; text with a unit is converted
  kInteger,  // a whole number
  kFlag,
  kText,
  kChoice,   // one of `choices`
  kNumbers,  // a list of numbers in the declared unit
  kTables,   // a list of tables, each with `fields`
};

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

// The declaration of one parameter: validates the configuration, feeds the control protocol, the
// generated documentation, the conformance tests and the fuzzers. Lives as long as the program.
struct ParamSpec {
  std::string_view name;
  ParamType type = ParamType::kNumber;
  std::string_view unit = "";  // "Hz", "s", "V", "" for a bare number
  double min = -kNoLimit;      // both ends are allowed values
  double max = kNoLimit;
  std::string_view fallback =
      "";  // the default as text; "" with `required` false means "not given"
  bool required = false;
  std::string_view text = "";
  std::span<const std::string_view> choices = {};
  std::span<const ParamSpec> fields = {};
  bool live = true;  // may change while running; false: changing it restarts the instrument
  // A kNumber in the unit of the block's input, which only configure() knows: read it with
  // Params::number_in(). It has no `unit`; before the unit is known, `min` and
  // `max` hold for the number as it is written.
  bool in_signal_unit = false;
};

// Checked values of all declared parameters, defaults filled in: numbers in the declared unit and
// within range. Asking for an undeclared name or another type is our own bug and aborts.
class Params {
 public:
  // Checks `given` against `specs`; all that is wrong is reported, each with the field path.
  static Result<Params> check(std::span<const ParamSpec> specs, const Table& given,
                              std::string_view where);
  // The same, with every problem instead of the first.
  static Params check(std::span<const ParamSpec> specs, const Table& given, std::string_view where,
                      std::vector<Error>& problems);

  [[nodiscard]] double number(std::string_view name) const;
  // Of a parameter that is declared `in_signal_unit`: a bare number as it is, text ("0.5 V")
  // converted to `unit`. kInvalid where the two do not fit; the field is `name`.
  [[nodiscard]] Result<double> number_in(std::string_view name, std::string_view unit) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] const std::string& text(std::string_view name) const;  // kText and kChoice
  [[nodiscard]] std::vector<double> numbers(std::string_view name) const;
  [[nodiscard]] const std::vector<Params>& tables(std::string_view name) const;
  // Whether a value is there: given, or by default.
  [[nodiscard]] bool has(std::string_view name) const;

  // The value in force of every parameter, as a client sees it (numbers in the declared unit).
  [[nodiscard]] const Table& values() const noexcept { return values_; }
  bool operator==(const Params& other) const;

 private:
  template <typename T>
  [[nodiscard]] const T& at(std::string_view name) const;
  void check_tables(const ParamSpec& spec, const Value& given, const std::string& path,
                    std::vector<Error>& problems);

  Table values_;
  std::map<std::string, std::vector<Params>, std::less<>> tables_;
};

}  // namespace acq
