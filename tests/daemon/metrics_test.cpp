#include "daemon/service/metrics.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "acq/v1/status.pb.h"

namespace acq {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Gives every number of a message, and of one message of each repeated field, its own value.
// `shown` collects how each must appear in the text.
void fill(Message& message, std::uint64_t& next, std::map<std::string, std::string>& shown) {
  const auto* reflection = message.GetReflection();
  const auto* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const std::string value = std::to_string(next);
    const bool is_ns = field->name().ends_with("_ns");
    const std::string expected = is_ns ? "0.00000" + value : value;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        fill(*reflection->AddMessage(&message, field), next, shown);
        continue;
      case FieldDescriptor::CPPTYPE_UINT64: reflection->SetUInt64(&message, field, next); break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(&message, field, static_cast<std::int64_t>(next));
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        reflection->SetUInt32(&message, field, static_cast<std::uint32_t>(next));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetDouble(&message, field, static_cast<double>(next));
        break;
      default: continue;  // names and states are labels
    }
    shown[field->full_name()] = " " + expected + "\n";
    ++next;
  }
}

TEST(PrometheusText, ShowsEveryNumberOfTheStatus) {
  v1::Status status;
  std::uint64_t next = 1000;
  std::map<std::string, std::string> shown;
  fill(status, next, shown);
  ASSERT_GT(shown.size(), 30U);
  const std::string text = prometheus_text(status);
  for (const auto& [field, value] : shown) {
    EXPECT_NE(text.find(value), std::string::npos) << field << " is not in the metrics";
  }
}

v1::Status small_status() {
  v1::Status status;
  status.set_version("0.1.0");
  status.set_run_id("r1");
  auto* instrument = status.add_instruments();
  instrument->set_name("sim");
  instrument->set_state(v1::InstrumentDescriptor::ACQUIRING);
  auto* stream = instrument->add_streams();
  stream->set_stream("sim/adc");
  stream->set_made(18'446'744'073'709'551'615U);
  for (const char* worker : {"a", "b"}) {
    auto* consumer = stream->add_consumers();
    consumer->set_worker(worker);
    auto* loss = consumer->add_lost();
    loss->set_reason("ring_full");
    loss->set_samples(7);
  }
  auto* worker = status.add_workers();
  worker->set_name("sim");
  worker->set_wait_ns(1'500'000'001);
  auto* recording = status.add_recordings();
  recording->set_name("all");
  recording->set_state("no space");
  auto* account = recording->add_streams();
  account->set_stream("sim/adc");
  account->add_lost()->set_reason("no_space");
  return status;
}

TEST(PrometheusText, KeepsEveryDigitOfACounterAndADuration) {
  const std::string text = prometheus_text(small_status());
  EXPECT_NE(text.find("acqd_stream_made_samples_total{stream=\"sim/adc\"} 18446744073709551615\n"),
            std::string::npos);
  EXPECT_NE(text.find("acqd_worker_wait_seconds_total{worker=\"sim\"} 1.500000001\n"),
            std::string::npos);
}

TEST(PrometheusText, TellsRunAndStateByLabels) {
  const std::string text = prometheus_text(small_status());
  EXPECT_NE(text.find("acqd_info{version=\"0.1.0\",run=\"r1\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("acqd_instrument_state{instrument=\"sim\",state=\"ACQUIRING\"} 1\n"),
            std::string::npos);
  EXPECT_NE(text.find("acqd_consumer_lost_samples_total{stream=\"sim/adc\",worker=\"b\","
                      "reason=\"ring_full\"} 7\n"),
            std::string::npos);
}

TEST(PrometheusText, TellsWhatARecordingLostOfEachStreamAndWhy) {
  const std::string text = prometheus_text(small_status());
  for (const char* row :
       {"acqd_recording_state{recording=\"all\",state=\"no space\"} 1\n",
        "acqd_recording_recorded_samples_total{recording=\"all\",stream=\"sim/adc\"} 0\n",
        "acqd_recording_lost_samples_total{recording=\"all\",stream=\"sim/"
        "adc\",reason=\"no_space\"} "
        "0\n"}) {
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

TEST(PrometheusText, EscapesLabelValues) {
  v1::Status status;
  status.set_version("a\\b\"c\nd");
  EXPECT_NE(prometheus_text(status).find("version=\"a\\\\b\\\"c\\nd\""), std::string::npos);
}

TEST(PrometheusText, WritesNumbersThatAreNotFiniteAsTheFormatWantsThem) {
  v1::Status status;
  for (const double rate : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    status.add_pipelines()->set_frame_rate_hz(rate);
  }
  const std::string text = prometheus_text(status);
  for (const char* value : {"\"} NaN\n", "\"} +Inf\n", "\"} -Inf\n"}) {
    EXPECT_NE(text.find(value), std::string::npos) << value;
  }
}

// The format: each metric's HELP and TYPE once and first, its rows together, names and label names
// legal, no row twice; counters end in _total, nothing else does.
TEST(PrometheusText, KeepsTheRulesOfTheExpositionFormat) {
  const std::string text = prometheus_text(small_status());
  const std::regex help("# HELP ([a-z_]+) [A-Z].*\\.");
  const std::regex type("# TYPE ([a-z_]+) (counter|gauge)");
  const std::regex row("([a-z_]+)(\\{([a-z_]+=\"[^\"]*\",?)+\\})? [0-9.+-]+");
  std::istringstream lines(text);
  std::set<std::string> seen;
  std::set<std::string> rows;
  std::string current;
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, help)) {
      current = match[1];
      EXPECT_TRUE(seen.insert(current).second) << line;
      ASSERT_TRUE(std::getline(lines, line));
      ASSERT_TRUE(std::regex_match(line, match, type)) << line;
      EXPECT_EQ(match[1], current);
      EXPECT_EQ(match[2] == "counter", current.ends_with("_total")) << line;
    } else {
      ASSERT_TRUE(std::regex_match(line, match, row)) << line;
      EXPECT_EQ(match[1], current);
      EXPECT_TRUE(rows.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_FALSE(text.empty());
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace acq
