#include "drivers/discovery/dns_message.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/drivers/discovery/dns_bytes.h"

namespace acq::dns {
namespace {

using test::DnsBytes;

TEST(DnsMessage, AQueryAsksForEachNameAndForAnAnswerToItsSender) {
  const std::vector<Question> questions{{Name::of("_lxi._tcp.local"), Type::kPtr}};
  const std::vector<std::byte> query = encode_query(questions);
  // RFC 1035, 4.1: twelve bytes of header, then labels, type and class; RFC 6762, 5.4: bit 15.
  const std::string expected("\0\0\0\0\0\1\0\0\0\0\0\0\4_lxi\4_tcp\5local\0\0\x0c\x80\1",
                             12 + 5 + 5 + 6 + 1 + 4);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(query.data()), query.size()), expected);
  const auto read = decode_message(query);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->is_answer);
}

TEST(DnsMessage, EveryKindOfRecordIsRead) {
  const DnsBytes message = DnsBytes(5)
                               .ptr("_lxi._tcp.local", "Scope._lxi._tcp.local")
                               .srv("Scope._lxi._tcp.local", 80, "scope.local")
                               .txt("Scope._lxi._tcp.local", "Model=DS1104Z")
                               .a("scope.local", 7)
                               .head("scope.local", static_cast<Type>(47), 2)
                               .u16(0);
  const auto read = decode_message(message.bytes);
  ASSERT_TRUE(read) << to_string(read.error());
  ASSERT_EQ(read->records.size(), 5U);
  EXPECT_TRUE(read->is_answer);
  EXPECT_EQ(std::get<Pointer>(read->records[0].data).target.text(), "Scope._lxi._tcp.local");
  EXPECT_EQ(std::get<Server>(read->records[1].data).port, 80);
  EXPECT_EQ(std::get<Texts>(read->records[2].data).lines,
            std::vector<std::string>{"Model=DS1104Z"});
  EXPECT_EQ(std::get<Ipv4>(read->records[3].data).bytes,
            (std::array<std::uint8_t, 4>{10, 0, 0, 7}));
  EXPECT_TRUE(std::holds_alternative<Unknown>(read->records[4].data));
}

TEST(DnsMessage, ANameMayEndInOneThatCameBefore) {
  DnsBytes message(2);
  message.ptr("_lxi._tcp.local", "Scope._lxi._tcp.local");
  // "Two" and a pointer to "_lxi._tcp.local" at byte 12.
  message.name("_lxi._tcp.local").u16(12).u16(1).u16(0).u16(120).u16(6).text("Two").u16(0xc00c);
  const auto read = decode_message(message.bytes);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(std::get<Pointer>(read->records[1].data).target.text(), "Two._lxi._tcp.local");
}

TEST(DnsMessage, ANameThatLeadsToItselfIsRefused) {
  DnsBytes message(1);
  message.u16(0xc00c).u16(12).u16(1).u16(0).u16(120).u16(0);
  EXPECT_EQ(decode_message(message.bytes).error().code, Code::kInvalid);
  DnsBytes forward(1);  // to the end of the message
  forward.u16(0xc010).u16(12).u16(1).u16(0).u16(120).u16(0);
  EXPECT_EQ(decode_message(forward.bytes).error().code, Code::kInvalid);
}

TEST(DnsMessage, NamesAndCountsEndAtTheirLimits) {
  std::string name;
  for (int i = 0; i < 4; ++i) name += std::string(62, 'a') + ".";  // 4 * 63 + 1 = 253 bytes
  EXPECT_TRUE(decode_message(DnsBytes(1).a(name, 1).bytes));
  EXPECT_FALSE(decode_message(DnsBytes(1).a(name + "abc", 1).bytes));
  DnsBytes full(kMostRecords);
  for (std::size_t i = 0; i < kMostRecords; ++i) full.a("", 1);
  EXPECT_TRUE(decode_message(full.bytes));
  EXPECT_FALSE(decode_message(DnsBytes(kMostRecords + 1).bytes));
  EXPECT_FALSE(decode_message(std::vector<std::byte>(kMostBytes + 1)));
}

TEST(DnsMessage, AMessageThatIsCutAnywhereIsRefused) {
  const std::vector<std::byte> whole =
      DnsBytes(2).srv("a._lxi._tcp.local", 80, "b.local").txt("a._lxi._tcp.local", "x=1").bytes;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_message(std::span(whole).first(size))) << size;
  EXPECT_TRUE(decode_message(whole));
}

TEST(DnsMessage, ALengthThatLiesSpoilsNoMoreThanItsRecord) {
  DnsBytes message(2);
  message.head("a.local", Type::kA, 3).u8(1).u8(2).u8(3);  // an address of three bytes
  message.a("b.local", 9);
  const auto read = decode_message(message.bytes);
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::holds_alternative<Unknown>(read->records[0].data));
  EXPECT_TRUE(std::holds_alternative<Ipv4>(read->records[1].data));
}

TEST(DnsMessage, NamesCompareWithoutCase) {
  EXPECT_EQ(Name::of("Scope.LOCAL"), Name::of("scope.local"));
  EXPECT_FALSE(Name::of("scope.local") == Name::of("scope2.local"));
}

}  // namespace
}  // namespace acq::dns
