#include "drivers/modbus/protocol.h"

#include <gtest/gtest.h>

#include <random>

#include "drivers/modbus/poller.h"
#include "drivers/modbus/register_fields.h"
#include "drivers/modbus/registers.h"
#include "tests/support/faulty_stream.h"
#include "tests/support/scripted_stream.h"

namespace acq::modbus {
namespace {

std::vector<std::byte> bytes(const std::vector<int>& values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

constexpr Request kTwoHolding{.unit = 17, .kind = Kind::kHolding, .address = 107, .count = 3};

// The examples of Modbus Application Protocol 1.1b3, 6.1 to 6.4, and of the serial guide.
TEST(ModbusProtocol, WritesTheRequestsOfTheSpecification) {
  EXPECT_EQ(encode({1, Kind::kHolding, 0x6b, 3}, Framing::kTcp, 0x1501),
            bytes({0x15, 0x01, 0, 0, 0, 6, 1, 3, 0, 0x6b, 0, 3}));
  EXPECT_EQ(encode({1, Kind::kCoil, 0x13, 0x13}, Framing::kTcp, 0),
            bytes({0, 0, 0, 0, 0, 6, 1, 1, 0, 0x13, 0, 0x13}));
  EXPECT_EQ(encode(kTwoHolding, Framing::kRtu, 0), bytes({0x11, 3, 0, 0x6b, 0, 3, 0x76, 0x87}));
}

TEST(ModbusProtocol, HasTheChecksumOfTheSerialGuide) {
  EXPECT_EQ(crc16(bytes({0x02, 0x07})), 0x1241);  // appendix B: sent as 41 12
}

TEST(ModbusProtocol, ReadsTheAnswersOfTheSpecification) {
  auto reply = parse(bytes({0x15, 0x01, 0, 0, 0, 9, 1, 3, 6, 2, 0x2b, 0, 0, 0, 0x64}),
                     {1, Kind::kHolding, 0x6b, 3}, Framing::kTcp, 0x1501);
  ASSERT_TRUE(reply) << to_string(reply.error());
  EXPECT_EQ(reply->used, 15U);
  EXPECT_EQ(reply->values, (std::vector<std::uint16_t>{0x22b, 0, 0x64}));
  // 19 coils: CD 6B 05.
  reply = parse(bytes({0, 7, 0, 0, 0, 6, 1, 1, 3, 0xcd, 0x6b, 5}), {1, Kind::kCoil, 0x13, 19},
                Framing::kTcp, 7);
  ASSERT_TRUE(reply) << to_string(reply.error());
  EXPECT_EQ(reply->values,
            (std::vector<std::uint16_t>{1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1}));
  reply = parse(bytes({0, 7, 0, 0, 0, 3, 1, 0x83, 2}), {1, Kind::kHolding, 0, 1}, Framing::kTcp, 7);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->refusal, 2);
  EXPECT_EQ(exception_name(2), "illegal data address");
}

TEST(ModbusProtocol, WaitsForTheWholeAnswerAndPassesOverThoseToOtherTransactions) {
  const Request request{1, Kind::kInput, 0, 1};
  const auto whole = bytes({0, 7, 0, 0, 0, 5, 1, 4, 2, 0x12, 0x34});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto reply = parse(std::span(whole).first(size), request, Framing::kTcp, 7);
    ASSERT_TRUE(reply) << size;
    EXPECT_EQ(reply->used, 0U);
  }
  const auto reply = parse(whole, request, Framing::kTcp, 8);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->used, whole.size());
  EXPECT_TRUE(reply->values.empty());
}

TEST(ModbusProtocol, RefusesWhatCannotBeTheAnswer) {
  const Request request{1, Kind::kHolding, 0, 2};
  for (const auto& bad : {
           bytes({0, 7, 0, 1, 0, 7, 1, 3, 4, 1, 2, 3, 4}),     // another protocol
           bytes({0, 7, 0, 0, 0, 7, 2, 3, 4, 1, 2, 3, 4}),     // another unit
           bytes({0, 7, 0, 0, 0, 7, 1, 4, 4, 1, 2, 3, 4}),     // another function
           bytes({0, 7, 0, 0, 0, 7, 1, 3, 2, 1, 2, 3, 4}),     // another byte count
           bytes({0, 7, 0, 0, 0, 8, 1, 3, 4, 1, 2, 3, 4, 5}),  // longer than it says
           bytes({0, 7, 0, 0, 0, 2, 1, 3}),                    // too short for anything
           bytes({0, 7, 0, 0, 0xff, 0xff, 1, 3, 4}),           // endless
       }) {
    const auto reply = parse(bad, request, Framing::kTcp, 7);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Code::kIo);
  }
  auto rtu = bytes({1, 3, 4, 1, 2, 3, 4});
  const std::uint16_t sum = crc16(rtu);
  rtu.push_back(static_cast<std::byte>(sum));
  rtu.push_back(static_cast<std::byte>(sum >> 8));
  EXPECT_TRUE(parse(rtu, request, Framing::kRtu, 0));
  for (std::size_t i = 0; i < rtu.size(); ++i) {  // any one byte wrong
    auto bad = rtu;
    bad[i] ^= std::byte{0x40};
    const auto reply = parse(bad, request, Framing::kRtu, 0);
    EXPECT_TRUE(!reply || reply->used == 0) << i;
  }
}

Result<RegisterTable> table_of(const List& rows) {
  static constexpr ParamSpec kSpecs[] = {
      {.name = "registers", .type = ParamType::kTables, .fields = kRegisterFields}};
  const auto params = Params::check(kSpecs, {{"registers", rows}}, "");
  EXPECT_TRUE(params) << to_string(params.error());
  return read_registers(params->tables("registers"));
}

Table row(const std::string& name, double address, const std::string& type = "u16",
          const std::string& kind = "holding") {
  Table out{{"name", name}, {"address", address}, {"kind", kind}};
  if (kind == "holding" || kind == "input") out["type"] = type;
  return out;
}

TEST(ModbusRegisters, FetchNeighboursTogetherUpToTheLimit) {
  const auto table = table_of({row("c", 12, "f32"), row("a", 10), row("b", 11), row("far", 20),
                               row("in", 14, "u16", "input"), row("bit", 0, "", "coil")});
  ASSERT_TRUE(table) << to_string(table.error());
  ASSERT_EQ(table->fetches.size(), 4U);
  EXPECT_EQ(table->fetches[0].request, (Request{1, Kind::kCoil, 0, 1}));
  EXPECT_EQ(table->fetches[1].request, (Request{1, Kind::kHolding, 10, 4}));
  EXPECT_EQ(table->fetches[1].items[2].channel, 0U);
  EXPECT_EQ(table->fetches[1].items[2].offset, 2U);
  EXPECT_EQ(table->fetches[2].request, (Request{1, Kind::kHolding, 20, 1}));
  EXPECT_EQ(table->dtype, Dtype::kF64);
  List many;
  for (int i = 0; i < 64; ++i) many.emplace_back(row("r" + std::to_string(i), 4.0 * i, "f64"));
  const auto large = table_of(many);
  ASSERT_TRUE(large);
  EXPECT_EQ(large->fetches.size(), 3U);  // 256 registers, 31 values of 4 in one request
  for (const Fetch& fetch : large->fetches) EXPECT_LE(fetch.request.count, 125U);
}

TEST(ModbusRegisters, AreRefusedByRow) {
  const auto where = [](const List& rows) { return table_of(rows).error().where; };
  EXPECT_EQ(where({}), "registers");
  EXPECT_EQ(where({row("a", 1), row("a", 2)}), "registers[1].name");
  EXPECT_EQ(where({row("a", 65535, "f32")}), "registers[0].address");
  Table bit = row("a", 1, "", "coil");
  bit["type"] = std::string("u16");
  EXPECT_EQ(where({bit}), "registers[0].type");
  Table flat = row("a", 1);
  flat["scale"] = 0.0;
  EXPECT_EQ(where({flat}), "registers[0].scale");
}

// A device that answers right, over a line that damages: 5,000 polls give the right values, an
// error, or nothing; never other values, as RTU has a checksum, and never more than were asked for.
TEST(ModbusPoller, NeverTakesDamageForAValue) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto table = *table_of({row("a", 3), row("b", 4), row("bit", 9, "", "discrete")});
  int right = 0, wrong = 0, silent = 0;
  for (int tries = 0; tries < 5000; ++tries) {
    auto script = std::make_unique<test::ScriptedStream>([](std::string_view written) {
      const bool is_bit = written[1] == 2;
      std::vector<std::byte> out =
          is_bit ? bytes({1, 2, 1, 1}) : bytes({1, 3, 4, 0x12, 0x34, 0x56, 0x78});
      const std::uint16_t sum = crc16(out);
      out.push_back(static_cast<std::byte>(sum));
      out.push_back(static_cast<std::byte>(sum >> 8));
      return std::string(reinterpret_cast<const char*>(out.data()), out.size());
    });
    const test::StreamFaults faults{.seed = static_cast<std::uint32_t>(random()),
                                    .longest_read = 1 + random() % 5,
                                    .flip = 0.1,
                                    .drop = 0.02,
                                    .garbage = 0.02};
    const FakeClock clock;
    Poller poller(std::make_unique<test::FaultyStream>(std::move(script), faults), Framing::kRtu,
                  table.fetches, clock);
    const Result<bool> polled = poller.poll({});
    if (!polled) {
      ++wrong;
      EXPECT_FALSE(polled.error().sentence.empty());
    } else if (!*polled) {
      ++silent;
    } else {
      ++right;
      EXPECT_EQ(poller.values(0), (std::vector<std::uint16_t>{1}));
      EXPECT_EQ(poller.values(1), (std::vector<std::uint16_t>{0x1234, 0x5678}));
    }
  }
  EXPECT_GT(right, 0);
  EXPECT_GT(wrong, 0);
  EXPECT_GT(silent, 0);
}

}  // namespace
}  // namespace acq::modbus
