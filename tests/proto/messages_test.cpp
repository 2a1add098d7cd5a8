#include "proto/messages.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "proto/limits.h"

namespace acq {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Result<v1::Request> sent(const v1::Request& request) {
  return decode_request(bytes_of(encode(request)));
}

v1::Request set_request() {
  v1::Request request;
  request.set_id(7);
  for (const char* path : {"instrument.scope.rate", "pipeline.psd.welch.size"}) {
    v1::Assignment& assignment = *request.mutable_set()->add_assignments();
    assignment.set_path(path);
    assignment.mutable_value()->set_text("20 kHz");
  }
  return request;
}

v1::Value& value_of(v1::Request& request, int i) {
  return *request.mutable_set()->mutable_assignments(i)->mutable_value();
}

TEST(Request, EveryVerbComesBackAsItWasSent) {
  const std::function<void(v1::Request&)> verbs[] = {
      [](auto& r) { r.mutable_hello()->set_client("acqctl"); },
      [](auto& r) { r.mutable_list()->set_what(v1::List::DRIVERS); },
      [](auto& r) { r.mutable_describe()->set_name("scope"); },
      [](auto& r) { r.mutable_get()->add_paths("instrument.scope.rate"); },
      [](auto& r) { *r.mutable_set() = set_request().set(); },
      [](auto& r) {
        *r.mutable_negotiate()->mutable_assignments() = set_request().set().assignments();
      },
      [](auto& r) { r.mutable_start()->set_instrument("scope"); },
      [](auto& r) { r.mutable_stop()->set_instrument("scope"); },
      [](auto& r) { r.mutable_configure()->set_patch("[publish]\n\tbudget = \"4 MiB\"\n"); },
      [](auto& r) { r.mutable_subscribe_info(); },
      [](auto& r) { r.mutable_stats(); },
      [](auto& r) { r.mutable_shutdown(); },
  };
  for (const auto& verb : verbs) {
    v1::Request request;
    request.set_id(UINT64_MAX);
    request.set_deadline_ms(500);
    request.set_lease_token(std::string("\0\xFF\x01", 3));
    verb(request);
    const auto back = sent(request);
    ASSERT_TRUE(back) << to_string(back.error());
    EXPECT_EQ(encode(*back), encode(request)) << request.ShortDebugString();
  }
}

struct BadRequest {
  const char* name;
  const char* field;
  const char* allowed;
  std::function<void(v1::Request&)> spoil;
};

const BadRequest kBadRequests[] = {
    {"NoVerb", "verb", "one of the verbs of acq.v1.Request", [](auto& r) { r.clear_verb(); }},
    {"ConfigureNothing", "configure", "toml, patch or reload",
     [](auto& r) { r.mutable_configure(); }},
    {"LongPath", "set.assignments[1].path", "at most 256 bytes",
     [](auto& r) { r.mutable_set()->mutable_assignments(1)->set_path(std::string(257, 'p')); }},
    {"PathWithLineBreak", "set.assignments[0].path",
     "at most 256 bytes of UTF-8 without control characters",
     [](auto& r) { r.mutable_set()->mutable_assignments(0)->set_path("a\nb"); }},
    {"LongText", "set.assignments[0].value.text", "at most 256 bytes",
     [](auto& r) { value_of(r, 0).set_text(std::string(60000, 'x')); }},
    {"NumberNaN", "set.assignments[1].value.number", "a finite number",
     [](auto& r) { value_of(r, 1).set_number(std::numeric_limits<double>::quiet_NaN()); }},
    {"NumberInfinite", "set.assignments[1].value.list.items[2].number", "a finite number",
     [](auto& r) {
       v1::ValueList& list = *value_of(r, 1).mutable_list();
       for (int i = 0; i < 3; ++i) list.add_items()->set_number(i);
       list.mutable_items(2)->set_number(-std::numeric_limits<double>::infinity());
     }},
    {"EmptyValue", "set.assignments[0].value", "number, text, flag, list, table",
     [](auto& r) { value_of(r, 0).Clear(); }},
    {"KeyWithEscape", "set.assignments[0].value.table.entries[0].key",
     "at most 256 bytes of UTF-8 without control characters",
     [](auto& r) { (*value_of(r, 0).mutable_table()->mutable_entries())["\x1b"].set_flag(true); }},
    {"LongClientName", "hello.client", "at most 256 bytes",
     [](auto& r) { r.mutable_hello()->set_client(std::string(300, 'c')); }},
    {"LongToken", "lease_token", "at most 256 bytes",
     [](auto& r) { r.set_lease_token(std::string(257, 't')); }},
    {"UnknownList", "list.what", "0 to 4",
     [](auto& r) { r.mutable_list()->set_what(v1::List::What(5)); }},
};

class RequestRefusal : public ::testing::TestWithParam<BadRequest> {};

TEST_P(RequestRefusal, NamesFieldAndWhatIsAllowed) {
  v1::Request request = set_request();
  ASSERT_TRUE(sent(request));
  GetParam().spoil(request);
  const auto refused = sent(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_EQ(refused.error().where, GetParam().field);
  EXPECT_EQ(refused.error().allowed, GetParam().allowed);
  EXPECT_FALSE(refused.error().sentence.empty());
}

INSTANTIATE_TEST_SUITE_P(Messages, RequestRefusal, ::testing::ValuesIn(kBadRequests),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Request, IsTakenAt64KiBAndRefusedAbove) {
  const auto with_size = [](std::size_t size) {
    v1::Request request;
    request.mutable_configure()->set_toml(std::string(size, '#'));
    const std::size_t rest = request.ByteSizeLong() - size;
    request.mutable_configure()->mutable_toml()->resize(size - rest);
    return request;
  };
  const v1::Request largest = with_size(limits::kControlBytes);
  ASSERT_EQ(largest.ByteSizeLong(), limits::kControlBytes);
  EXPECT_TRUE(sent(largest));
  for (const std::size_t size : {limits::kControlBytes + 1, 100 * limits::kControlBytes}) {
    const auto refused = sent(with_size(size));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kOverflow);
    EXPECT_EQ(refused.error().allowed, "at most 65536 bytes");
  }
}

TEST(Request, CarriesAtMost256Assignments) {
  v1::Request request = set_request();
  const v1::Assignment one = request.set().assignments(0);
  const auto with_count = [&](std::size_t count) {
    request.mutable_set()->clear_assignments();
    for (std::size_t i = 0; i < count; ++i) *request.mutable_set()->add_assignments() = one;
    return sent(request);
  };
  EXPECT_TRUE(with_count(limits::kAssignments));
  for (const std::size_t count : {limits::kAssignments + 1, std::size_t{1500}}) {
    const auto refused = with_count(count);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "set.assignments");
    EXPECT_EQ(refused.error().allowed, "at most 256");
  }
}

TEST(Request, AListHasAtMost8192Items) {
  v1::Request request = set_request();
  const auto with_count = [&](std::size_t count) {
    v1::ValueList& list = *value_of(request, 0).mutable_list();
    list.clear_items();
    for (std::size_t i = 0; i < count; ++i) list.add_items()->set_flag(true);
    return sent(request);
  };
  EXPECT_TRUE(with_count(limits::kListItems));
  const auto refused = with_count(limits::kListItems + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "set.assignments[0].value.list.items");
}

TEST(Request, UnknownFieldsAreRefusedWithTheirNumber) {
  const std::string good = encode(set_request());
  const auto refused = decode_request(bytes_of(good + "\xC0\x3E\x05"));  // field 1000, varint 5
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().sentence.find("unknown field number 1000"), std::string::npos);
  EXPECT_EQ(refused.error().allowed, "the fields of acq.v1.Request");
}

TEST(Request, UnknownFieldsDeepInsideAreFoundToo) {
  v1::Request request = set_request();
  request.set_id(1);
  v1::Value& value = value_of(request, 1);
  value.GetReflection()->MutableUnknownFields(&value)->AddVarint(99, 1);
  const auto refused = sent(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "set.assignments[1].value");
  EXPECT_NE(refused.error().sentence.find("99"), std::string::npos);
}

TEST(Request, ATableInAListIsAsDeepAsARequestGoes) {
  v1::Request request = set_request();
  const Value signals =
      List{Table{{"shape", std::string("sine")}, {"frequency", std::string("1 kHz")}}};
  to_wire(signals, value_of(request, 0));
  const auto taken = sent(request);
  ASSERT_TRUE(taken) << to_string(taken.error());
  EXPECT_EQ(from_wire(taken->set().assignments(0).value()), signals);
  to_wire(List{Table{{"deeper", List{1.0}}}}, value_of(request, 0));
  const auto refused = sent(request);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().allowed.find("nested at most 8 deep"), std::string::npos);
}

TEST(Request, NestingFarBeyondTheLimitIsRefused) {
  Value value = 1.0;
  for (int i = 0; i < 500; ++i) value = List{value};
  v1::Request request = set_request();
  to_wire(value, value_of(request, 0));
  EXPECT_FALSE(sent(request));
}

TEST(Request, TextThatIsNotUtf8IsRefused) {
  v1::Request request;
  request.mutable_hello()->set_client("abc");
  std::string bytes = encode(request);
  bytes.back() = '\xFF';
  const auto refused = decode_request(bytes_of(bytes));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().allowed.find("UTF-8"), std::string::npos);
}

TEST(Request, NoBytesAreARequestWithoutVerb) {
  const auto refused = decode_request({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "verb");
}

TEST(Reply, FieldsAndEnumValuesOfALaterDaemonAreTaken) {
  v1::Reply reply;
  reply.set_id(3);
  reply.mutable_stats()->add_instruments()->set_state(v1::InstrumentDescriptor::State(77));
  const std::string later = encode(reply) + "\xC0\x3E\x05";
  EXPECT_TRUE(decode_reply(bytes_of(later)));
}

TEST(Reply, LimitsOfASettingMayBeInfiniteAndNothingElse) {
  v1::Reply reply;
  v1::Setting& setting = *reply.mutable_get()->add_values()->mutable_setting();
  setting.set_max(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(decode_reply(bytes_of(encode(reply))));
  setting.set_max(std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(decode_reply(bytes_of(encode(reply))));
  v1::Status status;
  status.add_pipelines()->set_frame_rate_hz(std::numeric_limits<double>::infinity());
  const auto refused = decode_status(bytes_of(encode(status)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "pipelines[0].frame_rate_hz");
}

TEST(Reply, TellsAnErrorWordForWord) {
  const Error error{Code::kBusy, "the scope is in use", "instrument.scope", "one at a time"};
  v1::Reply reply;
  reply.set_id(9);
  reply.mutable_get()->set_config_revision(4);
  set_error(error, reply);
  EXPECT_EQ(reply.id(), 9U);
  EXPECT_EQ(reply.result_case(), v1::Reply::RESULT_NOT_SET);
  const auto back = decode_reply(bytes_of(encode(reply)));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_string(error_of(*back)), to_string(error));
}

TEST(Reply, EveryCodeKeepsItsMeaning) {
  for (int code = 1; code <= static_cast<int>(Code::kInternal); ++code) {
    v1::Reply reply;
    set_error({static_cast<Code>(code), "x"}, reply);
    EXPECT_EQ(error_of(reply).code, static_cast<Code>(code));
  }
  v1::Reply unknown;
  unknown.set_code(v1::Code(99));
  EXPECT_EQ(error_of(unknown).code, Code::kInternal);
}

TEST(Reply, TextOfADeviceCannotMakeItUnreadable) {
  v1::Reply reply;
  set_error({Code::kIo, "the scope answered '\xFF\x1b[2J\n'", "a\tb", "\x80"}, reply);
  const auto back = decode_reply(bytes_of(encode_reply(reply)));
  ASSERT_TRUE(back) << to_string(back.error());
  EXPECT_EQ(back->sentence(), "the scope answered '\\xff\\x1b[2J\\x0a'");
}

TEST(Reply, ThatIsTooLargeForAClientBecomesAnError) {
  v1::Reply reply;
  reply.set_id(5);
  reply.mutable_list()->add_names(std::string(limits::kReplyBytes, 'x'));
  const auto back = decode_reply(bytes_of(encode_reply(reply)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id(), 5U);
  EXPECT_EQ(error_of(*back).code, Code::kOverflow);
}

// What a daemon sends, too large, or not a message.
template <typename Decode>
void expect_limits(Decode decode, std::size_t most) {
  const std::string padding(most + 1, '\0');
  const auto refused = decode(bytes_of(padding));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kOverflow);
  EXPECT_EQ(refused.error().allowed, "at most " + std::to_string(most) + " bytes");
  const auto garbage = decode(bytes_of("\xFF\xFF\xFF"));
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().code, Code::kInvalid);
  EXPECT_NE(garbage.error().allowed.find("nested at most 32 deep"), std::string::npos);
}

TEST(Reply, AndWhatElseADaemonSendsHasItsLimits) {
  expect_limits(decode_reply, limits::kReplyBytes);
  expect_limits(decode_status, limits::kReplyBytes);
  expect_limits(decode_event, limits::kControlBytes);
  expect_limits(decode_descriptor, limits::kControlBytes);
}

TEST(Reply, OfTheLargestSizeIsTaken) {
  v1::Reply reply;
  reply.mutable_list()->add_names(std::string(limits::kReplyBytes, 'x'));
  const std::size_t rest = reply.ByteSizeLong() - limits::kReplyBytes;
  reply.mutable_list()->mutable_names(0)->resize(limits::kReplyBytes - rest);
  ASSERT_EQ(reply.ByteSizeLong(), limits::kReplyBytes);
  EXPECT_TRUE(decode_reply(bytes_of(encode_reply(reply))));
}

TEST(Encode, WritesMapsInTheSameOrder) {
  v1::PipelineStep up;
  v1::PipelineStep down;
  for (int i = 0; i < 20; ++i) {
    (*up.mutable_parameters())["p" + std::to_string(i)] = "x";
    (*down.mutable_parameters())["p" + std::to_string(19 - i)] = "x";
  }
  EXPECT_EQ(encode(up), encode(down));
}

TEST(Event, AndDescriptorComeBackAsTheyWereSent) {
  v1::Event event;
  event.set_utc_ns(-5);
  event.set_source("scope");
  event.set_sentence("it is back");
  const auto event_back = decode_event(bytes_of(encode(event)));
  ASSERT_TRUE(event_back);
  EXPECT_EQ(encode(*event_back), encode(event));
  v1::StreamDescriptor descriptor;
  descriptor.set_topic("d/scope/psd");
  descriptor.add_channels()->set_unit("V");
  const auto descriptor_back = decode_descriptor(bytes_of(encode(descriptor)));
  ASSERT_TRUE(descriptor_back);
  EXPECT_EQ(encode(*descriptor_back), encode(descriptor));
}

TEST(WireValue, EveryKindComesBack) {
  const Value value = Table{{"flag", true},
                            {"number", -2.5},
                            {"text", std::string("20 kHz")},
                            {"list", List{1.0, std::string("x"), List{}, Table{}}},
                            {"table", Table{{"a", 1.0}}}};
  v1::Value wire;
  to_wire(value, wire);
  EXPECT_EQ(from_wire(wire), value);
}

}  // namespace
}  // namespace acq
