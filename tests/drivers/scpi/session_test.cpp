#include "drivers/scpi/session.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "drivers/scpi/raw_link.h"
#include "tests/support/faulty_stream.h"
#include "tests/support/scripted_link.h"
#include "tests/support/scripted_stream.h"

namespace acq::scpi {
namespace {

using test::FaultyStream;
using test::ScriptedLink;
using test::ScriptedStream;
using test::StreamFaults;

const Until kSoon{.deadline_ns = INT64_MAX};

// What an instrument answers, by command line; a missing line has no answer.
using Script = std::map<std::string, std::string, std::less<>>;

std::string answer_of(const Script& script, std::string_view line) {
  const auto found = script.find(line);
  return found == script.end() ? std::string{} : found->second;
}

struct Raw {
  explicit Raw(Script lines, const StreamFaults& faults = {}) : script(std::move(lines)) {
    const auto connect = [this, faults](const Until&) -> Result<std::unique_ptr<ByteStream>> {
      ++connects;
      auto inner = std::make_unique<ScriptedStream>([this](std::string_view written) {
        sent += written;
        return answer_of(script, written.substr(0, written.size() - 1));
      });
      stream = inner.get();
      return std::make_unique<FaultyStream>(std::move(inner), faults);
    };
    session = std::make_unique<Session>(
        RawLink::open("raw", connect, RawLink::Recovery::kReconnect, "\n", kSoon).value(),
        SessionOptions{.answer_bytes = 1000});
  }

  Script script;
  std::string sent;
  int connects = 0;
  ScriptedStream* stream = nullptr;
  std::unique_ptr<Session> session;
};

struct Marked {
  explicit Marked(Script lines) : script(std::move(lines)) {
    auto owned = std::make_unique<ScriptedLink>(
        [this](std::string_view message) { return answer_of(script, message); });
    link = owned.get();
    session = std::make_unique<Session>(std::move(owned), SessionOptions{.answer_bytes = 1000});
  }

  Script script;
  ScriptedLink* link = nullptr;
  std::unique_ptr<Session> session;
};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Session, EndsCommandsAndGivesAnswersWithoutTheirEnd) {
  Raw raw(Script{{"*IDN?", "ACME,M1,S1,1.0\r\n"}, {"A?", " x \n"}});
  EXPECT_EQ(raw.session->query("*IDN?", kSoon).value(), "ACME,M1,S1,1.0");
  EXPECT_EQ(raw.session->query("A?", kSoon).value(), " x ");
  ASSERT_TRUE(raw.session->write("*RST", kSoon).has_value());
  EXPECT_EQ(raw.sent, "*IDN?\nA?\n*RST\n");
}

TEST(Session, ReadsValues) {
  Raw raw(Script{{"N?", "+1.5E-3\n"}, {"I?", "42\n"}, {"F?", "1\n"}, {"L?", "1,2.5,-3E1\n"}});
  EXPECT_EQ(raw.session->query_number("N?", kSoon).value(), 1.5e-3);
  EXPECT_EQ(raw.session->query_integer("I?", kSoon).value(), 42);
  EXPECT_TRUE(raw.session->query_flag("F?", kSoon).value());
  std::array<double, 3> numbers{};
  ASSERT_EQ(raw.session->query_numbers("L?", numbers, kSoon).value(), 3U);
  EXPECT_EQ(numbers, (std::array{1.0, 2.5, -30.0}));
}

TEST(Session, NamesLinkAndCommandInItsErrors) {
  Raw raw(Script{{"N?", "abc\n"}, {"L?", "1,x\n"}});
  EXPECT_EQ(to_string(raw.session->query_number("N?", kSoon).error()),
            "invalid: 'abc' is not a number (at raw 'N?'; allowed: such as 5, -1.25 or 1E-3)");
  std::array<double, 4> numbers{};
  EXPECT_EQ(raw.session->query_numbers("L?", numbers, kSoon).error().where, "raw 'L?', value 1");
  EXPECT_TRUE(raw.session->is_in_step());
}

TEST(Session, SendsNothingThatWouldLoseTheStep) {
  Raw raw({});
  EXPECT_EQ(raw.session->write("A?", kSoon).error().code, Code::kInvalid);
  EXPECT_EQ(raw.session->query("A 1", kSoon).error().code, Code::kInvalid);
  EXPECT_EQ(raw.session->write("A\nB", kSoon).error().code, Code::kInvalid);
  EXPECT_EQ(raw.sent, "");
  EXPECT_TRUE(raw.session->is_in_step());
}

TEST(Session, ReadsBlocksWithNewlinesAndPrefixesIntoTheCallersBuffer) {
  const std::string payload = "\n#1a\n,;\"";
  Raw raw(
      Script{{"W?", "#18" + payload + "\n"}, {"P?", "DAT2,#18" + payload + "\n\n"}, {"N?", "7\n"}});
  std::array<std::byte, 8> into{};
  for (const char* command : {"W?", "P?", "W?"}) {
    ASSERT_EQ(raw.session->query_block(command, into, kSoon).value(), 8U) << command;
    EXPECT_EQ(text_of(into), payload);
    EXPECT_EQ(raw.session->query_integer("N?", kSoon).value(), 7);
  }
  EXPECT_EQ(raw.session->stray_bytes(), 0U);
}

TEST(Session, ReadsBlocksLongerThanItsOwnBuffer) {
  const std::string payload(5000, 'x');
  Raw raw(Script{{"W?", "#45000" + payload + "\n"}});
  std::vector<std::byte> into(5000);
  ASSERT_EQ(raw.session->query_block("W?", into, kSoon).value(), 5000U);
  EXPECT_EQ(text_of(into), payload);
}

TEST(Session, RefusesABlockThatDoesNotFitBeforeReadingIt) {
  Raw raw(Script{{"W?", "#9999999999abc"}});
  std::array<std::byte, 8> into{};
  EXPECT_EQ(to_string(raw.session->query_block("W?", into, kSoon).error()),
            "overflow: the answer is a block of 999999999 bytes (at raw 'W?'; allowed: at most 8)");
  EXPECT_FALSE(raw.session->is_in_step());
}

TEST(Session, RefusesABlockWithoutALengthWhereNothingMarksItsEnd) {
  Raw raw(Script{{"W?", "#0abc\n"}});
  std::array<std::byte, 8> into{};
  EXPECT_EQ(raw.session->query_block("W?", into, kSoon).error().code, Code::kUnsupported);
  Marked marked(Script{{"W?", "#0a\nc\n"}, {"X?", "#0abcdefgh\n"}, {"L?", "#0abcdefghi\n"}});
  ASSERT_EQ(marked.session->query_block("W?", into, kSoon).value(), 3U);
  EXPECT_EQ(text_of(std::span(into).first(3)), "a\nc");
  EXPECT_EQ(marked.session->query_block("X?", into, kSoon).value(), 8U);
  EXPECT_FALSE(marked.session->query_block("L?", into, kSoon).has_value());
}

TEST(Session, SaysWhatCameInsteadOfABlock) {
  Raw raw(Script{{"W?", "no data\n"}});
  Marked marked(Script{{"W?", "no data\n"}, {"S?", "#15abc"}, {"T?", "#13abcdef\n"}});
  std::array<std::byte, 8> into{};
  const std::string kWanted = "the answer is not a block: it starts with 'no data?'";
  EXPECT_EQ(raw.session->query_block("W?", into, kSoon).error().sentence, kWanted);
  EXPECT_EQ(marked.session->query_block("W?", into, kSoon).error().sentence, kWanted);
  EXPECT_EQ(marked.session->query_block("S?", into, kSoon).error().sentence,
            "the block ended after 3 of 5 bytes");
  EXPECT_EQ(marked.session->query_block("T?", into, kSoon).error().sentence,
            "sent more than the length of its block: 'def?'");
}

TEST(Session, KeepsToItsBuffer) {
  Raw raw(Script{{"A?", std::string(2000, 'a')}});
  EXPECT_EQ(raw.session->query("A?", kSoon).error().code, Code::kOverflow);
}

TEST(Session, GivesTheSameHoweverTheAnswersAreCut) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string payload(random() % 40, '\0');
    for (char& c : payload) c = "\n#1\r,;a\""[random() % 8];
    const std::string block = "#2" + std::string(payload.size() < 10 ? "0" : "") +
                              std::to_string(payload.size()) + payload + "\n";
    Raw raw(Script{{"*IDN?", "ACME,M1,\"S,#19\",1\n"},
                   {"W?", block},
                   {"L?", "1,2,3\r\n"},
                   {"M?", "1," + block}},
            {.seed = static_cast<std::uint32_t>(random()), .longest_read = 1 + random() % 6});
    std::vector<std::byte> into(40);
    std::array<double, 3> numbers{};
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(raw.session->query("*IDN?", kSoon).value(), "ACME,M1,\"S,#19\",1");
      ASSERT_EQ(raw.session->query_block("W?", into, kSoon).value(), payload.size());
      ASSERT_EQ(text_of(std::span(into).first(payload.size())), payload);
      ASSERT_EQ(raw.session->query_numbers("L?", numbers, kSoon).value(), 3U);
      ASSERT_EQ(raw.session->query("M?", kSoon).value(), "1," + block.substr(0, block.size() - 1));
    }
    ASSERT_EQ(raw.session->resync_count(), 0U);
  }
}

TEST(Session, ComesBackInStepAfterATimeout) {
  Raw raw(Script{{"*IDN?", "ACME,M1,S1,1.0\n"}, {"*OPC?", "1\n"}, {"N?", "7\n"}});
  ASSERT_EQ(raw.session->identify(kSoon).value().model, "M1");
  EXPECT_EQ(raw.session->query("SLOW?", kSoon).error().code, Code::kTimeout);
  EXPECT_FALSE(raw.session->is_in_step());
  raw.stream->send("late answer\n");  // goes with its connection
  raw.sent.clear();
  EXPECT_EQ(raw.session->query("N?", kSoon).value(), "7");
  EXPECT_EQ(raw.sent, "*CLS\n*IDN?\n*OPC?\nN?\n");
  EXPECT_EQ(raw.connects, 2);
  EXPECT_EQ(raw.session->resync_count(), 1U);
}

// A line whose late answer looks like what is waited for: only both in order count.
TEST(Session, IsNotFooledByLateAnswersOnALineThatCannotBeCleared) {
  for (const char* late : {"1\n", "ACME,M1,S1,1.0\n", "5,6,7\n", "half\x01#19\nof a block\n"}) {
    std::string pending = late;
    ScriptedStream* stream = nullptr;
    const auto peer = [&](std::string_view written) -> std::string {
      const std::string before = written == "*IDN?\n" ? std::exchange(pending, "") : "";
      if (written == "*IDN?\n") return before + "ACME,M1,S1,1.0\n";
      if (written == "*OPC?\n") return "1\n";
      return written == "N?\n" ? "7\n" : "";
    };
    const auto connect = [&](const Until&) -> Result<std::unique_ptr<ByteStream>> {
      auto made = std::make_unique<ScriptedStream>(peer);
      stream = made.get();
      return made;
    };
    std::string kept = std::exchange(pending, "");
    Session session(
        RawLink::open("serial", connect, RawLink::Recovery::kQuiet, "\n", kSoon).value());
    ASSERT_TRUE(session.identify(kSoon).has_value());
    ASSERT_EQ(session.query("SLOW?", kSoon).error().code, Code::kTimeout);
    pending = kept;
    ASSERT_EQ(session.query("N?", kSoon).value(), "7") << late;
    EXPECT_EQ(session.resync_count(), 1U);
  }
}

TEST(Session, DropsAndCountsWhatNobodyAskedFor) {
  Raw raw(Script{{"N?", "7\n"}});
  raw.stream->send("stray\n");
  EXPECT_EQ(raw.session->query("N?", kSoon).value(), "7");
  EXPECT_EQ(raw.session->stray_bytes(), 6U);
  raw.stream->send("\r\n");
  EXPECT_EQ(raw.session->query("N?", kSoon).value(), "7");
  EXPECT_EQ(raw.session->stray_bytes(), 6U);
}

TEST(Session, LosesTheStepWhenTwoAnswersComeAtOnce) {
  Raw raw(Script{{"N?", "7\n8\n"}});
  EXPECT_EQ(raw.session->query("N?", kSoon).error().sentence, "sent 2 bytes behind its answer");
  EXPECT_FALSE(raw.session->is_in_step());
}

TEST(Session, TurnsTheErrorQueueIntoOneError) {
  std::vector<std::string> queue;
  auto owned = std::make_unique<ScriptedLink>([&](std::string_view message) -> std::string {
    if (message != "SYST:ERR?") return "";
    if (queue.empty()) return "+0,\"No error\"\n";
    std::string first = queue.front();
    queue.erase(queue.begin());
    return first + "\n";
  });
  Session session(std::move(owned));
  EXPECT_TRUE(session.set("CHAN1:SCAL 0.5", kSoon).has_value());
  queue = {"-222,\"Data out of range\"", "-113,\"Undefined header\""};
  EXPECT_EQ(to_string(session.set("CHAN1:SCAL 99", kSoon).error()),
            "invalid: the instrument refused it: -222 'Data out of range' -113 'Undefined header' "
            "(at scripted 'CHAN1:SCAL 99')");
  queue = {"-350,\"Queue overflow\""};
  EXPECT_EQ(session.set("A", kSoon).error().code, Code::kOverflow);
  queue = {"gibberish"};
  EXPECT_EQ(session.set("A", kSoon).error().code, Code::kInvalid);
}

TEST(Session, AsksABottomlessErrorQueueOnlySoOften) {
  Marked marked(Script{{"SYST:ERR?", "-100,\"Command error\"\n"}});
  EXPECT_EQ(marked.session->drain_errors(kSoon).value().size(), Session::kMostErrors);
}

TEST(Session, WaitsForTheEndOfAnOperationInEachWay) {
  for (const Completion how :
       {Completion::kQuery, Completion::kPoll, Completion::kServiceRequest}) {
    int asked = 0;
    bool runs = false;
    auto owned = std::make_unique<ScriptedLink>([&](std::string_view message) -> std::string {
      if (message == "RUN") runs = true;
      if (message == "*OPC?") return "1\n";
      if (message == "SYST:ERR?") return "0,\"No error\"\n";
      if (message == "*ESR?") return runs && ++asked >= 3 ? "1\n" : "0\n";
      return "";
    });
    owned->calls = {true, true, true, true};  // too early, twice
    const FakeClock clock;
    Session session(std::move(owned), {}, clock);
    const Until until{.deadline_ns = clock.now_ns() + 1'000'000'000};
    ASSERT_TRUE(session.run("RUN", how, until).has_value());
    EXPECT_EQ(asked, how == Completion::kQuery ? 0 : 3);
  }
}

TEST(Session, GivesUpAnOperationAtTheDeadlineAndStaysInStep) {
  const FakeClock clock;
  auto owned = std::make_unique<ScriptedLink>(
      [](std::string_view message) -> std::string { return message == "*ESR?" ? "0\n" : ""; });
  Session session(std::move(owned), {}, clock);
  const std::int64_t deadline_ns = clock.now_ns() + 1'000'000'000;
  EXPECT_EQ(session.run("RUN", Completion::kPoll, {.deadline_ns = deadline_ns}).error().code,
            Code::kTimeout);
  EXPECT_EQ(clock.now_ns(), deadline_ns);
  EXPECT_TRUE(session.is_in_step());
}

TEST(Session, SaysThatALinkCannotCall) {
  Marked marked(Script{{"*ESR?", "0\n"}});
  EXPECT_EQ(marked.session->run("RUN", Completion::kServiceRequest, kSoon).error().code,
            Code::kUnsupported);
}

TEST(Session, TakesTheStatusByteFromTheInstrumentWhereTheLinkHasNone) {
  Marked marked(Script{{"*STB?", "96\n"}});
  EXPECT_EQ(marked.session->status_byte(kSoon).value(), 96);
  marked.script["*STB?"] = "256\n";
  EXPECT_EQ(marked.session->status_byte(kSoon).error().code, Code::kInvalid);
}

TEST(Session, TakesAnIdentityApart) {
  Marked marked(Script{{"*IDN?", "RIGOL TECHNOLOGIES,DS1054Z, DS1ZA1 ,00.04,SP3\n"}});
  const Identity identity = marked.session->identify(kSoon).value();
  EXPECT_EQ(identity.vendor, "RIGOL TECHNOLOGIES");
  EXPECT_EQ(identity.serial, "DS1ZA1");
  EXPECT_EQ(identity.firmware, "00.04,SP3");
  marked.script["*IDN?"] = "one word\n";
  EXPECT_EQ(marked.session->identify(kSoon).value().vendor, "one word");
}

// Whatever comes, each call ends, and afterwards a sound instrument is understood again.
TEST(Session, SurvivesTenThousandDamagedAnswers) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  std::uint64_t failures = 0;
  for (int round = 0; round < 10'000; ++round) {
    Raw raw(Script{{"*IDN?", "ACME,M1,S1,1.0\n"},
                   {"*OPC?", "1\n"},
                   {"W?", "#15hello\n"},
                   {"L?", "1,2,3\n"}},
            {.seed = static_cast<std::uint32_t>(random()),
             .longest_read = 7,
             .flip = 0.3,
             .drop = 0.2,
             .garbage = 0.1,
             .delay = 0.1,
             .bytes_to_cut = 5 + random() % 60});
    std::array<std::byte, 8> into{};
    std::array<double, 3> numbers{};
    for (int i = 0; i < 3; ++i) {
      failures += raw.session->query("*IDN?", kSoon) ? 0 : 1;
      if (const auto got = raw.session->query_block("W?", into, kSoon)) {
        ASSERT_LE(*got, into.size());
      } else {
        ++failures;
      }
      failures += raw.session->query_numbers("L?", numbers, kSoon) ? 0 : 1;
    }
  }
  EXPECT_GT(failures, 10'000U);  // the plan did something
}

}  // namespace
}  // namespace acq::scpi
