// What the emulated SCPI instruments have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acq::test {

enum class ScpiFault : std::uint8_t {
  kShortBlock,  // says so many bytes and has that many: half of what was asked for
  kLongBlock,   // twice as many
  kEmptyBlock,
  kLyingBlock,     // says more than it sends
  kMissingField,   // a preamble without its last field
  kPlusZero,       // only "+0" instead of a preamble
  kZeroIncrement,  // the sample interval is told as 0
  kGarbage,        // no number where one is due
  kStrayLine,      // a line that nobody asked for, behind the answer
  kMute,           // no answer at all
  kCut,            // the connection ends within the answer
  kHoles,          // samples that were not taken
  kPeak,           // pairs of samples: peak detection
};

struct ModelReply {
  std::string bytes;
  bool is_cut = false;
};

inline constexpr std::size_t kScopePeriod = 97;  // samples
inline constexpr int kPulseChannel = 3;
// What channel `channel` (1 ...) sees at sample `n` of a record, at `scale` volts per division: a sine, and
// on kPulseChannel a pulse of 3 divisions that rises from sample 20 to 25 of each period and falls from 65
// to 73.
double scope_volts(int channel, std::size_t n, double scale);

// One instrument; one thread at a time.
class ScpiModel {
 public:
  explicit ScpiModel(std::size_t depth, int looks_until_trigger)
      : depth_(depth), looks_until_trigger_(looks_until_trigger) {}
  virtual ~ScpiModel() = default;

  // Executes one line, which may hold several commands; the answers to all of them.
  std::optional<ModelReply> execute(std::string_view line);

  bool holds = false;
  std::string identity;  // what it says instead of its own
  std::deque<ScpiFault> faults;
  int spoilt = 0;
  std::vector<std::string> unknown;
  std::vector<std::string> log;

  struct Number {
    double value = 0;
    double min = -1e12;
    double max = 1e12;
    bool is_stepped = false;  // 1, 2, 5, 10 ...
  };
  struct Word {
    std::string value;
    std::vector<std::string> allowed;
  };
  std::map<std::string, Number> numbers;
  std::map<std::string, Word> words;
  [[nodiscard]] bool is_running() const noexcept { return state_ == State::kRunning; }

 protected:
  enum class State { kStopped, kArmed, kRunning };
  struct Message {
    // In capitals and short forms, without a colon in front and a question mark behind.
    std::string header;
    std::string arguments;
    bool is_query = false;
  };

  // What is of this family; empty: not known. Answers come without a newline.
  virtual std::optional<std::string> own(const Message& message) = 0;
  // The short form of a mnemonic in capitals, without its number; SCPI-99's rule for those that all
  // these instruments know: four letters, three when the fourth is a vowel. Another stays as it is.
  [[nodiscard]] virtual std::string short_form(const std::string& mnemonic) const;
  // The line without what means nothing to it.
  [[nodiscard]] virtual std::string essence(std::string_view line) const {
    return std::string(line);
  }
  // A number was set.
  virtual void changed(const std::string& /*header*/) {}
  // Its answer when the error queue is empty.
  [[nodiscard]] virtual std::string no_error() const { return "0,\"No error\""; }
  // How it writes a number.
  [[nodiscard]] virtual std::string text_of(const std::string& header, double value) const;
  // The name of a word in an answer.
  [[nodiscard]] virtual std::string answer_of(const std::string& header,
                                              const std::string& value) const;

  void single();
  void run() { state_ = State::kRunning; }
  void stop() { state_ = State::kStopped; }
  // Whether the capture is over; counts as one look.
  bool is_finished();
  bool happens(ScpiFault fault);
  // A definite block of codes, spoiled as asked for.
  std::string block(std::string payload);
  // Fields joined, the last missing when asked for.
  std::string fields(const std::vector<std::string>& values, char separator = ',');
  // Codes of samples first .. first + count - 1 of a channel.
  template <typename Encode>
  std::string codes(int channel, double scale, std::size_t first, std::size_t count,
                    const Encode& encode) const {
    // What they see repeats itself.
    std::string period(kScopePeriod, '\0');
    for (std::size_t i = 0; i < period.size(); ++i)
      period[i] = static_cast<char>(encode(scope_volts(channel, i, scale)));
    std::string out(count, '\0');
    for (std::size_t i = 0; i < count; ++i) out[i] = period[(first + i) % kScopePeriod];
    return out;
  }
  void refuse(int number, std::string_view text);
  [[nodiscard]] double value(const std::string& header) const { return numbers.at(header).value; }
  [[nodiscard]] std::string at(const std::string& header) const { return words.at(header).value; }

  const std::size_t depth_;
  State state_ = State::kRunning;

 private:
  [[nodiscard]] std::vector<Message> split(std::string_view line) const;
  [[nodiscard]] std::string short_header(std::string_view header) const;
  std::optional<std::string> one(const Message& message);
  std::optional<std::string> common(const Message& message);
  bool setting(const Message& message, std::optional<std::string>& answer);

  const int looks_until_trigger_;
  int looks_ = 0;
  std::deque<std::string> errors_;
  bool is_cutting_ = false;
};

std::string scientific(double value, int places = 6);
// The family's model, nullptr when there is none of that name.
std::unique_ptr<ScpiModel> make_scpi_model(std::string_view family, std::size_t depth,
                                           int looks_until_trigger);

}  // namespace acq::test
