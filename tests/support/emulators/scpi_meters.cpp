#include "tests/support/emulators/scpi_meters.h"

#include <algorithm>

namespace acq::test {
namespace {

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
    std::string out(line);
    for (std::size_t at; (at = out.find(":DC")) != std::string::npos;) out.erase(at, 3);
    return out;
  }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "ACME,DMM7000,MM000017,2.5";
    if (h == "INIT") return single(), "";
    if (h == "ABOR") return stop(), "";
    if (h == "*ESR") return is_finished() ? "1" : "0";
    if (h == "FETC") return reading();
    if (h == "READ") return holds ? std::nullopt : std::optional(reading());
    return std::nullopt;
  }

  std::string reading() {
    ++count_;
    if (happens(ScpiFault::kGarbage)) return "***";
    if (happens(ScpiFault::kHoles)) return "+9.90000000E+37";
    return scientific(value(at("FUNC") + ":RANG") * static_cast<double>(count_) / 1000, 8);
  }

  int count_ = 0;
};

// A load of 10 ohm is on its output.
class Supply final : public ScpiModel {
 public:
  Supply() : ScpiModel(0, 1) {
    numbers["VOLT"] = {0, 0, 30};
    numbers["CURR"] = {1, 0, 5};
    words["OUTP"] = {"0", {"0", "1", "ON", "OFF"}};
    numbers["INST:NSEL"] = {1, 1, 3};
  }

 private:
  std::optional<std::string> own(const Message& message) override {
    constexpr double kLoad_ohm = 10;
    const std::string& h = message.header;
    const bool is_on = at("OUTP") == "1" || at("OUTP") == "ON";
    const double volts = is_on ? std::min(value("VOLT"), value("CURR") * kLoad_ohm) : 0;
    if (h == "*IDN") return "ACME,PSU30-5,PS000023,1.1";
    if (h == "*ESR") return holds ? "0" : "1";
    if (h == "MEAS:VOLT") return scientific(volts);
    if (h == "MEAS:CURR") return scientific(volts / kLoad_ohm);
    return std::nullopt;
  }
};

class Generator final : public ScpiModel {
 public:
  Generator() : ScpiModel(0, 1) {
    numbers["FREQ"] = {1000, 1e-6, 20e6};
    numbers["VOLT"] = {0.1, 1e-3, 10};
    numbers["VOLT:OFFS"] = {0, -5, 5};
    words["FUNC"] = {"SIN", {"SIN", "SQU", "RAMP", "PULS", "NOIS", "DC"}};
    words["OUTP"] = {"0", {"0", "1", "ON", "OFF"}};
  }

 private:
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
