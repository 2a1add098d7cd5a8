#include "tests/support/emulators/scpi_counter.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace acq::test {
namespace {

constexpr const char* kNoNumber = "+9.91E+37";
constexpr std::array kOn{"1", "1.0", "ON"};

class Counter : public ScpiModel {
 public:
  // `gates`: the numbers that are the gate of frequency and period, and that of totals.
  Counter(std::string own_identity, std::string gate, std::string total_gate)
      : ScpiModel(0, 1),
        own_identity_(std::move(own_identity)),
        gate_(std::move(gate)),
        total_gate_(std::move(total_gate)) {}

 protected:
  // Whether it measures without being asked to.
  [[nodiscard]] bool is_continuous() const {
    const auto found = words.find("INIT:CONT");
    return found != words.end() && std::ranges::find(kOn, found->second.value) != kOn.end();
  }
  // Whether totals are taken within a gate.
  [[nodiscard]] virtual bool has_total_gate() const { return true; }

  [[nodiscard]] std::string answer_of(const std::string& /*header*/,
                                      const std::string& value) const override {
    if (value == "ON") return "1";
    return value == "OFF" ? "0" : value;
  }
  [[nodiscard]] std::string essence(std::string_view line) const override {
    std::string out(line);
    for (std::size_t at; (at = out.find("SENS:")) != std::string::npos;) out.erase(at, 5);
    return out;
  }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return own_identity_;
    if (h == "FUNC") return message.is_query ? told_function() : choose(message.arguments);
    if (h == "INIT") return begin();
    if (h == "ABOR") return stop(), "";
    if (h == "*ESR") return is_finished() ? "1" : "0";
    if (h == "FETC") return reading();
    if (h == "READ") return holds ? std::nullopt : std::optional(reading());
    return std::nullopt;
  }

  void set_channel(int channel) { channel_ = channel; }
  void set_function(std::string function) { function_ = std::move(function); }

  std::string reading() {
    ++count_;
    if (happens(ScpiFault::kGarbage)) return "***";
    if (happens(ScpiFault::kHoles)) return "+9.90000000E+37";
    const double frequency_hz = 1e6 * channel_ + count_;
    if (function_ == "FREQ") return scientific(frequency_hz, 14);
    if (function_ == "PER") return scientific(1 / frequency_hz, 14);
    if (function_ == "TINT") return scientific(1e-9 * count_, 14);
    if (has_total_gate()) return scientific(std::floor(value(total_gate_) * frequency_hz), 14);
    refuse(-221, "Settings conflict");
    return kNoNumber;
  }

 private:
  std::string begin() {
    if (is_continuous()) {
      refuse(-213, "Init ignored");
    } else {
      single();
    }
    return "";
  }

  // The channel is left out where it is the one taken when none is said: 53131A Programming Guide,
  // chapter 4.
  [[nodiscard]] std::string told_function() const {
    const bool is_usual = channel_ == 1 || function_ == "TINT";
    return "\"" + function_ + (is_usual ? "" : " " + std::to_string(channel_)) + "\"";
  }

  std::string choose(std::string text) {
    std::erase_if(text, [](char c) { return c == '"' || c == '\''; });
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const std::size_t space = text.find(' ');
    const std::string function = text.substr(0, space);
    const std::string channels = space == std::string::npos ? "" : text.substr(space + 1);
    constexpr std::array kFunctions{"FREQ", "PER", "TINT", "TOT"};
    const bool is_known = std::ranges::find(kFunctions, function) != kFunctions.end();
    const bool is_pair = function == "TINT";
    const int channel = channels.empty() ? 1 : std::atoi(channels.c_str());
    if (!is_known || (is_pair && !channels.empty() && channels != "1,2") || channel < 1 ||
        channel > 3) {
      refuse(-224, "Illegal parameter value");
      return "";
    }
    function_ = function;
    channel_ = channel;
    return "";
  }

  const std::string own_identity_;
  const std::string gate_;
  const std::string total_gate_;
  std::string function_ = "FREQ";
  int channel_ = 1;
  int count_ = 0;
};

class KeysightCounter final : public Counter {
 public:
  KeysightCounter()
      : Counter("Keysight Technologies,53220A,MY00000001,02.05", "FREQ:GATE:TIME",
                "TOT:GATE:TIME") {
    for (const std::string function : {"FREQ", "TOT"}) {
      numbers[function + ":GATE:TIME"] = {0.1, 1e-4, 1000};
      words[function + ":GATE:SOUR"] = {"TIME", {"TIME", "EXT", "INP1", "INP2", "ADV"}};
    }
  }
};

class HpCounter final : public Counter {
 public:
  HpCounter() : Counter("HEWLETT-PACKARD,53131A,0,3944", "FREQ:ARM:STOP:TIM", "TOT:ARM:STOP:TIM") {
    for (const std::string function : {"FREQ", "TOT"}) {
      numbers[function + ":ARM:STOP:TIM"] = {0.1, 1e-3, 1000};
      words[function + ":ARM:STAR:SOUR"] = {"IMM", {"IMM", "EXT"}};
      words[function + ":ARM:STOP:SOUR"] = {"IMM", {"IMM", "EXT", "TIM", "DIG"}};
    }
    words["INIT:CONT"] = {"1", {"0", "1", "ON", "OFF"}};
  }

 private:
  [[nodiscard]] bool has_total_gate() const override { return at("TOT:ARM:STOP:SOUR") == "TIM"; }
};

class PendulumCounter final : public Counter {
 public:
  PendulumCounter() : Counter("Pendulum, CNT-91, 0, V1.26", "ACQ:APER", "ACQ:APER") {
    numbers["ACQ:APER"] = {0.01, 2e-8, 1000};
    numbers["FORM:SMAX"] = {10000, 4, 10000};
    words["FORM"] = {"ASC", {"ASC", "REAL"}};
    words["ARM:SOUR"] = {"IMM", {"IMM", "EXT1", "EXT2", "EXT4"}};
    words["ARM:SLOP"] = {"POS", {"POS", "NEG"}};
    words["CAL:INT:AUTO"] = {"1", {"0", "1", "0.0", "1.0", "ON", "OFF"}};
    words["INIT:CONT"] = {"1", {"0", "1", "0.0", "1.0", "ON", "OFF"}};
  }

 private:
  [[nodiscard]] bool has_total_gate() const override { return false; }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "CONF:ARR:FREQ" || h == "CONF:ARR:FREQ:BTB") {
      const std::string& a = message.arguments;  // "100,(@2)"
      const std::size_t channel = a.find('@');
      if (channel == std::string::npos) return std::nullopt;
      samples_ = std::atoi(a.c_str());
      set_channel(std::atoi(a.c_str() + channel + 1));
      set_function("FREQ");
      return "";
    }
    if (h == "FETC:ARR") {
      const int asked =
          message.arguments == "MAX" ? samples_ : std::atoi(message.arguments.c_str());
      std::string out;
      for (int i = 0; i < std::min(asked, samples_); ++i) out += (i == 0 ? "" : ",") + reading();
      return out;
    }
    return Counter::own(message);
  }

  int samples_ = 0;
};

}  // namespace

std::unique_ptr<ScpiModel> make_counter() {
  return std::make_unique<KeysightCounter>();
}

std::unique_ptr<ScpiModel> make_counter_hp() {
  return std::make_unique<HpCounter>();
}

std::unique_ptr<ScpiModel> make_counter_pendulum() {
  return std::make_unique<PendulumCounter>();
}

}  // namespace acq::test
