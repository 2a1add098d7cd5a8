// Rigol and Siglent, as their programming guides describe them.
#include <array>
#include <cstdio>
#include <cstring>

#include "tests/support/emulators/scope_families.h"

namespace acq::test {
namespace {

class Rigol final : public ScpiModel {
 public:
  using ScpiModel::ScpiModel;
  Rigol(std::size_t depth, int looks) : ScpiModel(depth, looks) {
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("CHAN#:SCAL", c)] = kScale;
      numbers[ch("CHAN#:OFFS", c)] = kOffset;
      numbers[ch("CHAN#:PROB", c)] = kProbe;
      words[ch("CHAN#:DISP", c)] = {c <= 2 ? "1" : "0", {"1", "0", "ON", "OFF"}};
      words[ch("CHAN#:COUP", c)] = {"DC", {"DC", "AC", "GND"}};
    }
    numbers["TIM:SCAL"] = kTimebase;
    numbers["TIM:OFFS"] = kDelay;
    numbers["TRIG:EDGE:LEV"] = kLevel;
    words["TRIG:EDGE:SOUR"] = {"CHAN1", {"CHAN1", "CHAN2", "CHAN3", "CHAN4", "AC"}};
    words["TRIG:EDGE:SLOP"] = {"POS", {"POS", "NEG", "RFAL"}};
    words["TRIG:SWE"] = {"AUTO", {"AUTO", "NORM", "SING"}};
    words["WAV:SOUR"] = {"CHAN1", {"CHAN1", "CHAN2", "CHAN3", "CHAN4"}};
    words["WAV:MODE"] = {"NORM", {"NORM", "MAX", "RAW"}};
    words["WAV:FORM"] = {"BYTE", {"BYTE", "WORD", "ASC"}};
    numbers["WAV:STAR"] = {1, 1, 24e6};
    numbers["WAV:STOP"] = {1200, 1, 24e6};
    words["ACQ:MDEP"] = {"AUTO", {"AUTO"}};
    words["ACQ:TYPE"] = {"NORM", {"NORM", "PEAK", "AVER", "HRES"}};
    words["LA:STAT"] = {"0", {"0", "1"}};
  }

 private:
  [[nodiscard]] bool is_deep() const { return at("WAV:MODE") == "RAW"; }
  [[nodiscard]] std::size_t points() const { return is_deep() ? depth_ : 1200; }
  [[nodiscard]] int source() const { return channel_in(at("WAV:SOUR")); }
  [[nodiscard]] double scale() const { return value(ch("CHAN#:SCAL", source())); }
  [[nodiscard]] double increment() const { return scale() / 25; }
  [[nodiscard]] double origin() const {
    return std::round(value(ch("CHAN#:OFFS", source())) / increment());
  }
  [[nodiscard]] double interval() const {
    return value("TIM:SCAL") * 12 / static_cast<double>(points());
  }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "RIGOL TECHNOLOGIES,DS1104Z,DS1ZA000000001,00.04.04.SP3";
    if (h == "SING") return single(), "";
    if (h == "RUN") return run(), "";
    if (h == "STOP") return stop(), "";
    if (h == "TRIG:STAT") return is_finished() ? "STOP" : is_running() ? "AUTO" : "WAIT";
    if (h == "ACQ:SRAT") return scientific(1 / interval());
    if (h == "WAV:XINC") return scientific(interval());
    if (h == "WAV:YINC") return scientific(increment());
    if (h == "WAV:YOR") return whole(origin());
    if (h == "WAV:YREF") return "127";
    if (h == "WAV:PRE") return preamble();
    if (h == "WAV:DATA") return data();
    return std::nullopt;
  }

  std::string preamble() {
    const double told = happens(ScpiFault::kZeroIncrement) ? 0 : interval();
    const double start = value("TIM:OFFS") - value("TIM:SCAL") * 6;
    const std::string type = happens(ScpiFault::kPeak) ? "7" : "0";
    return fields({"0", type, std::to_string(points()), "1", scientific(told), scientific(start),
                   "0", scientific(increment()), whole(origin()), "127"});
  }

  std::string data() {
    const auto first = static_cast<std::size_t>(value("WAV:STAR"));
    const auto last = std::min(static_cast<std::size_t>(value("WAV:STOP")), points());
    const bool is_refused = first > last || last - first >= 250'000 || (is_deep() && is_running());
    const std::size_t count = is_refused ? 0 : last - first + 1;
    return block(codes(source(), scale(), first - 1, count, [&](double volts) {
      return clipped(volts / increment() + origin() + 127, 0, 255);
    }));
  }
};

class SiglentOld final : public ScpiModel {
 public:
  SiglentOld(std::size_t depth, int looks) : ScpiModel(depth, looks) {
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("C#:VDIV", c)] = kScale;
      numbers[ch("C#:OFST", c)] = kOffset;
      numbers[ch("C#:ATTN", c)] = kProbe;
      numbers[ch("C#:TRLV", c)] = kLevel;
      words[ch("C#:TRA", c)] = {c <= 2 ? "ON" : "OFF", {"ON", "OFF"}};
      words[ch("C#:CPL", c)] = {"D1M", {"D1M", "A1M", "GND", "D50", "A50"}};
      words[ch("C#:TRSL", c)] = {"POS", {"POS", "NEG", "WINDOW"}};
    }
    for (const char* source : {"EX", "LINE"}) {
      numbers[source + std::string(":TRLV")] = kLevel;
      words[source + std::string(":TRSL")] = {"POS", {"POS", "NEG", "WINDOW"}};
    }
    numbers["TDIV"] = kTimebase;
    numbers["TRDL"] = kDelay;
    words["TRMD"] = {"AUTO", {"AUTO", "NORM", "SINGLE", "STOP"}};
    words["DI:SW"] = {"OFF", {"ON", "OFF"}};  // of the digital channels
    words["CHDR"] = {"SHORT", {"OFF", "SHORT", "LONG"}};
  }

 private:
  [[nodiscard]] bool is_bare() const { return words.at("CHDR").value == "OFF"; }
  [[nodiscard]] std::string text_of(const std::string& header, double value) const override {
    const bool is_time = header == "TDIV" || header == "TRDL";
    if (is_bare()) return scientific(value, 2);
    return header + " " + scientific(value, 2) + (is_time ? "S" : "V");
  }
  [[nodiscard]] std::string answer_of(const std::string& header,
                                      const std::string& value) const override {
    return is_bare() ? value : header + " " + value;
  }
  [[nodiscard]] double rate() const { return static_cast<double>(depth_) / (value("TDIV") * 14); }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "Siglent Technologies,SDS1104X-E,SDSMMEBQ000001,8.2.6.1.37R9";
    if (h == "ARM") return single(), "";
    if (h == "STOP") return stop(), "";
    if (h == "SAST") return is_finished() ? "Stop" : "Ready";
    // Bit 0: a capture is over; bit 13: the trigger is ready.
    if (h == "INR") return is_finished() ? "8193" : "8192";
    if (h == "SARA")
      return is_bare() ? scientific(rate(), 8) : "SARA " + scientific(rate()) + "Sa/s";
    if (h == "SANU") {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%.3fkpts", static_cast<double>(depth_) / 1000);
      return text.data();
    }
    if (h == "TRSE") return trigger_source(message);
    if (h == "WFSU") return window(message);
    if (h.ends_with(":WF")) {
      // ALL has the waveform descriptor in front.
      const bool is_all = message.arguments == "ALL";
      const std::string head = is_bare() ? "" : h + " ";
      return head + (is_all ? "ALL," : "DAT2,") + data(channel_in(h), is_all ? 346 : 0);
    }
    return std::nullopt;
  }

  std::optional<std::string> trigger_source(const Message& message) {
    if (message.is_query) return "EDGE,SR," + source_ + ",HT,OFF";
    std::string rest = message.arguments;
    rest.erase(0, rest.find("SR,") + 3);
    const std::string source = rest.substr(0, rest.find(','));
    if (!words.contains(source + ":TRSL"))
      refuse(-224, "Illegal parameter value");
    else
      source_ = source;
    return "";
  }

  // "SP,1,NP,1000,FP,0"
  std::optional<std::string> window(const Message& message) {
    std::sscanf(message.arguments.c_str(), "SP,%zu,NP,%zu,FP,%zu", &sparsing_, &count_, &first_);
    return "SP," + std::to_string(sparsing_) + ",NP," + std::to_string(count_) + ",FP," +
           std::to_string(first_);
  }

  // Two's complement around the middle of the screen.
  std::string data(int channel, std::size_t in_front) {
    const double scale = value(ch("C#:VDIV", channel)), offset = value(ch("C#:OFST", channel));
    const std::size_t left = depth_ - std::min(first_, depth_);
    const std::size_t count = count_ == 0 ? left : std::min(count_, left);
    // Some of these send two newlines.
    const std::string all = codes(channel, scale, first_, count, [&](double volts) {
      return clipped((volts + offset) * 25 / scale, -128, 127);
    });
    return block(std::string(in_front, '\0') + all) + "\n";
  }

  std::string source_ = "C1";
  std::size_t sparsing_ = 0, count_ = 0, first_ = 0;
};

class Siglent final : public ScpiModel {
 public:
  Siglent(std::size_t depth, int looks) : ScpiModel(depth, looks) {
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("CHAN#:SCAL", c)] = kScale;
      numbers[ch("CHAN#:OFFS", c)] = kOffset;
      numbers[ch("CHAN#:PROB", c)] = kProbe;
      words[ch("CHAN#:SWIT", c)] = {c <= 2 ? "ON" : "OFF", {"ON", "OFF"}};
      words[ch("CHAN#:COUP", c)] = {"DC", {"DC", "AC", "GND"}};
    }
    numbers["TIM:SCAL"] = kTimebase;
    numbers["TIM:DEL"] = kDelay;
    numbers["TRIG:EDGE:LEV"] = kLevel;
    words["TRIG:EDGE:SOUR"] = {"C1", {"C1", "C2", "C3", "C4", "EX", "LINE"}};
    words["TRIG:EDGE:SLOP"] = {"RISing", {"RISing", "FALLing", "ALTernate"}};
    words["TRIG:MODE"] = {"AUTO", {"AUTO", "NORMal", "SINGle", "FTRIG"}};
    words["WAV:SOUR"] = {"C1", {"C1", "C2", "C3", "C4"}};
    words["WAV:WIDT"] = {"BYTE", {"BYTE", "WORD"}};
    numbers["WAV:STAR"] = {0, 0, 1e9};
    numbers["WAV:POIN"] = {0, 0, 1e9};
    numbers["WAV:INT"] = {1, 1, 1};  // every sample
  }

 private:
  static constexpr float kCodesPerDivision = 30;
  static constexpr std::size_t kMostPoints = 200'000;
  [[nodiscard]] int source() const { return channel_in(at("WAV:SOUR")); }
  [[nodiscard]] double scale() const { return value(ch("CHAN#:SCAL", source())); }
  [[nodiscard]] double offset() const { return value(ch("CHAN#:OFFS", source())); }
  [[nodiscard]] double probe() const { return value(ch("CHAN#:PROB", source())); }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "Siglent Technologies,SDS2104X Plus,SDS2PDDQ6R0001,1.3.9R12";
    if (h == "TRIG:RUN") return at("TRIG:MODE") == "SINGle" ? single() : run(), "";
    if (h == "TRIG:STOP") return stop(), "";
    if (h == "TRIG:STAT") return is_finished() ? "Stop" : "Ready";
    if (h == "WAV:MAXP") return std::to_string(kMostPoints);
    if (h == "WAV:PRE") return preamble();
    if (h == "WAV:DATA") return data();
    return std::nullopt;
  }

  // The waveform descriptor: gain and offset at the probe's tip are times the probe.
  std::string preamble() {
    std::string descriptor(346, '\0');
    const auto put = [&](std::size_t place, auto number) {
      std::memcpy(descriptor.data() + place, &number, sizeof number);
    };
    std::memcpy(descriptor.data(), "WAVEDESC", 8);
    put(36, std::int32_t{346});
    put(116, static_cast<std::int32_t>(depth_));
    put(136, std::int32_t{1});  // the interval between samples
    put(156, static_cast<float>(scale() / probe()));
    put(160, static_cast<float>(offset() / probe()));
    put(164, kCodesPerDivision);
    put(172, std::int16_t{8});  // bits of the converter
    put(176, static_cast<float>(value("TIM:SCAL") * 10 / static_cast<double>(depth_)));
    put(180, -value("TIM:DEL"));
    put(328, static_cast<float>(probe()));
    return block(descriptor);
  }

  std::string data() {
    const auto first = static_cast<std::size_t>(value("WAV:STAR"));
    const auto asked = static_cast<std::size_t>(value("WAV:POIN"));
    const std::size_t left = depth_ - std::min(first, depth_);
    const std::size_t count = std::min({asked == 0 ? left : asked, left, kMostPoints});
    return block(codes(source(), scale(), first, count,
                       [&](double volts) {
                         return clipped((volts + offset()) * kCodesPerDivision / scale(), -128,
                                        127);
                       })) +
           "\n";
  }
};

}  // namespace

std::unique_ptr<ScpiModel> make_rigol(std::size_t depth, int looks) {
  return std::make_unique<Rigol>(depth, looks);
}

std::unique_ptr<ScpiModel> make_siglent_old(std::size_t depth, int looks) {
  return std::make_unique<SiglentOld>(depth, looks);
}

std::unique_ptr<ScpiModel> make_siglent(std::size_t depth, int looks) {
  return std::make_unique<Siglent>(depth, looks);
}

}  // namespace acq::test
