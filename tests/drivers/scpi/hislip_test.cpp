#include "drivers/scpi/hislip_link.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/faulty_stream.h"
#include "tests/support/hislip_bytes.h"
#include "tests/support/scripted_stream.h"

namespace acq::scpi {
namespace {

using test::FaultyStream;
using test::hislip_message;
using test::ScriptedStream;
using test::StreamFaults;

const Until kSoon{.deadline_ns = INT64_MAX};
constexpr std::uint32_t kFirst = 0xffffff00;

// A server that has said everything before it is asked.
struct Said {
  std::string sync = hislip_message(1, 0, 0x01000007);  // version 1.0, session 7
  std::string async = hislip_message(18, 0, 0x7878) +
                      hislip_message(16, 0, 0, std::string("\0\0\0\0\0\x10\0\0", 8));  // 1 MiB
};

struct Client {
  explicit Client(Said said, StreamFaults faults = {}) {
    const auto connect = [this, said = std::move(said),
                          faults](const Until&) -> Result<std::unique_ptr<ByteStream>> {
      const bool is_sync = connects++ % 2 == 0;
      auto stream = std::make_unique<ScriptedStream>([this, is_sync](std::string_view written) {
        (is_sync ? sync_sent : async_sent) += written;
        return std::string{};
      });
      stream->send(is_sync ? said.sync : said.async);
      return std::make_unique<FaultyStream>(std::move(stream), faults);
    };
    auto opened = HislipLink::open("hislip", connect, "hislip0", kSoon);
    if (opened) {
      link = std::move(*opened);
    } else {
      error = opened.error();
    }
  }

  Result<std::string> read() {
    std::string text;
    std::array<std::byte, 7> part{};
    while (true) {
      const Result<Piece> piece = link->read(part, kSoon);
      if (!piece) return tl::unexpected<Error>(piece.error());
      text.append(reinterpret_cast<const char*>(part.data()), piece->bytes);
      if (piece->is_end) return text;
    }
  }

  int connects = 0;
  std::string sync_sent;
  std::string async_sent;
  std::unique_ptr<HislipLink> link;
  Error error;
};

// IVI-6.1, table 3: prologue, type, control code, parameter, length.
TEST(Hislip, PutsHeadersTogetherByteByByte) {
  const HislipBytes raw = encode({.type = HislipType::kDataEnd,
                                  .control = 1,
                                  .parameter = 0xffffff02,
                                  .length = 0x0102030405060708});
  const unsigned char kWanted[] = {'H', 'S', 7, 1, 0xff, 0xff, 0xff, 0x02, 1, 2, 3, 4, 5, 6, 7, 8};
  for (std::size_t i = 0; i < raw.size(); ++i)
    EXPECT_EQ(std::to_integer<unsigned char>(raw[i]), kWanted[i]) << i;
}

TEST(Hislip, ReadsBackItsHeadersAndRefusesOthers) {
  const HislipHeader header{.type = HislipType::kData, .control = 3, .parameter = 9, .length = 5};
  const HislipHeader back = decode(encode(header)).value();
  EXPECT_EQ(back.type, header.type);
  EXPECT_EQ(back.control, 3);
  EXPECT_EQ(back.parameter, 9U);
  EXPECT_EQ(back.length, 5U);
  HislipBytes wrong = encode(header);
  wrong[1] = std::byte{'X'};
  EXPECT_EQ(decode(wrong).error().code, Code::kIo);
  EXPECT_FALSE(decode(encode({.type = HislipType::kData, .length = kMostHislipData_bytes + 1})));
  EXPECT_FALSE(decode(encode({.type = HislipType::kError, .length = 4097})));
  EXPECT_FALSE(decode(encode({.type = HislipType::kInterrupted, .length = UINT64_MAX})));
}

TEST(Hislip, OpensBothConnectionsOfOneSession) {
  const Client client({});
  ASSERT_TRUE(client.link) << to_string(client.error);
  EXPECT_EQ(client.sync_sent, hislip_message(0, 0, 0x01007878, "hislip0"));
  EXPECT_EQ(client.async_sent,
            hislip_message(17, 0, 7) +
                hislip_message(15, 0, 0, std::string("\0\0\0\0\x40\0\0\0", 8)));  // 1 GiB
  EXPECT_EQ(client.link->most_bytes(), (1U << 20) - 16);
}

TEST(Hislip, NumbersItsMessagesAndSaysWhenAnAnswerWasRead) {
  Said said;
  said.sync += hislip_message(7, 0, kFirst, "1\n");
  Client client(std::move(said));
  client.sync_sent.clear();
  ASSERT_TRUE(client.link->write("A?", kSoon).has_value());
  EXPECT_EQ(client.read().value(), "1\n");
  ASSERT_TRUE(client.link->write("B", kSoon).has_value());
  ASSERT_TRUE(client.link->trigger(kSoon).has_value());
  EXPECT_EQ(client.sync_sent, hislip_message(7, 0, kFirst, "A?\n") +
                                  hislip_message(7, 1, kFirst + 2, "B\n") +
                                  hislip_message(12, 0, kFirst + 4));
}

TEST(Hislip, CutsMessagesToWhatTheInstrumentTakes) {
  Said said;
  said.async =
      hislip_message(18, 0, 0) + hislip_message(16, 0, 0, std::string("\0\0\0\0\0\0\0\x14", 8));
  Client client(std::move(said));  // 20 bytes, so 4 of payload
  client.sync_sent.clear();
  ASSERT_TRUE(client.link->write("ABCDEFGH", kSoon).has_value());
  EXPECT_EQ(client.sync_sent, hislip_message(6, 0, kFirst, "ABCD") +
                                  hislip_message(6, 0, kFirst + 2, "EFGH") +
                                  hislip_message(7, 0, kFirst + 4, "\n"));
}

TEST(Hislip, PutsAnswersTogetherFromTheirMessages) {
  Said said;
  said.sync += hislip_message(6, 0, kFirst, "one ") + hislip_message(6, 0, kFirst) +
               hislip_message(6, 0, kFirst, "and a longer second ") +
               hislip_message(7, 0, kFirst, "");
  Client client(std::move(said));
  ASSERT_TRUE(client.link->write("A?", kSoon).has_value());
  EXPECT_EQ(client.read().value(), "one and a longer second ");
}

TEST(Hislip, DropsAnswersToMessagesBefore) {
  Said said;
  said.sync += hislip_message(7, 0, kFirst, "late\n") + hislip_message(13, 0, kFirst + 2) +
               hislip_message(7, 0, kFirst + 2, "mine\n") +
               hislip_message(7, 0, 0xffffffff, "overlapped\n");
  Client client(std::move(said));
  ASSERT_TRUE(client.link->write("A?", kSoon).has_value());
  ASSERT_TRUE(client.link->write("B?", kSoon).has_value());
  EXPECT_EQ(client.read().value(), "mine\n");
  EXPECT_EQ(client.read().value(), "overlapped\n");
}

TEST(Hislip, TellsErrorsInTheInstrumentsWords) {
  Said said;
  said.sync += hislip_message(3, 4, 0, "1 MiB at most") + hislip_message(2, 1, 0, "");
  Client client(std::move(said));
  EXPECT_EQ(to_string(client.read().error()),
            "io: the instrument refused a message: message too large '1 MiB at most'");
  EXPECT_EQ(client.read().error().code, Code::kDisconnected);
  EXPECT_EQ(client.link->write("A", kSoon).error().code, Code::kDisconnected);
}

TEST(Hislip, SaysWhyTheInstrumentTakesNoConnection) {
  Said said;
  said.sync = hislip_message(2, 4, 0, "one at a time");
  const Client full(std::move(said));
  EXPECT_EQ(full.error.code, Code::kDisconnected);
  EXPECT_EQ(full.error.sentence,
            "the instrument gave the connection up: too many clients 'one at a time'");
  Said small;
  small.async =
      hislip_message(18, 0, 0) + hislip_message(16, 0, 0, std::string("\0\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(Client(std::move(small)).error.code, Code::kIo);
  Said odd;
  odd.async = hislip_message(18, 0, 0) + hislip_message(16, 0, 0, "12");
  EXPECT_EQ(Client(std::move(odd)).error.code, Code::kIo);
}

TEST(Hislip, KeepsServiceRequestsUntilSomebodyWaitsForThem) {
  Said said;
  said.async +=
      hislip_message(20, 0x60, 0) + hislip_message(22, 0x41, 0) + hislip_message(14, 0, 0);
  Client client(std::move(said));
  client.async_sent.clear();
  EXPECT_EQ(client.link->status_byte(kSoon).value(), 0x41);
  EXPECT_EQ(client.async_sent, hislip_message(21, 0, kFirst - 2));
  EXPECT_TRUE(client.link->wait_service_request(kSoon).value());
  EXPECT_FALSE(client.link->wait_service_request(kSoon).value());
}

TEST(Hislip, ClearsTheDeviceAndStartsAnew) {
  Said said;
  said.sync += hislip_message(7, 0, kFirst, "half an ans") + hislip_message(9, 0, 0) +
               hislip_message(7, 0, kFirst, "fresh\n");
  said.async += hislip_message(22, 0x10, 0) + hislip_message(23, 0, 0);
  Client client(std::move(said));
  ASSERT_TRUE(client.link->write("A?", kSoon).has_value());
  std::array<std::byte, 3> part{};
  ASSERT_EQ(client.link->read(part, kSoon).value().bytes, 3U);
  client.sync_sent.clear();
  client.async_sent.clear();
  ASSERT_TRUE(client.link->clear(kSoon).has_value());
  EXPECT_EQ(client.async_sent, hislip_message(19, 0, 0));
  EXPECT_EQ(client.sync_sent, hislip_message(8, 0, 0));
  ASSERT_TRUE(client.link->write("B?", kSoon).has_value());
  EXPECT_EQ(client.read().value(), "fresh\n");
  EXPECT_EQ(client.connects, 2);
}

TEST(Hislip, ReadsTheSameHoweverTheBytesAreCut) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  for (int round = 0; round < 2000; ++round) {
    Said said;
    said.sync += hislip_message(7, 0, 5, "stale") + hislip_message(6, 0, kFirst, "some text") +
                 hislip_message(7, 0, kFirst, " and an end\n");
    Client client(std::move(said), {.seed = static_cast<std::uint32_t>(random()),
                                    .longest_read = 1 + random() % 20});
    ASSERT_TRUE(client.link);
    ASSERT_TRUE(client.link->write("A?", kSoon).has_value());
    ASSERT_EQ(client.read().value(), "some text and an end\n");
  }
}

TEST(Hislip, SurvivesTenThousandDamagedDialogues) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  std::size_t failures = 0;
  for (int round = 0; round < 10'000; ++round) {
    Said said;
    said.sync += hislip_message(6, 0, kFirst, "some") + hislip_message(7, 0, kFirst, "text\n") +
                 hislip_message(9, 0, 0) + hislip_message(7, 0, kFirst, "more\n");
    said.async += hislip_message(20, 0x60, 0) + hislip_message(22, 1, 0) + hislip_message(23, 0, 0);
    Client client(std::move(said), {.seed = static_cast<std::uint32_t>(random()),
                                    .longest_read = 9,
                                    .flip = 0.05,
                                    .drop = 0.02,
                                    .garbage = 0.02,
                                    .delay = 0.01});
    if (!client.link) {
      ++failures;
      continue;
    }
    for (int i = 0; i < 3; ++i) {
      failures += client.link->write("A?", kSoon) && client.read() ? 0 : 1;
      failures += client.link->status_byte(kSoon) ? 0 : 1;
      failures += client.link->clear(kSoon) ? 0 : 1;
    }
  }
  EXPECT_GT(failures, 5000U);  // the damage was seen
}

}  // namespace
}  // namespace acq::scpi
