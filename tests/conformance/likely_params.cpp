#include "tests/conformance/likely_params.h"

#include <algorithm>
#include <cmath>

namespace acq::test {
namespace {

class Likely {
 public:
  explicit Likely(std::mt19937_64& random) : random_(random) {}

  Table changed(const BlockEntry& entry) {
    Table params = entry.example();
    for (const ParamSpec& spec : entry.params) {
      if (chance(0.6)) continue;
      const auto old = params.find(spec.name);
      if (std::optional<Value> value =
              another(spec, old == params.end() ? nullptr : &old->second)) {
        params.insert_or_assign(std::string(spec.name), std::move(*value));
      }
    }
    return params;
  }

 private:
  bool chance(double part) { return uniform(0, 1) < part; }
  double uniform(double from, double to) {
    return std::uniform_real_distribution<>(from, to)(random_);
  }
  double log_uniform(double from, double to) {
    return std::exp(uniform(std::log(from), std::log(to)));
  }

  std::optional<Value> another(const ParamSpec& spec, const Value* old) {
    switch (spec.type) {
      case ParamType::kFlag: return Value(chance(0.5));
      case ParamType::kChoice:
        return Value(std::string(spec.choices[random_() % spec.choices.size()]));
      case ParamType::kNumber:
      case ParamType::kInteger: return Value(number(spec, old));
      default: return std::nullopt;  // text and lists have rules of their own
    }
  }

  double number(const ParamSpec& spec, const Value* old) {
    double value = usual(spec);
    if (const auto* given = old != nullptr ? std::get_if<double>(old) : nullptr) {
      value = *given * log_uniform(0.3, 3);
    }
    if (spec.type == ParamType::kInteger) value = std::round(value);
    return std::clamp(value, spec.min, spec.max);
  }

  // Of the size that means something for the inputs of example_input(): 1 kHz, around 1.
  double usual(const ParamSpec& spec) {
    if (spec.unit == "Hz") return log_uniform(2, 480);
    if (spec.unit == "s") return log_uniform(1e-3, 0.5);
    if (spec.in_signal_unit) return uniform(-1, 1);
    if (spec.type == ParamType::kInteger) return log_uniform(1, 300);
    return log_uniform(0.1, 10);
  }

  std::mt19937_64& random_;
};

}  // namespace

Table likely_params(const BlockEntry& entry, const SignalInfo& in, std::mt19937_64& random) {
  Likely likely(random);
  for (int attempt = 0; attempt < 20; ++attempt) {
    Table params = likely.changed(entry);
    if (refusal(entry.name, params, in).code == Code::kOk) return params;
  }
  return entry.example();
}

}  // namespace acq::test
