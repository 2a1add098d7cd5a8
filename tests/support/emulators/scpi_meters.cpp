#include "tests/support/emulators/scpi_meters.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace acq::test {
namespace {

// SCPI-99 volume 1, 5.1: nodes in brackets may be left out.
std::string replaced(
    std::string_view line,
    std::initializer_list<std::pair<std::string_view, std::string_view>> optional) {
  std::string out(line);
  for (const auto& [node, left] : optional)
    for (std::size_t at; (at = out.find(node)) != std::string::npos;)
      out.replace(at, node.size(), left);
  return out;
}

// Its readings count: 0.001, 0.002 ... of the range, so that each is known.
class Multimeter final : public ScpiModel {
 public:
  Multimeter() : ScpiModel(0, 1) {
    words["FUNC"] = {"VOLT",
                     {"VOLT", "VOLT:AC", "CURR", "CURR:AC", "RES", "FRES", "FREQ", "PER", "TEMP",
                      "CONT", "DIOD", "CAP"}};
    for (const std::string& function : words["FUNC"].allowed) {
      numbers[function + ":RANG"] = {10, 0.1, 1000, true};
      numbers[function + ":NPLC"] = {1, 0.02, 100};
      words[function + ":RANG:AUTO"] = {"1", {"0", "1", "ON", "OFF"}};
    }
  }

 private:
  [[nodiscard]] std::string answer_of(const std::string& header,
                                      const std::string& value) const override {
    return header == "FUNC" ? "\"" + value + "\"" : value;
  }
  // DC is what a voltage or a current is when nothing is said, and left out in answers: 34401A User's
  // Guide, chapter 4.
  [[nodiscard]] std::string essence(std::string_view line) const override {
    return replaced(line, {{":DC", ""}, {"SENS:", ""}});
  }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "ACME,DMM7000,MM000017,2.5";
    if (h == "INIT") return single(), "";
    if (h == "ABOR") return stop(), "";
    if (h == "*ESR") return is_finished() ? "1" : "0";
    if (h == "FETC") return reading();
    if (h == "READ") return holds ? std::nullopt : std::optional(reading());
    if (h == "CONF" && message.is_query) return configuration();
    if (h.starts_with("CONF:") && configure(h.substr(5))) return "";
    if (h.starts_with("MEAS:") && configure(h.substr(5))) return reading();
    return std::nullopt;
  }

  // CONF and MEAS choose the function and what else they say nothing of: SCPI-99 volume 2, chapter 3.
  bool configure(const std::string& function) {
    Word& word = words["FUNC"];
    if (std::ranges::find(word.allowed, function) == word.allowed.end()) return false;
    word.value = function;
    words[function + ":RANG:AUTO"].value = "1";
    return true;
  }
  [[nodiscard]] std::string configuration() const {
    const std::string function = at("FUNC");
    return "\"" + function + " " + scientific(value(function + ":RANG")) + ",3.0E-06\"";
  }

  std::string reading() {
    ++count_;
    if (happens(ScpiFault::kGarbage)) return "***";
    if (happens(ScpiFault::kHoles)) return "+9.90000000E+37";
    return scientific(value(at("FUNC") + ":RANG") * static_cast<double>(count_) / 1000, 8);
  }

  int count_ = 0;
};

// Three outputs, each with a load of 10 ohm; what is said concerns the one that INST:NSEL has
// selected.
class Supply final : public ScpiModel {
 public:
  Supply() : ScpiModel(0, 1) {
    numbers["VOLT"] = {0, 0, 30};
    numbers["CURR"] = {1, 0, 5};
    words["OUTP"] = {"0", {"0", "1", "ON", "OFF"}};
    numbers["INST:NSEL"] = {1, 1, 3};
    numbers["VOLT:PROT"] = {33, 0, 33};
    words["CURR:PROT:STAT"] = {"0", {"0", "1", "ON", "OFF"}};
    words["VOLT:PROT:STAT"] = {"0", {"0", "1", "ON", "OFF"}};
    words["SYST:COMM:RLST"] = {"LOC", {"LOC", "REM", "RWL"}};
    others_.fill({value("VOLT"), value("CURR"), at("OUTP")});
  }

 private:
  [[nodiscard]] std::string answer_of(const std::string& /*header*/,
                                      const std::string& value) const override {
    if (value == "ON") return "1";
    return value == "OFF" ? "0" : value;
  }
  [[nodiscard]] std::string essence(std::string_view line) const override {
    return replaced(line, {{"SOUR:", ""}, {":LEV", ""}, {"OUTP:STAT", "OUTP"}, {":DC", ""}});
  }
  void changed(const std::string& header) override {
    if (header != "INST:NSEL") return;
    others_[selected_] = {value("VOLT"), value("CURR"), at("OUTP")};
    selected_ = static_cast<std::size_t>(value(header)) - 1;
    numbers["VOLT"].value = others_[selected_].volts;
    numbers["CURR"].value = others_[selected_].amperes;
    words["OUTP"].value = others_[selected_].on;
  }

  std::optional<std::string> own(const Message& message) override {
    constexpr double kLoad_ohm = 10;
    const std::string& h = message.header;
    const bool is_on = at("OUTP") == "1" || at("OUTP") == "ON";
    const double volts = is_on ? std::min(value("VOLT"), value("CURR") * kLoad_ohm) : 0;
    if (h == "*IDN") return "ACME,PSU30-5,PS000023,1.1";
    if (h == "*ESR") return holds ? "0" : "1";
    if (h == "MEAS:VOLT") return scientific(volts);
    if (h == "MEAS:CURR") return scientific(volts / kLoad_ohm);
    if (h == "MEAS:POW") return scientific(volts * volts / kLoad_ohm);
    return std::nullopt;
  }

  struct Output {
    double volts = 0;
    double amperes = 0;
    std::string on;
  };
  std::array<Output, 3> others_;
  std::size_t selected_ = 0;
};

class Generator final : public ScpiModel {
 public:
  Generator() : ScpiModel(0, 1) {
    numbers["FREQ"] = {1000, 1e-6, 20e6};
    numbers["VOLT"] = {0.1, 1e-3, 10};
    numbers["VOLT:OFFS"] = {0, -5, 5};
    words["FUNC"] = {"SIN", {"SIN", "SQU", "RAMP", "PULS", "NOIS", "DC"}};
    words["OUTP"] = {"0", {"0", "1", "ON", "OFF"}};
    words["VOLT:UNIT"] = {"VPP", {"VPP", "VRMS", "DBM"}};
  }

 private:
  [[nodiscard]] std::string essence(std::string_view line) const override {
    return replaced(line,
                    {{"SOUR:", ""}, {"SOUR1:", ""}, {"OUTP1", "OUTP"}, {"FUNC:SHAP", "FUNC"}});
  }

  std::optional<std::string> own(const Message& message) override {
    if (message.header == "*IDN") return "ACME,FG20,FG000031,3.0";
    if (message.header == "*ESR") return holds ? "0" : "1";
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<ScpiModel> make_multimeter() {
  return std::make_unique<Multimeter>();
}

std::unique_ptr<ScpiModel> make_supply() {
  return std::make_unique<Supply>();
}

std::unique_ptr<ScpiModel> make_generator() {
  return std::make_unique<Generator>();
}

}  // namespace acq::test
