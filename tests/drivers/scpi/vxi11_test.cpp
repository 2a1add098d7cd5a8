#include "drivers/scpi/vxi11_link.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/faulty_stream.h"
#include "tests/support/rpc_bytes.h"
#include "tests/support/scripted_stream.h"

namespace acq::scpi {
namespace {

using test::FaultyStream;
using test::kFirstTransaction;
using test::rpc_fragment;
using test::rpc_reply;
using test::ScriptedStream;
using test::StreamFaults;
using test::xdr;
using test::xdr_bytes;

const Until kSoon{.deadline_ns = INT64_MAX};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Xdr, WritesNumbersAndPaddedBytes) {
  XdrWriter writer;
  writer.number(0x01020304).opaque("inst0").opaque("");
  EXPECT_EQ(text_of(writer.bytes()), std::string("\1\2\3\4\0\0\0\5inst0\0\0\0\0\0\0\0", 20));
}

TEST(Xdr, ReadsNothingBeyondItsBytes) {
  const std::string raw = xdr(7) + xdr_bytes("abc") + xdr(0xffffffff);
  XdrReader reader(std::as_bytes(std::span(raw)));
  EXPECT_EQ(reader.number().value(), 7U);
  EXPECT_EQ(text_of(reader.opaque(3).value()), "abc");
  EXPECT_EQ(reader.opaque(SIZE_MAX).error().sentence, "a reply is cut off");
  EXPECT_FALSE(reader.number().has_value());
  XdrReader again(std::as_bytes(std::span(raw)).subspan(4));
  EXPECT_EQ(again.opaque(2).error().allowed, "at most 2");
  const std::string unpadded = xdr(3) + "abc";
  EXPECT_FALSE(XdrReader(std::as_bytes(std::span(unpadded))).opaque(3).has_value());
}

std::unique_ptr<ScriptedStream> saying(std::string_view bytes) {
  auto stream = std::make_unique<ScriptedStream>([](std::string_view) { return std::string{}; });
  stream->send(bytes);
  return stream;
}

TEST(RpcRecord, PutsFragmentsTogetherHoweverTheyAreCut) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    std::vector<std::string> wanted;
    for (int i = 0; i < 3; ++i) {
      std::string whole;
      const int parts = 1 + static_cast<int>(random() % 3);
      for (int part = 0; part < parts; ++part) {
        const std::string some(random() % 9, static_cast<char>('a' + part));
        whole += some;
        bytes += rpc_fragment(some, part + 1 == parts);
      }
      wanted.push_back(whole);
    }
    FaultyStream stream(saying(bytes), {.seed = static_cast<std::uint32_t>(random()),
                                        .longest_read = 1 + random() % 7,
                                        .delay = 0.3});  // a time-out loses nothing
    RpcRecord record(64);
    for (const std::string& one : wanted) {
      auto read = record.read(stream, kSoon);
      while (!read && read.error().code == Code::kTimeout) read = record.read(stream, kSoon);
      ASSERT_EQ(text_of(read.value()), one);
    }
  }
}

TEST(RpcRecord, RefusesWhatIsTooLongBeforeTakingIt) {
  const auto stream = saying(rpc_fragment("1234", false) + xdr(0x80000000 | 5));
  RpcRecord record(8);
  const auto read = record.read(*stream, kSoon);
  EXPECT_EQ(read.error().sentence, "a reply of 9 bytes");
  EXPECT_EQ(read.error().allowed, "at most 8");
}

TEST(RpcRecord, DoesNotFollowEmptyFragmentsForEver) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += rpc_fragment("", false);
  const auto stream = saying(bytes);
  RpcRecord record(8);
  EXPECT_EQ(record.read(*stream, {.deadline_ns = 0}).error().sentence,
            "the reply does not end in time");
}

TEST(RpcReply, SaysWhatTheServerRefuses) {
  const auto with = [](std::uint32_t status) {
    const std::string raw = xdr(5) + xdr(1) + xdr(0) + xdr(0) + xdr(0) + xdr(status);
    return to_string(parse_rpc_reply(std::as_bytes(std::span(raw))).value().results.error());
  };
  EXPECT_EQ(with(1), "unsupported: the instrument has no such program");
  EXPECT_EQ(with(3), "unsupported: the instrument has no such procedure");
  EXPECT_EQ(with(4), "io: the instrument could not read the arguments");
  EXPECT_EQ(with(99), "io: the instrument refused with 99");
  const std::string denied = xdr(5) + xdr(1) + xdr(1) + xdr(1);
  EXPECT_EQ(parse_rpc_reply(std::as_bytes(std::span(denied))).value().results.error().code,
            Code::kDenied);
  for (const std::string& wrong :
       {std::string{}, xdr(5), xdr(5) + xdr(0) + xdr(0), xdr(5) + xdr(1)})
    EXPECT_FALSE(parse_rpc_reply(std::as_bytes(std::span(wrong))).has_value());
}

TEST(RpcPort, IsAskedForAndChecked) {
  const auto port_of = [](std::uint32_t answer) {
    return find_rpc_port(saying(rpc_reply(kFirstTransaction, xdr(answer))), 1, 1, kSoon);
  };
  EXPECT_EQ(port_of(1024).value(), 1024);
  EXPECT_EQ(port_of(0).error().code, Code::kNotFound);
  EXPECT_EQ(port_of(65536).error().code, Code::kNotFound);
}

TEST(RpcClient, IsOfNoMoreUseAfterAReplyThatIsTooLong) {
  RpcClient client(saying(rpc_fragment(std::string(9, 'x'), true) + std::string(40, 'x')), 1, 1, 8);
  EXPECT_EQ(client.call(1, {}, kSoon).error().code, Code::kIo);
  EXPECT_FALSE(client.is_usable());
  EXPECT_EQ(client.call(1, {}, kSoon).error().code, Code::kDisconnected);
  EXPECT_EQ(client.await_late(kSoon).error().code, Code::kDisconnected);
}

// A server whose replies are there before the calls.
struct Client {
  explicit Client(const std::vector<std::string>& results, StreamFaults faults = {}) {
    std::string replies;
    std::uint32_t transaction = kFirstTransaction;
    for (const std::string& one : results) replies += rpc_reply(transaction++, one);
    Vxi11Settings settings{.name = "vxi11", .core_port = 1024};
    settings.connect = [this, replies, faults](
                           std::uint16_t, const Until&) -> Result<std::unique_ptr<ByteStream>> {
      ++connects;
      auto stream = std::make_unique<ScriptedStream>([this](std::string_view written) {
        sent += written;
        return std::string{};
      });
      stream->send(replies);
      return std::make_unique<FaultyStream>(std::move(stream), faults);
    };
    auto opened = Vxi11Link::open(std::move(settings), kSoon);
    if (opened) {
      link = std::move(*opened);
    } else {
      error = opened.error();
    }
  }

  int connects = 0;
  std::string sent;
  std::unique_ptr<Vxi11Link> link;
  Error error;
};

std::string linked(std::uint32_t most_bytes = 4096) {
  return xdr(0) + xdr(77) + xdr(1025) + xdr(most_bytes);
}

// RFC 5531, section 9 and VXI-11, B.6.3: what create_link looks like on the wire.
TEST(Vxi11, OpensALink) {
  const Client client({linked()});
  ASSERT_TRUE(client.link) << to_string(client.error);
  EXPECT_EQ(client.sent, rpc_fragment(xdr(kFirstTransaction) + xdr(0) + xdr(2) + xdr(0x0607af) +
                                          xdr(1) + xdr(10) + xdr(0) + xdr(0) + xdr(0) + xdr(0) +
                                          xdr(0) + xdr(0) + xdr(0) + xdr_bytes("inst0"),
                                      true));
  EXPECT_EQ(client.link->most_bytes(), 4096U);
}

// VXI-11, B.6 and appendix C: the arguments of each procedure, in their order.
TEST(Vxi11, SendsTheArgumentsOfEachProcedureInOrder) {
  const auto call = [](std::uint32_t number, std::uint32_t procedure, std::string_view arguments) {
    return rpc_fragment(xdr(kFirstTransaction + number) + xdr(0) + xdr(2) + xdr(0x0607af) + xdr(1) +
                            xdr(procedure) + xdr(0) + xdr(0) + xdr(0) + xdr(0) +
                            std::string(arguments),
                        true);
  };
  // The instrument's time is limited to an hour where ours is not.
  const std::string hour = xdr(3'600'000);
  const std::string generic = xdr(77) + xdr(0) + xdr(0) + hour;
  Client client({linked(), xdr(0) + xdr(6), xdr(0) + xdr(4) + xdr_bytes("1\n"), xdr(0) + xdr(64),
                 xdr(0), xdr(0), xdr(0), xdr(0)});
  client.sent.clear();
  std::array<std::byte, 9> into{};
  ASSERT_TRUE(client.link->write("*IDN?", kSoon).has_value());
  ASSERT_TRUE(client.link->read(into, kSoon).has_value());
  EXPECT_EQ(client.link->status_byte(kSoon).value(), 64);
  ASSERT_TRUE(client.link->trigger(kSoon).has_value());
  ASSERT_TRUE(client.link->clear(kSoon).has_value());
  ASSERT_TRUE(client.link->set_remote(true, kSoon).has_value());
  ASSERT_TRUE(client.link->set_remote(false, kSoon).has_value());
  EXPECT_EQ(client.sent, call(1, 11, xdr(77) + hour + xdr(0) + xdr(8) + xdr_bytes("*IDN?\n")) +
                             call(2, 12, xdr(77) + xdr(9) + hour + xdr(0) + xdr(0) + xdr(0)) +
                             call(3, 13, generic) + call(4, 14, generic) + call(5, 15, generic) +
                             call(6, 16, generic) + call(7, 17, generic));
  client.sent.clear();
  client.link.reset();
  EXPECT_EQ(client.sent, call(8, 23, xdr(77)));
}

TEST(Vxi11, SaysWhyThereIsNoLink) {
  EXPECT_EQ(Client({xdr(9) + xdr(0) + xdr(0) + xdr(0)}).error.code, Code::kBusy);
  EXPECT_EQ(Client({xdr(3) + xdr(0) + xdr(0) + xdr(0)}).error.code, Code::kNotFound);
  EXPECT_EQ(Client({xdr(0) + xdr(1)}).error.sentence, "a reply is cut off");
  EXPECT_EQ(Client({linked(0)}).error.allowed, "at least 16");
  EXPECT_EQ(Client({}).error.code, Code::kTimeout);
}

TEST(Vxi11, CutsMessagesToWhatTheInstrumentTakesAndGoesOnWhereItStopped) {
  Client client({linked(16), xdr(0) + xdr(10), xdr(0) + xdr(16), xdr(0) + xdr(5)});
  client.sent.clear();
  ASSERT_TRUE(client.link->write("ABCDEFGHIJKLMNOPQRSTUVWXYZ 123", kSoon).has_value());
  for (const char* part : {"ABCDEFGHIJKLMNOP", "KLMNOPQRSTUVWXYZ", " 123\n"})
    EXPECT_NE(client.sent.find(xdr_bytes(part)), std::string::npos) << part;
}

TEST(Vxi11, RefusesCountsThatCannotBe) {
  EXPECT_EQ(Client({linked(), xdr(0) + xdr(0)}).link->write("A", kSoon).error().code, Code::kIo);
  EXPECT_EQ(Client({linked(), xdr(0) + xdr(3)}).link->write("A", kSoon).error().code, Code::kIo);
  std::array<std::byte, 4> into{};
  EXPECT_EQ(Client({linked(), xdr(0) + xdr(4) + xdr_bytes("five5")})
                .link->read(into, kSoon)
                .error()
                .allowed,
            "at most 4");
  EXPECT_EQ(Client({linked(), xdr(0) + xdr(4) + xdr(4)}).link->read(into, kSoon).error().code,
            Code::kIo);
}

TEST(Vxi11, TellsErrorsInWords) {
  const std::pair<std::uint32_t, Code> kErrors[] = {
      {4, Code::kDisconnected}, {8, Code::kUnsupported}, {11, Code::kBusy}, {15, Code::kTimeout},
      {17, Code::kIo},          {23, Code::kTimeout},    {99, Code::kIo}};
  for (const auto& [number, code] : kErrors) {
    Client client({linked(), xdr(number)});
    EXPECT_EQ(client.link->trigger(kSoon).error().code, code) << number;
  }
}

TEST(Vxi11, KnowsTheEndOfAnAnswer) {
  Client client({linked(), xdr(0) + xdr(1) + xdr_bytes("on"), xdr(0) + xdr(6) + xdr_bytes("e\n")});
  std::array<std::byte, 2> into{};
  EXPECT_FALSE(client.link->read(into, kSoon).value().is_end);
  EXPECT_TRUE(client.link->read(into, kSoon).value().is_end);
}

TEST(Vxi11, HasNoServiceRequestsWithoutAnAddressToCall) {
  Client client({linked()});
  EXPECT_EQ(client.link->enable_service_requests(kSoon).error().code, Code::kUnsupported);
}

TEST(Vxi11, KnowsAServiceRequest) {
  const auto call = [](std::uint32_t program, std::uint32_t procedure) {
    const std::string raw = xdr(1) + xdr(0) + xdr(2) + xdr(program) + xdr(1) + xdr(procedure) +
                            xdr(0) + xdr(0) + xdr(0) + xdr(0) + xdr_bytes("acqd");
    return is_service_request(std::as_bytes(std::span(raw)));
  };
  EXPECT_TRUE(call(0x0607b1, 30));
  EXPECT_FALSE(call(0x0607b1, 31));
  EXPECT_FALSE(call(0x0607af, 30));
  EXPECT_FALSE(is_service_request({}));
}

TEST(Vxi11, SurvivesTenThousandDamagedDialogues) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::minstd_rand random(seed);
  std::size_t failures = 0;
  for (int round = 0; round < 10'000; ++round) {
    Client client(
        {linked(), xdr(0) + xdr(3), xdr(0) + xdr(4) + xdr_bytes("hello\n"), xdr(0) + xdr(64),
         xdr(0), xdr(0) + xdr(3), xdr(0) + xdr(4) + xdr_bytes("again\n")},
        {.seed = static_cast<std::uint32_t>(random()),
         .longest_read = 11,
         .flip = 0.03,
         .drop = 0.02,
         .garbage = 0.02,
         .delay = 0.01});
    std::array<std::byte, 8> into{};
    if (!client.link) {
      ++failures;
      continue;
    }
    for (int i = 0; i < 3; ++i) {
      failures += client.link->write("A?", kSoon) ? 0 : 1;
      if (const auto piece = client.link->read(into, kSoon)) {
        ASSERT_LE(piece->bytes, into.size());
      } else {
        ++failures;
      }
      failures += client.link->status_byte(kSoon) ? 0 : 1;
      failures += client.link->clear(kSoon) ? 0 : 1;
    }
  }
  EXPECT_GT(failures, 5000U);  // the damage was seen
}

}  // namespace
}  // namespace acq::scpi
