#include "drivers/iiod/client.h"

#include <gtest/gtest.h>

#include <random>

#include "drivers/iiod/buffer.h"
#include "drivers/iiod/context.h"
#include "tests/support/emulators/iiod_server.h"
#include "tests/support/faulty_stream.h"
#include "tests/support/scripted_stream.h"

namespace acq::iiod {
namespace {

using test::ScriptedStream;

// A server that gives one answer to everything.
std::unique_ptr<ScriptedStream> answering(const std::string& answer) {
  return std::make_unique<ScriptedStream>([answer](std::string_view) { return answer; });
}

TEST(IiodClient, ReadsVersionContextAndAttributes) {
  EXPECT_EQ(Client(answering("0.24.v0.24  \n")).version({}), "0.24.v0.24");
  EXPECT_EQ(Client(answering("10\n<context/>\n")).context({}), "<context/>");
  EXPECT_EQ(Client(answering(std::string("6\n1000\n\0\n", 9))).read_attribute("d", "", "a", {}),
            "1000");
  EXPECT_EQ(Client(answering("0\n\n")).read_attribute("d", "", "a", {}), "");
}

TEST(IiodClient, SaysWhatItIsAsked) {
  std::string asked;
  Client client(std::make_unique<ScriptedStream>([&](std::string_view written) {
    asked += written;
    return written.ends_with("\r\n") && !written.starts_with("WRITE") ? "0\n\n" : "";
  }));
  EXPECT_TRUE(client.read_attribute("iio:device0", "INPUT voltage0", "scale", {}));
  EXPECT_EQ(asked, "READ iio:device0 INPUT voltage0 scale\r\n");
  asked.clear();
  EXPECT_EQ(client.write_attribute("d", "", "rate", "44100", {}).error().code, Code::kTimeout);
  EXPECT_EQ(asked, "WRITE d rate 5\r\n44100");
}

TEST(IiodClient, TurnsErrorsOfLinuxIntoOurs) {
  const std::pair<const char*, Code> kErrors[] = {
      {"-2\n", Code::kNotFound}, {"-16\n", Code::kBusy},        {"-19\n", Code::kDisconnected},
      {"-22\n", Code::kInvalid}, {"-38\n", Code::kUnsupported}, {"-110\n", Code::kTimeout},
      {"-13\n", Code::kDenied},  {"-9999999999\n", Code::kIo}};
  for (const auto& [answer, code] : kErrors) {
    const auto result = Client(answering(answer)).read_attribute("d", "", "a", {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code) << answer;
  }
}

TEST(IiodClient, RefusesLengthsItDidNotAskForAndAnswersThatAreNone) {
  for (const char* answer : {"4194305\n", "99999999999999999999\n", "x\n", "12 \n", " 12\n", "\n",
                             "5\nabcdefgh\n", "3\nabcd\n"}) {
    const auto context = Client(answering(answer)).context({});
    ASSERT_FALSE(context) << answer;
    EXPECT_EQ(context.error().code, Code::kIo) << answer;
  }
  EXPECT_EQ(Client(answering(std::string(5000, '1'))).context({}).error().code, Code::kIo);
  EXPECT_EQ(Client(answering("20000\n")).read_attribute("d", "", "a", {}).error().code, Code::kIo);
  EXPECT_EQ(Client(answering("HTTP/1.1 400\r\n")).version({}).error().code, Code::kIo);
}

TEST(IiodClient, WritesMasksWithTheMostSignificantWordFirst) {
  EXPECT_EQ(mask_text({0, 2}, 5), "00000005");
  EXPECT_EQ(mask_text({31}, 32), "80000000");
  EXPECT_EQ(mask_text({0, 32}, 33), "0000000100000001");
}

// What a server may say in a session, in pieces of any size and with damage: understood, or an
// error, and never more bytes than were asked for.
TEST(IiodClient, SurvivesDamagedAnswersOfEveryKind) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto context = *parse_context(test::IiodServer::context_xml());
  const std::vector<std::size_t> chosen = {0, 2, 4};
  const Selection selection{context.devices[0], chosen, plan_scan(context.devices[0], chosen)};
  ASSERT_EQ(selection.plan.scan_bytes, 16U);
  const std::string block =
      "128\n00000015\n" + std::string(128, 'x') + "32\n" + std::string(32, 'y') + "0\n";
  int whole = 0, refused = 0;
  for (int tries = 0; tries < 20'000; ++tries) {
    auto script = std::make_unique<ScriptedStream>([&](std::string_view written) -> std::string {
      return written.starts_with("READBUF") ? block : "0\n";
    });
    const test::StreamFaults faults{.seed = static_cast<std::uint32_t>(random()),
                                    .longest_read = 1 + random() % 40,
                                    .flip = tries % 2 == 0 ? 0 : 0.05,
                                    .drop = tries % 3 == 0 ? 0 : 0.03,
                                    .garbage = tries % 5 == 0 ? 0 : 0.02};
    auto buffer = Buffer::open(std::make_unique<test::FaultyStream>(std::move(script), faults),
                               selection, 32, {});
    if (!buffer) continue;
    for (int reads = 0; reads < 3; ++reads) {
      const Result<bool> got = (*buffer)->receive({});
      if (!got) {
        ++refused;
        EXPECT_NE(got.error().code, Code::kTimeout);
        break;
      }
      if (!*got) break;
      ++whole;
      EXPECT_LE((*buffer)->block().size(), 32U * 16U);
      EXPECT_EQ((*buffer)->block().size() % 16, 0U);
    }
  }
  EXPECT_GT(whole, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace acq::iiod
