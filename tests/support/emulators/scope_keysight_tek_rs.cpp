// Keysight, Tektronix and Rohde & Schwarz, as their programming guides describe them.
#include <cstring>

#include "tests/support/emulators/scope_families.h"
#include "tests/support/emulators/scpi_counter.h"
#include "tests/support/emulators/scpi_meters.h"

namespace acq::test {
namespace {

class Keysight final : public ScpiModel {
 public:
  Keysight(std::size_t depth, int looks) : ScpiModel(depth, looks) {
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("CHAN#:SCAL", c)] = kScale;
      numbers[ch("CHAN#:OFFS", c)] = kOffset;
      numbers[ch("CHAN#:PROB", c)] = kProbe;
      words[ch("CHAN#:DISP", c)] = {c <= 2 ? "1" : "0", {"1", "0", "ON", "OFF"}};
      words[ch("CHAN#:COUP", c)] = {"DC", {"DC", "AC"}};
    }
    numbers["TIM:SCAL"] = kTimebase;
    numbers["TIM:POS"] = kDelay;
    numbers["TRIG:EDGE:LEV"] = kLevel;
    words["TRIG:EDGE:SOUR"] = {"CHAN1", {"CHAN1", "CHAN2", "CHAN3", "CHAN4", "EXT", "LINE"}};
    words["TRIG:EDGE:SLOP"] = {"POS", {"POS", "NEG", "EITH", "ALT"}};
    words["TRIG:SWE"] = {"AUTO", {"AUTO", "NORM"}};
    words["WAV:SOUR"] = {"CHAN1", {"CHAN1", "CHAN2", "CHAN3", "CHAN4"}};
    words["WAV:FORM"] = {"WORD", {"BYTE", "WORD", "ASC"}};
    words["WAV:BYT"] = {"MSBF", {"LSBF", "MSBF"}};
    words["WAV:UNS"] = {"0", {"0", "1"}};
    words["WAV:VIEW"] = {"MAIN", {"MAIN"}};
    words["WAV:POIN:MODE"] = {"NORM", {"NORM", "MAX", "RAW"}};
  }

 private:
  [[nodiscard]] std::string no_error() const override { return "+0,\"No error\""; }
  [[nodiscard]] int source() const { return channel_in(at("WAV:SOUR")); }
  [[nodiscard]] double scale() const { return value(ch("CHAN#:SCAL", source())); }
  [[nodiscard]] double increment() const { return scale() * 8 / 256; }
  [[nodiscard]] double middle() const { return value(ch("CHAN#:OFFS", source())); }
  [[nodiscard]] std::size_t points() const {
    return at("WAV:POIN:MODE") == "RAW" ? depth_ : std::min<std::size_t>(depth_, 1000);
  }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "KEYSIGHT TECHNOLOGIES,DSO-X 3024T,MY00000001,07.50.2021102830";
    if (h == "SING") return single(), "";
    if (h == "RUN") return run(), "";
    if (h == "STOP") return stop(), "";
    if (h == "OPER:COND") return is_finished() ? "+0" : "+8";
    if (h == "WAV:POIN") return std::to_string(points());
    if (h == "WAV:PRE") return preamble();
    if (h == "WAV:DATA") return data();
    return std::nullopt;
  }

  std::string preamble() {
    const double interval = value("TIM:SCAL") * 10 / static_cast<double>(points());
    const double start = value("TIM:POS") - value("TIM:SCAL") * 5;
    const std::string type = happens(ScpiFault::kPeak) ? "+1" : "+0";
    return fields({"+0", type, std::to_string(points()), "+1", scientific(interval, 8),
                   scientific(start, 8), "+0", scientific(increment(), 8), scientific(middle(), 8),
                   "+128"});
  }

  // Code 0 is a sample that was not taken.
  std::string data() {
    std::string all = codes(source(), scale(), 0, points(), [&](double volts) {
      return clipped((volts - middle()) / increment() + 128, 1, 255);
    });
    if (happens(ScpiFault::kHoles)) all[all.size() / 2] = '\0';
    return block(std::move(all));
  }
};

// Its abbreviations follow no rule.
constexpr std::pair<std::string_view, std::string_view> kTektronixForms[] = {
    {"SCALE", "SCA"},      {"OFFSET", "OFFS"},  {"SELECT", "SEL"},  {"COUPLING", "COUP"},
    {"HORIZONTAL", "HOR"}, {"DELAY", "DEL"},    {"TIME", "TIM"},    {"TRIGGER", "TRIG"},
    {"LEVEL", "LEV"},      {"SOURCE", "SOU"},   {"SLOPE", "SLO"},   {"MODE", "MOD"},
    {"HEADER", "HEAD"},    {"VERBOSE", "VERB"}, {"DATA", "DAT"},    {"ENCDG", "ENC"},
    {"WIDTH", "WID"},      {"START", "STAR"},   {"ACQUIRE", "ACQ"}, {"STOPAFTER", "STOPA"},
    {"WFMOUTPRE", "WFMO"}, {"NR_PT", "NR_P"},   {"YMULT", "YMU"},   {"YOFF", "YOF"},
    {"YZERO", "YZE"},      {"XINCR", "XIN"},    {"XZERO", "XZE"},   {"PT_OFF", "PT_O"},
    {"CURVE", "CURV"},
};

class Tektronix final : public ScpiModel {
 public:
  Tektronix(std::size_t depth, int looks) : ScpiModel(depth, looks) {
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("CH#:SCA", c)] = kScale;
      numbers[ch("CH#:OFFS", c)] = kOffset;
      words[ch("SEL:CH#", c)] = {c <= 2 ? "1" : "0", {"1", "0", "ON", "OFF"}};
      words[ch("CH#:COUP", c)] = {"DC", {"DC", "AC", "GND"}};
    }
    numbers["HOR:SCA"] = kTimebase;
    numbers["HOR:DEL:TIM"] = kDelay;
    numbers["TRIG:A:LEV"] = kLevel;
    words["TRIG:A:EDGE:SOU"] = {"CH1", {"CH1", "CH2", "CH3", "CH4", "AUX", "LINE"}};
    words["TRIG:A:EDGE:SLO"] = {"RISE", {"RISE", "FALL", "EITHER"}};
    words["TRIG:A:MOD"] = {"AUTO", {"AUTO", "NORMAL"}};
    words["HEAD"] = {"ON", {"ON", "OFF", "0", "1"}};
    words["VERB"] = {"ON", {"ON", "OFF", "0", "1"}};
    words["DAT:SOU"] = {"CH1", {"CH1", "CH2", "CH3", "CH4"}};
    words["DAT:ENC"] = {"ASCII", {"ASCII", "RIB", "SRI", "RPB", "SRP"}};
    numbers["DAT:WID"] = {1, 1, 2};
    numbers["DAT:STAR"] = {1, 1, 1e9};
    numbers["DAT:STOP"] = {1e6, 1, 1e9};
    words["ACQ:STOPA"] = {"RUNST", {"RUNST", "SEQ"}};
  }

 private:
  [[nodiscard]] int source() const { return channel_in(at("DAT:SOU")); }
  [[nodiscard]] double scale() const { return value(ch("CH#:SCA", source())); }
  [[nodiscard]] double multiplier() const { return scale() / 25; }
  [[nodiscard]] double middle() const { return value(ch("CH#:OFFS", source())); }
  [[nodiscard]] std::size_t first() const { return static_cast<std::size_t>(value("DAT:STAR")); }
  [[nodiscard]] std::size_t last() const {
    return std::min(static_cast<std::size_t>(value("DAT:STOP")), depth_);
  }
  [[nodiscard]] double interval() const {
    return value("HOR:SCA") * 10 / static_cast<double>(depth_);
  }
  // A header in front of every answer until it is switched off.
  [[nodiscard]] std::string with_header(const std::string& header, std::string text) const {
    return at("HEAD") == "ON" || at("HEAD") == "1" ? ":" + header + " " + text : text;
  }
  [[nodiscard]] std::string short_form(const std::string& mnemonic) const override {
    for (const auto& [full, brief] : kTektronixForms)
      if (mnemonic == full) return std::string(brief);
    return ScpiModel::short_form(mnemonic);
  }
  [[nodiscard]] std::string text_of(const std::string& header, double value) const override {
    return with_header(header, scientific(value));
  }
  [[nodiscard]] std::string answer_of(const std::string& header,
                                      const std::string& value) const override {
    return with_header(header, value);
  }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    if (h == "*IDN") return "TEKTRONIX,MSO4104,C000001,CF:91.1CT FV:v2.68";
    if (h == "ACQ:STATE") return acquisition(message);
    if (h == "WFMO:NR_P") return fields({std::to_string(last() - first() + 1)});
    if (h == "WFMO:YMU")
      return fields({happens(ScpiFault::kZeroIncrement) ? "0" : scientific(multiplier())});
    if (h == "WFMO:YOF") return fields({scientific(-middle() / multiplier())});
    if (h == "WFMO:YZE") return fields({scientific(0)});
    if (h == "WFMO:XIN") return fields({scientific(interval())});
    if (h == "WFMO:XZE") return fields({scientific(value("HOR:DEL:TIM") - value("HOR:SCA") * 5)});
    if (h == "WFMO:PT_O") return fields({"0"});
    if (h == "CURV") return data();
    return std::nullopt;
  }

  std::string acquisition(const Message& message) {
    if (message.is_query) return is_finished() ? "0" : "1";
    const bool is_on =
        message.arguments == "ON" || message.arguments == "1" || message.arguments == "RUN";
    if (!is_on) {
      stop();
    } else if (at("ACQ:STOPA") == "SEQ") {
      single();
    } else {
      run();
    }
    return "";
  }

  std::string data() {
    const std::size_t count = first() > last() ? 0 : last() - first() + 1;
    return block(codes(source(), scale(), first() - 1, count, [&](double volts) {
      return clipped((volts - middle()) / multiplier(), -128, 127);
    }));
  }
};

class RohdeSchwarz final : public ScpiModel {
 public:
  RohdeSchwarz(std::size_t depth, int looks) : ScpiModel(depth, looks) {
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("CHAN#:SCAL", c)] = kScale;
      numbers[ch("CHAN#:OFFS", c)] = kOffset;
      numbers[ch("PROB#:SET:ATT:MAN", c)] = kProbe;
      words[ch("CHAN#:STAT", c)] = {c <= 2 ? "1" : "0", {"1", "0", "ON", "OFF"}};
      words[ch("CHAN#:COUP", c)] = {"DCL", {"DCL", "ACL", "GND", "DC"}};
    }
    numbers["TIM:SCAL"] = kTimebase;
    numbers["TIM:POS"] = kDelay;
    numbers["TRIG:A:LEV1"] = kLevel;
    words["TRIG:A:SOUR"] = {"CH1", {"CH1", "CH2", "CH3", "CH4", "EXT", "LINE"}};
    words["TRIG:A:EDGE:SLOP"] = {"POS", {"POS", "NEG", "EITH"}};
    words["TRIG:A:MODE"] = {"AUTO", {"AUTO", "NORM"}};
    for (int c = 1; c <= kScopeChannels; ++c) {
      numbers[ch("CHAN#:POS", c)] = {0, -5, 5};
      words[ch("PROB#:SET:ATT:UNIT", c)] = {"V", {"V", "A"}};
    }
    for (int bit = 0; bit < 16; ++bit)
      words["LOG" + std::to_string(bit) + ":STAT"] = {"0", {"0", "1"}};
    for (const char* pod : {"POD1", "POD2"}) {
      words[pod + std::string(":STAT")] = {"0", {"0", "1"}};
      words[pod + std::string(":THR")] = {"TTL", {"TTL", "ECL", "CMOS"}};
    }
    for (const char* group : {"DIG0:TECH", "DIG8:TECH"}) words[group] = {"TTL", {"TTL", "ECL"}};
    words["TIM:DIV"] = {"12", {}};
    words["TRIG:A:PATT:SOUR"] = {"\"0000\"", {}};
    words["ACQ:HRES"] = words["ACQ:PEAK"] = {"OFF", {"OFF", "AUTO"}};
    words["FORM"] = {"ASC,0", {"UINT,8", "UINT,16", "REAL,32", "ASC,0"}};
    words["FORM:BORD"] = {"MSBF", {"LSBF", "MSBF"}};
    words["CHAN:DATA:POIN"] = {"DEF", {"DEF", "MAX", "DMAX"}};
    for (int c = 1; c <= kScopeChannels; ++c)
      words[ch("CHAN#:DATA:POIN", c)] = words["CHAN:DATA:POIN"];
  }

 private:
  [[nodiscard]] std::size_t points() const {
    // DMAX can be read only while it is stopped.
    return at("CHAN:DATA:POIN") != "DEF" && !is_running() ? depth_
                                                          : std::min<std::size_t>(depth_, 1200);
  }
  [[nodiscard]] double scale(int c) const { return value(ch("CHAN#:SCAL", c)); }
  [[nodiscard]] double increment(int c) const { return scale(c) * 10 / 256; }
  [[nodiscard]] double lowest(int c) const {
    return value(ch("CHAN#:OFFS", c)) - 128 * increment(c);
  }
  [[nodiscard]] double interval() const {
    return value("TIM:SCAL") * 12 / static_cast<double>(points());
  }
  [[nodiscard]] double start() const { return value("TIM:POS") - value("TIM:SCAL") * 6; }

  std::optional<std::string> own(const Message& message) override {
    const std::string& h = message.header;
    const int c = channel_in(h);
    if (h == "*IDN") return "Rohde&Schwarz,RTB2004,1333.1005k04/100001,02.300";
    if (h == "SING") return single(), "";
    if (h == "RUN") return run(), "";
    if (h == "STOP") return stop(), "";
    if (h == "ACQ:SRAT") return scientific(1 / interval());
    if (h == "ACQ:STAT") return is_finished() ? "COMP" : "RUN";
    if (!h.starts_with("CHAN") || h.find(":DATA") == std::string::npos) return std::nullopt;
    if (h.ends_with(":DATA:HEAD")) {
      const double end = start() + interval() * static_cast<double>(points() - 1);
      const std::string values = happens(ScpiFault::kPeak) ? "2" : "1";
      return fields({scientific(start()), scientific(end), std::to_string(points()), values});
    }
    if (h.ends_with(":DATA:YINC")) return fields({scientific(increment(c), 9)});
    if (h.ends_with(":DATA:YOR")) return fields({scientific(lowest(c), 9)});
    if (h.ends_with(":DATA:XINC")) return fields({scientific(interval(), 9)});
    if (h.ends_with(":DATA:XOR")) return fields({scientific(start(), 9)});
    if (h.ends_with(":DATA")) return data(c);
    return std::nullopt;
  }

  std::string data(int c) {
    if (at("FORM") == "REAL,32") {
      std::string reals(points() * sizeof(float), '\0');
      for (std::size_t i = 0; i < points(); ++i) {
        const auto volts = static_cast<float>(scope_volts(c, i, scale(c)));
        std::memcpy(reals.data() + i * sizeof volts, &volts, sizeof volts);
      }
      return block(std::move(reals));
    }
    return block(codes(c, scale(c), 0, points(), [&](double volts) {
      return clipped((volts - lowest(c)) / increment(c), 0, 255);
    }));
  }
};

}  // namespace

std::unique_ptr<ScpiModel> make_keysight(std::size_t depth, int looks) {
  return std::make_unique<Keysight>(depth, looks);
}

std::unique_ptr<ScpiModel> make_tektronix(std::size_t depth, int looks) {
  return std::make_unique<Tektronix>(depth, looks);
}

std::unique_ptr<ScpiModel> make_rohde_schwarz(std::size_t depth, int looks) {
  return std::make_unique<RohdeSchwarz>(depth, looks);
}

std::unique_ptr<ScpiModel> make_scpi_model(std::string_view family, std::size_t depth, int looks) {
  if (family == "rigol") return make_rigol(depth, looks);
  if (family == "siglent_old") return make_siglent_old(depth, looks);
  if (family == "siglent") return make_siglent(depth, looks);
  if (family == "keysight") return make_keysight(depth, looks);
  if (family == "tektronix") return make_tektronix(depth, looks);
  if (family == "rohde_schwarz") return make_rohde_schwarz(depth, looks);
  if (family == "multimeter") return make_multimeter();
  if (family == "supply") return make_supply();
  if (family == "generator") return make_generator();
  if (family == "counter") return make_counter();
  if (family == "counter_hp") return make_counter_hp();
  if (family == "counter_pendulum") return make_counter_pendulum();
  return nullptr;
}

}  // namespace acq::test
