// What acqctl prints: JSON, tables, sums.
#include <gtest/gtest.h>

#include <limits>

#include "acq/v1/control.pb.h"
#include "clients/tools/acqctl/accounts.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"

namespace acq::tool {
namespace {

TEST(Json, WritesEveryFieldByItsNameInTheSchema) {
  v1::Applied applied;
  applied.set_path("a.b");
  (*applied.mutable_in_force()->mutable_table()->mutable_entries())["k"].set_number(0.1);
  EXPECT_EQ(to_json(applied),
            R"({"path":"a.b","in_force":{"table":{"entries":{"k":{"number":0.1}}}},"why":""})");
}

TEST(Json, WritesEnumsAsWordsAnd64BitIntegersAsNumbers) {
  v1::InstrumentStatus status;
  status.set_name("scope");
  status.set_state(v1::InstrumentDescriptor::ACQUIRING);
  status.set_reconnects(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(
      to_json(status),
      R"({"name":"scope","state":"acquiring","last_error":"","epoch":0,)"
      R"("reconnects":18446744073709551615,"pool_packets":0,"pool_low_water":0,"streams":[]})");
}

TEST(Json, EscapesWhatWouldBreakIt) {
  JsonWriter json;
  json.begin_object().key("a\"b").text("\\\n\x1b[31m").end_object();
  EXPECT_EQ(json.str(), R"({"a\"b":"\\\u000a\u001b[31m"})");
}

TEST(Json, WritesNullForNumbersThatJsonDoesNotHave) {
  JsonWriter json;
  json.begin_list()
      .number(std::numeric_limits<double>::quiet_NaN())
      .number(std::numeric_limits<double>::infinity())
      .number(0.1F)
      .end_list();
  EXPECT_EQ(json.str(), "[null,null,0.1]");
}

TEST(Json, WritesBytesAsHexadecimalText) {
  v1::StreamDescriptor stream;
  stream.set_stream_id(std::string("\x00\xA5", 2));
  EXPECT_NE(to_json(stream).find(R"("stream_id":"00a5")"), std::string::npos);
}

TEST(Table, AlignsColumnsByCharactersAndNotBytes) {
  Table table({{"NAME"}, {"VALUE", Align::kRight}, {"TEXT"}});
  table.add({"µ", "1", "x"});
  table.add({"longer", "22222", ""});
  EXPECT_EQ(table.str(),
            "NAME    VALUE  TEXT\n"
            "µ           1  x\n"
            "longer  22222\n");
}

TEST(Table, ShowsNoControlCharactersOfTheOtherSide) {
  Table table({{"T"}});
  table.add({"\x1b[2J\n\x7f\xC2\x9B"});
  EXPECT_EQ(table.str(), "T\n\\x1b[2J\\x0a\\x7f\\xc2\\x9b\n");
}

v1::ConsumerStatus consumer() {
  v1::ConsumerStatus status;
  status.set_made(100);
  status.set_delivered(70);
  status.set_queued(10);
  status.add_lost()->set_samples(15);
  status.mutable_lost(0)->set_reason("ring_full");
  status.add_lost()->set_samples(5);
  status.mutable_lost(1)->set_reason("usb");
  return status;
}

TEST(Accounts, AgreeWhenMadeIsDeliveredAndLostAndQueued) {
  v1::Status status;
  auto& stream = *status.add_instruments()->add_streams();
  *stream.add_consumers() = consumer();
  EXPECT_EQ(difference(stream.consumers(0)), 0);
  EXPECT_TRUE(sums_agree(status));
  EXPECT_EQ(lost_text(stream.consumers(0)), "ring_full 15, usb 5");
}

TEST(Accounts, ShowASampleTooFewAndOneTooMany) {
  v1::Status status;
  auto& stream = *status.add_instruments()->add_streams();
  *stream.add_consumers() = consumer();
  stream.mutable_consumers(0)->set_delivered(69);
  EXPECT_EQ(difference(stream.consumers(0)), 1);
  EXPECT_FALSE(sums_agree(status));
  stream.mutable_consumers(0)->set_delivered(71);
  EXPECT_EQ(difference(stream.consumers(0)), -1);
  EXPECT_FALSE(sums_agree(status));
}

}  // namespace
}  // namespace acq::tool
