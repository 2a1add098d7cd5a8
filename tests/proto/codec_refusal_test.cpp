// What decode_header() refuses: one case a rule, each naming the field, at the limit and past it.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "acq/v1/frame.pb.h"
#include "proto/codec.h"
#include "proto/limits.h"
#include "tests/proto/header_message.h"
#include "tests/proto/sample_frames.h"

namespace acq {
namespace {

using testing::encoded;
using testing::full_frame;
using testing::full_topic;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kPayload = 2 * 1000 * 4;  // of full_frame()

v1::FrameHeader good_header() {
  const std::vector<std::byte> bytes = encoded(*full_frame(full_topic()));
  v1::FrameHeader header;
  EXPECT_TRUE(header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return header;
}

Result<FrameHeader> decode(const v1::FrameHeader& header, std::size_t payload = kPayload) {
  const std::string bytes = header.SerializeAsString();
  return decode_header(std::as_bytes(std::span(bytes)), payload);
}

struct Refusal {
  const char* name;
  const char* field;  // as the error names it
  std::function<void(v1::FrameHeader&)> spoil;
  Code code = Code::kInvalid;
};

const Refusal kRefusals[] = {
    {"NoVersion", "version", [](auto& h) { h.clear_version(); }, Code::kUnsupported},
    {"NextMajorVersion", "version", [](auto& h) { h.set_version(2000); }, Code::kUnsupported},
    {"ShortStreamId", "stream_id", [](auto& h) { h.mutable_stream_id()->pop_back(); }},
    {"LongStreamId", "stream_id", [](auto& h) { h.mutable_stream_id()->push_back('x'); }},
    {"NoKind", "kind", [](auto& h) { h.clear_kind(); }},
    {"FutureKind", "kind", [](auto& h) { h.set_kind(v1::Kind(12)); }, Code::kUnsupported},
    {"NegativeKind", "kind", [](auto& h) { h.set_kind(v1::Kind(-1)); }, Code::kUnsupported},
    {"NoDtype", "dtype", [](auto& h) { h.clear_dtype(); }},
    {"UnknownDtype", "dtype", [](auto& h) { h.set_dtype(v1::Dtype(9)); }},
    {"UnknownLayout", "layout", [](auto& h) { h.set_layout(v1::Layout(3)); }},
    {"PackedFloats", "dtype", [](auto& h) { h.set_layout(v1::PACKED); }},
    {"PackedPlanes", "shape",
     [](auto& h) {
       h.set_layout(v1::PACKED);
       h.set_dtype(v1::U8);
       h.set_shape(1, 4000);
     }},
    {"PackedSpectrum", "layout",
     [](auto& h) {
       h.set_layout(v1::PACKED);
       h.set_kind(v1::SPECTRUM);
     }},
    {"PackedOtherCount", "count",
     [](auto& h) {
       h.set_layout(v1::PACKED);
       h.set_dtype(v1::U16);
       h.clear_shape();
       h.add_shape(4000);
     }},
    {"LogicInPlanes", "layout", [](auto& h) { h.set_kind(v1::LOGIC); }},
    {"ReservedKind", "kind", [](auto& h) { h.set_kind(v1::IMAGE); }, Code::kUnsupported},
    {"OtherLayout", "count", [](auto& h) { h.set_layout(v1::INTERLEAVED); }},
    {"UnknownAxisRule", "axes[0].rule",
     [](auto& h) { h.mutable_axes(0)->set_rule(v1::Axis::Rule(3)); }},
    {"AxisStartNaN", "axes[0].start", [](auto& h) { h.mutable_axes(0)->set_start(kUnknown); }},
    {"AxisStepInfinite", "axes[0].step", [](auto& h) { h.mutable_axes(0)->set_step(kInfinity); }},
    {"AxisStepZero", "axes[0].step", [](auto& h) { h.mutable_axes(0)->set_step(0); }},
    {"LogAxisStepNegative", "axes[0].step",
     [](auto& h) {
       h.mutable_axes(0)->set_rule(v1::Axis::LOG);
       h.mutable_axes(0)->set_step(-2);
     }},
    {"AxisNameWithLineBreak", "axes[0].name", [](auto& h) { h.mutable_axes(0)->set_name("a\nb"); }},
    {"AxisUnitTooLong", "axes[0].unit",
     [](auto& h) { h.mutable_axes(0)->set_unit(std::string(257, 'V')); }},
    {"MovedAxisStartInfinite", "axis_start", [](auto& h) { h.set_axis_start(-kInfinity); }},
    {"GroupDelayOverZero", "group_delay.den", [](auto& h) { h.mutable_group_delay()->set_den(0); }},
    {"NoTick", "tick_s", [](auto& h) { h.clear_tick_s(); }},
    {"ZeroTick", "tick_s", [](auto& h) { h.mutable_tick_s()->set_num(0); }},
    {"TickOverZero", "tick_s", [](auto& h) { h.mutable_tick_s()->set_den(0); }},
    {"UnknownTimeScale", "time_scale", [](auto& h) { h.set_time_scale(v1::TimeScale(5)); }},
    {"UnknownTimeOrigin", "time_origin", [](auto& h) { h.set_time_origin(v1::TimeOrigin(5)); }},
    {"UnknownClockState", "clock_state", [](auto& h) { h.set_clock_state(v1::ClockState(5)); }},
    {"NegativeSigma", "t_sigma_ns", [](auto& h) { h.set_t_sigma_ns(-1); }},
    {"InfiniteSigma", "t_sigma_ns", [](auto& h) { h.set_t_sigma_ns(kInfinity); }},
    {"IndexWraps", "count", [](auto& h) { h.set_first_index(UINT64_MAX - 998); }},
    {"NoShape", "shape", [](auto& h) { h.clear_shape(); }},
    {"ShapeTooSmall", "shape", [](auto& h) { h.set_shape(0, 1); }},
    {"ShapeWraps", "shape",  // 2^62 * 2000 * 4 = 8000 * 2^62, which is 0 modulo 2^64, plus nothing
     [](auto& h) {
       h.set_shape(0, std::uint64_t{1} << 63);
       h.set_shape(1, 2);
     }},
    {"OneDimension", "shape",
     [](auto& h) {
       h.clear_shape();
       h.add_shape(2000);
     }},
    {"TooManyDimensions", "shape",
     [](auto& h) {
       for (int i = 0; i < 3; ++i) h.add_shape(1);
     }},
    {"CountDiffersFromShape", "count", [](auto& h) { h.set_count(999); }},
    {"TooManyChannels", "shape",
     [](auto& h) {
       h.set_shape(0, 80);
       h.set_shape(1, 25);
       h.set_count(25);
     }},
    {"TriggerPositionNaN", "triggers[0].position",
     [](auto& h) { h.mutable_triggers(0)->set_position(kUnknown); }},
    {"TriggerLevelInfinite", "triggers[0].level",
     [](auto& h) { h.mutable_triggers(0)->set_level(kInfinity); }},
    {"TriggerSourceUnknown", "triggers[0].source",
     [](auto& h) { h.mutable_triggers(0)->set_source(64); }},
    {"ResultChannelUnknown", "results[1].channel",
     [](auto& h) { h.mutable_results(1)->set_channel(64); }},
    {"ResultNameWithEscape", "results[0].name",
     [](auto& h) { h.mutable_results(0)->set_name("\x1b[2J"); }},
    {"ResultUnitTooLong", "results[0].unit",
     [](auto& h) { h.mutable_results(0)->set_unit(std::string(300, 'u')); }},
    {"ResultReasonTooLong", "results[3].reason",
     [](auto& h) { h.mutable_results(3)->set_reason(std::string(257, 'r')); }},
    {"ValidResultNaN", "results[0].value",
     [](auto& h) { h.mutable_results(0)->set_value(kUnknown); }},
    {"ResultUncertaintyNegative", "results[0].uncertainty",
     [](auto& h) { h.mutable_results(0)->set_uncertainty(-1); }},
};

class HeaderRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(HeaderRefusal, NamesTheField) {
  v1::FrameHeader header = good_header();
  ASSERT_TRUE(decode(header)) << to_string(decode(header).error());
  GetParam().spoil(header);
  const auto refused = decode(header);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, GetParam().code);
  EXPECT_EQ(refused.error().where, GetParam().field);
  EXPECT_NE(refused.error().sentence.find(GetParam().field), std::string::npos)
      << refused.error().sentence;
  EXPECT_FALSE(refused.error().allowed.empty());
}

INSTANTIATE_TEST_SUITE_P(Codec, HeaderRefusal, ::testing::ValuesIn(kRefusals),
                         [](const auto& test) { return std::string(test.param.name); });

// Counts: taken at the limit, refused one above and far above.
struct CountLimit {
  const char* name;
  const char* field;
  std::size_t limit;
  std::function<void(v1::FrameHeader&, int)> fill;
};

const CountLimit kCountLimits[] = {
    {"Axes", "axes", limits::kAxes,
     [](v1::FrameHeader& h, int n) {
       const v1::Axis axis = h.axes(0);
       h.clear_axes();
       for (int i = 0; i < n; ++i) *h.add_axes() = axis;
     }},
    {"Triggers", "triggers", kMaxTriggers,
     [](v1::FrameHeader& h, int n) {
       h.clear_triggers();
       for (int i = 0; i < n; ++i) h.add_triggers();
     }},
    {"Results", "results", kMaxResults,
     [](v1::FrameHeader& h, int n) {
       h.clear_results();
       for (int i = 0; i < n; ++i) h.add_results();
     }},
};

class HeaderCount : public ::testing::TestWithParam<CountLimit> {};

TEST_P(HeaderCount, IsTakenAtItsLimitAndRefusedAbove) {
  const CountLimit& limit = GetParam();
  v1::FrameHeader header = good_header();
  const int most = static_cast<int>(limit.limit);
  limit.fill(header, most);
  EXPECT_TRUE(decode(header)) << to_string(decode(header).error());
  for (const int count : {most + 1, 10 * most}) {
    limit.fill(header, count);
    const auto refused = decode(header);
    ASSERT_FALSE(refused) << count;
    EXPECT_EQ(refused.error().where, limit.field);
    EXPECT_EQ(refused.error().allowed, "at most " + std::to_string(limit.limit));
  }
}

INSTANTIATE_TEST_SUITE_P(Codec, HeaderCount, ::testing::ValuesIn(kCountLimits),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(HeaderLimit, ATextOf256BytesIsTaken) {
  v1::FrameHeader header = good_header();
  header.mutable_axes(0)->set_name(std::string(256, 'a'));
  EXPECT_TRUE(decode(header));
}

TEST(HeaderLimit, BytesAreCountedBeforeParsing) {
  v1::FrameHeader header = good_header();
  const std::string bytes = header.SerializeAsString();
  // An unknown field (number 1000, length-delimited) fills the header up to a size.
  const auto padded = [&](std::size_t size) {
    std::string out = bytes;
    const std::size_t length = size - bytes.size() - 5;
    out += "\xC2\x3E";
    out += static_cast<char>((length & 0x7F) | 0x80);
    out += static_cast<char>((length >> 7 & 0x7F) | 0x80);
    out += static_cast<char>(length >> 14);
    out.resize(size, 'x');
    return decode_header(std::as_bytes(std::span(out)), kPayload);
  };
  EXPECT_TRUE(padded(limits::kHeaderBytes)) << to_string(padded(limits::kHeaderBytes).error());
  for (const std::size_t size : {limits::kHeaderBytes + 1, 10 * limits::kHeaderBytes}) {
    const auto refused = padded(size);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kOverflow);
    EXPECT_EQ(refused.error().allowed, "at most 65536 bytes");
  }
}

TEST(HeaderLimit, APayloadIsTakenUpTo64MiB) {
  v1::FrameHeader header = good_header();
  const std::size_t count = limits::kFrameBytes / 8;
  header.set_shape(1, count);
  header.set_count(count);
  EXPECT_TRUE(decode(header, limits::kFrameBytes));
  for (const std::size_t size : {limits::kFrameBytes + 1, std::size_t{1} << 40}) {
    const auto refused = decode(header, size);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kOverflow);
    EXPECT_EQ(refused.error().where, "payload");
  }
}

TEST(HeaderLimit, AnyCutOfAHeaderIsRefusedOrSmaller) {
  const auto frame = full_frame(full_topic());
  const std::vector<std::byte> bytes = encoded(*frame);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto header = decode_header(std::span(bytes).first(size), kPayload);
    // A cut between two of the repeated results is a shorter header, not a broken one.
    if (!header) continue;
    EXPECT_LT(header->results.size(), frame->result_count) << size;
  }
}

// The bytes of each field, tag included.
std::vector<std::string> fields_of(const std::string& bytes) {
  std::vector<std::string> fields;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  for (int begin = 0; const std::uint32_t tag = in.ReadTag(); begin = in.CurrentPosition()) {
    EXPECT_TRUE(google::protobuf::internal::WireFormatLite::SkipField(&in, tag));
    fields.push_back(bytes.substr(static_cast<std::size_t>(begin),
                                  static_cast<std::size_t>(in.CurrentPosition() - begin)));
  }
  return fields;
}

std::string read_back(const std::vector<std::string>& fields) {
  std::string bytes;
  for (const std::string& field : fields) bytes += field;
  const auto header = decode_header(std::as_bytes(std::span(bytes)), kPayload);
  return header ? testing::to_message(*header).SerializeAsString() : to_string(header.error());
}

TEST(HeaderForward, FieldsAreReadInWhicheverOrderTheyCome) {
  v1::FrameHeader header = good_header();
  header.mutable_results()->DeleteSubrange(1, header.results_size() - 1);  // a list has an order
  const std::vector<std::string> fields = fields_of(header.SerializeAsString());
  ASSERT_GE(fields.size(), 30U);
  const std::string usual = read_back(fields);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::vector<std::string> others = fields;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    std::vector<std::string> last = others;
    last.push_back(fields[i]);
    EXPECT_EQ(read_back(last), usual) << "field " << i << " last";
    others.insert(others.begin(), fields[i]);
    EXPECT_EQ(read_back(others), usual) << "field " << i << " first";
  }
  EXPECT_EQ(read_back({fields.rbegin(), fields.rend()}), usual);
}

TEST(HeaderForward, ATagOfMoreBytesThanItNeedsIsRead) {
  std::vector<std::string> fields = fields_of(good_header().SerializeAsString());
  const std::string usual = read_back(fields);
  for (std::string& field : fields) {
    const std::size_t last = (field[0] & 0x80) == 0 ? 0 : 1;
    field[last] = static_cast<char>(field[last] | 0x80);
    field.insert(last + 1, 1, '\0');
    EXPECT_EQ(read_back(fields), usual);
  }
}

TEST(HeaderForward, UnknownFieldsAreIgnored) {
  v1::FrameHeader header = good_header();
  std::string bytes = header.SerializeAsString();
  bytes += "\xC0\x3E\x05";  // field 1000, varint 5
  EXPECT_TRUE(decode_header(std::as_bytes(std::span(bytes)), kPayload));
}

TEST(HeaderForward, UnknownFieldsAreIgnoredInAxesTriggersAndResults) {
  v1::FrameHeader header = good_header();
  for (google::protobuf::Message* part :
       {static_cast<google::protobuf::Message*>(header.mutable_axes(0)),
        static_cast<google::protobuf::Message*>(header.mutable_triggers(0)),
        static_cast<google::protobuf::Message*>(header.mutable_results(0)),
        static_cast<google::protobuf::Message*>(header.mutable_tick_s())}) {
    part->GetReflection()->MutableUnknownFields(part)->AddLengthDelimited(99, "later");
  }
  EXPECT_TRUE(decode(header)) << to_string(decode(header).error());
}

// What is skipped is held to the same rules as what is read: protobuf's message parser is the judge.
TEST(HeaderForward, UnknownFieldsAreTakenAndRefusedAsProtobufTakesAndRefusesThem) {
  using namespace std::string_literals;
  const std::string bytes = good_header().SerializeAsString();
  const struct {
    const char* what;
    std::string field;
  } cases[] = {
      {"a group with a varint, a text and a group in it",
       "\xC3\x3E\x08\x05\x12\x01x\x1B\x1C\xC4\x3E"s},
      {"a group without an end", "\xC3\x3E\x08\x05"s},
      {"a group with another's end", "\xC3\x3E\x08\x05\x1C"s},
      {"an end without a group", "\xC4\x3E"s},
      {"a tag of six bytes in a group", "\xC3\x3E\x88\x80\x80\x80\x80\x00\x05\xC4\x3E"s},
      {"a length of six bytes", "\xC2\x3E\x81\x80\x80\x80\x80\x00x"s},
      {"a length of six bytes in a group", "\xC3\x3E\x12\x81\x80\x80\x80\x80\x00x\xC4\x3E"s},
      {"a varint of eleven bytes", "\xC0\x3E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s},
      {"a varint of ten bytes", "\xC0\x3E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s},
      {"a fixed64 cut short", "\xC1\x3E\x01\x02\x03"s},
      {"a fixed32", "\xC5\x3E\x01\x02\x03\x04"s},
      {"field number 0", "\x00\x05"s},
      {"wire type 6", "\xC6\x3E\x05"s},
  };
  for (const auto& [what, field] : cases) {
    const std::string raw = bytes + field;
    v1::FrameHeader theirs;
    const bool is_message = theirs.ParseFromString(raw);
    EXPECT_EQ(decode_header(std::as_bytes(std::span(raw)), kPayload).has_value(), is_message)
        << what;
  }
}

TEST(HeaderForward, PositionsOfAnAxisArePassedOverIfTheyAreWhole) {
  v1::FrameHeader header = good_header();
  header.mutable_axes(0)->add_values(1.5);
  EXPECT_TRUE(decode(header)) << to_string(decode(header).error());
  std::string bytes = header.SerializeAsString();
  bytes += std::string("\x4A\x06\x32\x04\0\0\0\0", 8);  // another axis, half a double
  EXPECT_FALSE(decode_header(std::as_bytes(std::span(bytes)), kPayload));
}

TEST(HeaderForward, AShapeThatIsNotPackedIsRead) {
  v1::FrameHeader header = good_header();
  header.clear_shape();
  std::string bytes = header.SerializeAsString();
  bytes += std::string("\x80\x01\x02\x80\x01\xE8\x07", 7);  // field 16, varint: 2, then 1000
  const auto decoded = decode_header(std::as_bytes(std::span(bytes)), kPayload);
  ASSERT_TRUE(decoded) << to_string(decoded.error());
  EXPECT_EQ(decoded->shape, (std::vector<std::uint64_t>{2, 1000}));
}

TEST(HeaderForward, AMinorVersionAboveOursIsRead) {
  v1::FrameHeader header = good_header();
  header.set_version(1999);
  EXPECT_TRUE(decode(header));
}

TEST(HeaderForward, AGapForAReasonWeDoNotKnowIsUnknown) {
  v1::FrameHeader header = good_header();
  header.set_gap_reasons(1U << 20 | kGapUsb);
  const auto decoded = decode(header);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->gap_before.reasons, kGapUnknown | kGapUsb);
}

}  // namespace
}  // namespace acq
