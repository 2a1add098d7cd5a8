#include "drivers/replay/sigmf.h"

#include <cmath>
#include <limits>

#include "tests/drivers/replay/support.h"

namespace acq::replay {
namespace {

std::string meta(const std::string& global, const std::string& captures = "[]") {
  return R"({"global": {"core:version": "1.2.0", )" + global + R"(}, "captures": )" + captures +
         R"(, "annotations": []})";
}

struct Pair {
  TempFolder folder;
  std::string path;
  Pair(const std::string& metadata, const std::string& samples,
       const std::string& data_name = "a.sigmf-data") {
    folder.write(data_name, samples);
    path = folder.write("a.sigmf-meta", metadata);
  }
};
const std::string kTwo = bytes_of(0x00020001);

TEST(Sigmf, ReadsEveryRealTypeInEitherByteOrder) {
  const auto check = [&]<typename T>(const std::string& type, const std::vector<T>& values) {
    for (const char* order : {"_le", "_be", ""}) {
      if (order[0] == '\0' && sizeof(T) > 1) continue;
      const bool is_big = std::string_view(order) == "_be";
      const Pair pair(meta(R"("core:datatype": ")" + type + order + "\""),
                      is_big ? swapped(bytes_of(values), sizeof(T)) : bytes_of(values));
      const auto file = opened(pair.path);
      ASSERT_TRUE(file) << type << order;
      EXPECT_EQ(all_samples<T>(*file), values) << type << order;
    }
  };
  check("ri8", std::vector<std::int8_t>{1, -2, 127});
  check("ru8", std::vector<std::uint8_t>{1, 2, 255});
  check("ri16", std::vector<std::int16_t>{1, -2, 32767});
  check("ru16", std::vector<std::uint16_t>{1, 2, 65535});
  check("ri32", std::vector<std::int32_t>{1, -2, 2147483647});
  check("rf32", std::vector<float>{1, -2.5F, 3e30F});
  check("rf64", std::vector<double>{1, -2.5, 3e300});
}

TEST(Sigmf, TakesEitherFileOfThePair) {
  const Pair pair(meta(R"("core:datatype": "ri16_le", "core:sample_rate": 2.5e6)"), kTwo);
  for (const char* ending : {"meta", "data"}) {
    const auto file = opened(pair.path.substr(0, pair.path.size() - 4) + ending);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->recording().rate_hz, (Rational{2'500'000, 1}));
  }
}

TEST(Sigmf, ReadsChannelsWithScaleAndUnit) {
  const Pair pair(
      meta(R"("core:datatype": "ri16_le", "core:num_channels": 2, "core:hw": "Scope 3000",
                          "acqd:channels": [{"id": "a", "unit": "mV", "scale": 0.5, "offset": -1},
                                            {"label": "B", "quantity": "current", "range_min": -2,
                                             "range_max": 2, "significant_bits": 12}])"),
      kTwo);
  const auto file = opened(pair.path);
  ASSERT_TRUE(file);
  const Recording& r = file->recording();
  EXPECT_EQ(r.scans, 1U);
  EXPECT_EQ(r.recorder, "Scope 3000");
  EXPECT_EQ(r.channels[0].id, "a");
  EXPECT_EQ(r.channels[0].unit, "mV");
  EXPECT_EQ(r.channels[0].scale, 0.5);
  EXPECT_EQ(r.channels[0].offset, -1);
  EXPECT_EQ(r.channels[1].id, "ch1");
  EXPECT_EQ(r.channels[1].label, "B");
  EXPECT_EQ(r.channels[1].range_max, 2);
  EXPECT_EQ(r.channels[1].significant_bits, 12);
}

TEST(Sigmf, KnowsWhenItWasRecordedAndHowWell) {
  const auto start = [](const std::string& when) {
    const Pair pair(
        meta(R"("core:datatype": "ri16_le")", R"([{"core:datetime": ")" + when + "\"}]"), kTwo);
    return opened(pair.path)->recording();
  };
  // date -u -d @1714564800: 2024-05-01T12:00:00
  EXPECT_EQ(start("2024-05-01T12:00:00Z").start_utc_ns, 1'714'564'800'000'000'000);
  EXPECT_NEAR(start("2024-05-01T12:00:00Z").start_sigma_ns, 1e9 / std::sqrt(12), 1);
  EXPECT_EQ(start("2024-05-01T12:00:00.25Z").start_utc_ns, 1'714'564'800'250'000'000);
  EXPECT_NEAR(start("2024-05-01T12:00:00.25Z").start_sigma_ns, 1e7 / std::sqrt(12), 1);
  EXPECT_EQ(start("1969-12-31T23:59:59.999999999Z").start_utc_ns, -1);
}

// Six samples at 1 kHz in these captures.
std::vector<RecordedGap> gaps_of(const std::string& captures) {
  const Pair pair(meta(R"("core:datatype": "ri16_le", "core:sample_rate": 1000)", captures),
                  bytes_of(std::vector<std::int16_t>{0, 1, 2, 3, 4, 5}));
  const auto file = opened(pair.path);
  return file ? file->recording().gaps : std::vector<RecordedGap>();
}

TEST(Sigmf, WhatTheGlobalIndexPassesOverIsAGapOfThatLength) {
  const auto gaps = gaps_of(R"([{"core:sample_start": 0, "core:global_index": 100},
                                {"core:sample_start": 2, "core:global_index": 102},
                                {"core:sample_start": 4, "core:global_index": 204}])");
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].scan, 4U);
  EXPECT_EQ(gaps[0].gap, (Gap{100, kGapUnknown, true}));
}

TEST(Sigmf, TheReasonsThatAcqdWroteAreReadBack) {
  const auto gaps = gaps_of(R"([{"core:sample_start": 0, "core:global_index": 0},
      {"core:sample_start": 1, "core:global_index": 3, "acqd:reasons": "about, usb, ring_full"},
      {"core:sample_start": 1, "core:global_index": 4, "acqd:reasons": "late, new epoch"}])");
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].gap, (Gap{3, kGapUsb | kGapRingFull | kGapLate, false}));
}

TEST(Sigmf, ANewRecordIsAGapWithoutSamples) {
  const auto gaps = gaps_of(R"([{"core:sample_start": 0, "core:global_index": 0},
      {"core:sample_start": 2, "core:global_index": 2, "acqd:reasons": "new_record"},
      {"core:sample_start": 4, "core:global_index": 4}])");
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].scan, 2U);
  EXPECT_EQ(gaps[0].gap, (Gap{0, kGapNewRecord, true}));
}

TEST(Sigmf, TimesAloneTellAGapThatIsNotExact) {
  const auto after = [](const std::string& when) {
    return gaps_of(R"([{"core:sample_start": 0, "core:datetime": "2024-05-01T12:00:00.000Z"},
                       {"core:sample_start": 2, "core:datetime": "2024-05-01T12:00:)" +
                   when + "Z\"}]");
  };
  const auto gaps = after("01.002");  // 2 ms of samples, then a second
  ASSERT_EQ(gaps.size(), 1U);
  EXPECT_EQ(gaps[0].scan, 2U);
  EXPECT_EQ(gaps[0].gap, (Gap{1000, kGapUnknown, false}));
  EXPECT_TRUE(after("00.004").empty());  // 2 ms may be what the milliseconds left out
  EXPECT_TRUE(after("00").empty());      // written to a second: it tells nothing
}

TEST(Sigmf, NothingIsMissingBeforeTheFirstSampleAndBehindTheLast) {
  EXPECT_TRUE(gaps_of(R"([{"core:sample_start": 0, "core:global_index": 0},
                          {"core:sample_start": 0, "core:global_index": 7},
                          {"core:sample_start": 6, "core:global_index": 99}])")
                  .empty());
}

TEST(Sigmf, TheTimeOfACaptureThatBeginsLaterIsThatOfItsSample) {
  const Pair pair(
      meta(R"("core:datatype": "ri16_le", "core:sample_rate": 1000)",
           R"([{"core:sample_start": 1, "core:datetime": "1970-01-01T00:00:00.001Z"}])"),
      kTwo);
  EXPECT_EQ(opened(pair.path)->recording().start_utc_ns, 0);
}

TEST(Sigmf, LeavesHeaderAndTrailerOutAndFollowsAnotherName) {
  const Pair pair(
      meta(R"("core:datatype": "ri16_le", "core:dataset": "raw.bin", "core:trailing_bytes": 3)",
           R"([{"core:sample_start": 0, "core:header_bytes": 5}])"),
      "hello" + kTwo + "bye", "raw.bin");
  const auto file = opened(pair.path);
  ASSERT_TRUE(file);
  EXPECT_EQ(all_samples<std::int16_t>(*file), (std::vector<std::int16_t>{1, 2}));
}

TEST(Sigmf, RefusesWithTheFieldWhatIsWrong) {
  const auto with = [](const std::string& metadata, const std::string& samples = kTwo) {
    const Pair pair(metadata, samples);
    return refused(pair.path);
  };
  const std::string good = R"("core:datatype": "ri16_le")";
  EXPECT_REFUSED(with(""), Code::kInvalid, "byte 0", "not JSON");
  EXPECT_REFUSED(with("{\"global\": \xff}"), Code::kInvalid, "byte 11", "not JSON");
  EXPECT_REFUSED(with(std::string(100000, '[')), Code::kInvalid, "byte 100000", "not JSON");
  EXPECT_REFUSED(with("[]"), Code::kInvalid, "global", "is missing");
  EXPECT_REFUSED(with(R"({"global": 3})"), Code::kInvalid, "global", "is missing");
  EXPECT_REFUSED(with(meta(R"("a": 1)")), Code::kInvalid, "core:datatype", "is ''");
  EXPECT_REFUSED(with(meta(R"("core:datatype": "cf32_le")")), Code::kInvalid, "core:datatype",
                 "'cf32_le'");
  EXPECT_REFUSED(with(meta(R"("core:datatype": "ri16")")), Code::kInvalid, "core:datatype",
                 "'ri16'");
  EXPECT_REFUSED(with(meta(R"("core:datatype": 7)")), Code::kInvalid, "core:datatype",
                 "not clean text");
  for (const char* rate : {"0", "-5", "\"1\"", "null", "1e13", "[]"})
    EXPECT_REFUSED(with(meta(good + R"(, "core:sample_rate": )" + rate)), Code::kInvalid,
                   "core:sample_rate", "is '");
  EXPECT_REFUSED(with(meta(good + R"(, "core:sample_rate": 1e999)")), Code::kInvalid, ": ",
                 "out of range");
  EXPECT_REFUSED(with(meta(good + R"(, "core:sample_rate": NaN)")), Code::kInvalid, "byte 85",
                 "not JSON");
  for (const char* channels : {"0", "65", "1.5", "1e300"})
    EXPECT_REFUSED(with(meta(good + R"(, "core:num_channels": )" + channels)), Code::kInvalid,
                   "core:num_channels", "is ");
  EXPECT_REFUSED(with(meta(good + R"(, "core:hw": "\u0007")")), Code::kInvalid, "core:hw", "clean");
  EXPECT_REFUSED(with(meta(good + R"(, "core:dataset": "../x")")), Code::kInvalid, "a.sigmf-meta",
                 "another folder");
  EXPECT_REFUSED(with(meta(good + R"(, "acqd:channels": [])")), Code::kInvalid, "acqd:channels",
                 "does not fit");
  EXPECT_REFUSED(with(meta(good + R"(, "acqd:channels": [1])")), Code::kInvalid, "acqd:channels",
                 "objects");
  EXPECT_REFUSED(with(meta(good + R"(, "acqd:channels": [{"scale": 1e300}])")), Code::kInvalid,
                 "scale", "1e+300");
  EXPECT_REFUSED(with(meta(good, "[3]")), Code::kInvalid, "captures", "objects");
  for (const char* when :
       {"yesterday", "2024-02-30T00:00:00Z", "2024-05-01T25:00:00Z", "2024-05-01T12:00:00",
        "9999-05-01T12:00:00Z", "2024-05-01T12:00:00.Z", "2024-05-01T12:00:00,5Z"}) {
    EXPECT_REFUSED(with(meta(good, R"([{"core:datetime": ")" + std::string(when) + "\"}]")),
                   Code::kInvalid, "core:datetime", when);
  }
  EXPECT_REFUSED(with(meta(good, R"([{"core:header_bytes": 99}])")), Code::kInvalid, "byte 4",
                 "shorter");
  const auto after_first = [&](const std::string& second) {
    return with(
        meta(good, R"([{"core:sample_start": 1, "core:global_index": 5}, )" + second + "]"));
  };
  EXPECT_REFUSED(after_first("{}"), Code::kInvalid, "core:sample_start", "is missing");
  EXPECT_REFUSED(after_first(R"({"core:sample_start": 0})"), Code::kInvalid, "core:sample_start",
                 "goes back");
  EXPECT_REFUSED(after_first(R"({"core:sample_start": 3})"), Code::kInvalid, "core:sample_start",
                 "is 3");
  EXPECT_REFUSED(after_first(R"({"core:sample_start": 2, "core:global_index": 5})"), Code::kInvalid,
                 "core:global_index", "before the end");
  for (const char* index : {"-1", "1.5", "\"2\"", "null", "1e300", "18446744073709551615"})
    EXPECT_REFUSED(after_first(R"({"core:sample_start": )" + std::string(index) + "}"),
                   Code::kInvalid, "core:sample_start", "is '");
  EXPECT_REFUSED(with(meta(good, R"([{}, {"core:header_bytes": 2}])")), Code::kInvalid,
                 "header_bytes", "within");
  EXPECT_REFUSED(with(meta(good), "xyz"), Code::kInvalid, "byte 0", "not whole scans");
  EXPECT_REFUSED(with(meta(good), ""), Code::kInvalid, "byte 0", "no samples");
}

TEST(Sigmf, SaysWhichFileOfThePairIsMissing) {
  const TempFolder folder;
  const std::string path = folder.write("a.sigmf-meta", meta(R"("core:datatype": "ri16_le")"));
  EXPECT_REFUSED(refused(path), Code::kNotFound, "a.sigmf-data", "a.sigmf-data");
  EXPECT_REFUSED(refused(folder.write("b.sigmf-data", kTwo)), Code::kNotFound, "b.sigmf-meta",
                 "b.sigmf-meta");
}

}  // namespace
}  // namespace acq::replay
