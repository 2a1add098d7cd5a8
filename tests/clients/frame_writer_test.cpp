// What acqctl dump writes, byte for byte.
#include "clients/tools/acqctl/frame_writer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "clients/cpp/subscriber.h"
#include "tests/clients/fake_daemon.h"

namespace acq::tool {
namespace {

using namespace acq::testing;

class FrameWriterTest : public ::testing::Test {
 protected:
  // A frame of `topic` as a subscriber receives it, described.
  client::ReceivedFrame receive(const std::shared_ptr<const TopicInfo>& topic,
                                std::uint64_t sequence, std::uint64_t first_index,
                                std::uint32_t count, Gap gap = {}) {
    client::ReceivedFrame frame;
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    if (!subscriber_) {
      publisher_ = std::make_unique<FakePublisher>(folder_.endpoint("data"));
      subscriber_ = std::make_unique<client::Subscriber>(
          std::move(*client::Subscriber::connect(folder_.endpoint("data"))));
      EXPECT_TRUE(subscriber_->subscribe(topic->topic));
      EXPECT_FALSE(publisher_->subscription().empty());
      publisher_->describe(*topic, sequence);
    }
    publisher_->publish(topic, sequence, first_index, count, gap);
    while (std::chrono::steady_clock::now() < give_up) {
      const auto got = subscriber_->receive(frame, kPatience);
      if (got && *got) return frame;
    }
    ADD_FAILURE() << "no frame came";
    return frame;
  }

  Output output() { return std::move(*Output::open((folder_ / "out").string())); }

  [[nodiscard]] std::string written() const {
    std::ifstream file(folder_ / "out", std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  TempFolder folder_;
  std::unique_ptr<FakePublisher> publisher_;
  std::unique_ptr<client::Subscriber> subscriber_;
};

TEST_F(FrameWriterTest, WritesAWaveformAsCsvWithIndexTimeAndChannels) {
  const auto topic = make_topic("d/test/a", Kind::kWaveform, 2);
  const auto writer = make_csv_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 0, 500, 2)));
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(written(),
            "index,time (s),ch1 (V),ch2 (V)\n"
            "500,0,500,1500\n"
            "501,0.001,501,1501\n");
}

TEST_F(FrameWriterTest, WritesASpectrumAsCsvOverItsAxis) {
  const auto topic = make_topic("d/test/psd", Kind::kSpectrum, 1);
  const auto writer = make_csv_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 7, 0, 2)));
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(written(), "frame,frequency (Hz),ch1 (V)\n7,0,0\n7,10,1\n");
}

TEST_F(FrameWriterTest, WritesScalarsAsCsvOneRowAFrame) {
  const auto topic = make_topic("d/test/stats", Kind::kScalars, 2);
  const auto writer = make_csv_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 7, 40, 0)));
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(written(),
            "frame,index,ch1 mean (V),ch1 rms (V),ch2 mean (V),ch2 rms (V)\n7,40,0,1,2,3\n");
}

TEST_F(FrameWriterTest, WritesAWaveformAsAnArrayOfSamplesByChannels) {
  const auto topic = make_topic("d/test/a", Kind::kWaveform, 2);
  const auto writer = make_npy_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 0, 0, 2)));
  ASSERT_TRUE(writer->write(receive(topic, 1, 2, 1)));
  ASSERT_TRUE(writer->finish());
  const std::string file = written();
  ASSERT_EQ(file.size(), 192U + 3 * 2 * sizeof(float));
  EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\xB6\x00", 10));  // 182 = 192 - 10
  EXPECT_NE(file.find("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, ), }"),
            std::string::npos);
  EXPECT_EQ(file[191], '\n');
  std::vector<float> values(6);
  std::memcpy(values.data(), file.data() + 192, 24);
  EXPECT_EQ(values, (std::vector<float>{0, 1000, 1, 1001, 2, 1002}));
}

TEST_F(FrameWriterTest, WritesSpectraAsAnArrayOfFramesByChannelsByValues) {
  const auto topic = make_topic("d/test/psd", Kind::kSpectrum, 2);
  const auto writer = make_npy_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 0, 0, 4)));
  ASSERT_TRUE(writer->write(receive(topic, 1, 0, 4)));
  ASSERT_TRUE(writer->finish());
  EXPECT_NE(written().find("'shape': (2, 2, 4, )"), std::string::npos);
  EXPECT_EQ(written().size(), 192U + 16 * sizeof(float));
}

TEST_F(FrameWriterTest, RefusesAnArrayWhoseFramesDiffer) {
  const auto topic = make_topic("d/test/psd", Kind::kSpectrum, 1);
  const auto writer = make_npy_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 0, 0, 4)));
  const auto second = writer->write(receive(topic, 1, 0, 5));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kInvalid);
}

TEST_F(FrameWriterTest, WritesALineOfJsonWithTheLossesBeforeEachFrame) {
  const auto topic = make_topic("d/test/a", Kind::kWaveform, 1);
  const auto writer = make_jsonl_writer(output());
  ASSERT_TRUE(writer->write(receive(topic, 0, 0, 1)));
  ASSERT_TRUE(writer->write(receive(topic, 3, 10, 2, {.samples = 5, .reasons = kGapUsb})));
  ASSERT_TRUE(writer->finish());
  const std::string text = written();
  const std::string second = text.substr(text.find('\n') + 1);
  std::string expected =
      R"json({"topic":"d/test/a","kind":"waveform","sequence":3,"epoch":1,"config_revision":1,
"first_index":10,"count":2,"gap_before":5,"gap_reasons":["usb"],"gap_exact":true,
"lost_frames":2,"lost_samples":4,"flags":[],"t0_ticks":0,"tick_s":[1,1000000000],
"t_sigma_ns":null,"host_rx_ns":1,"x":{"start":0,"step":0.001,"unit":"s"},
"channels":{"ch1 (V)":[10,11]}})json";
  std::erase(expected, '\n');
  EXPECT_EQ(second, expected + "\n");
}

TEST_F(FrameWriterTest, LeavesNoFileBehindWhenItWasNotFinished) {
  const auto topic = make_topic("d/test/a", Kind::kWaveform, 1);
  {
    const auto writer = make_csv_writer(output());
    ASSERT_TRUE(writer->write(receive(topic, 0, 0, 1)));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.part"));
}

TEST_F(FrameWriterTest, SaysWhyAFileCannotBeMade) {
  const auto output = Output::open((folder_ / "no/such/folder").string());
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, Code::kIo);
}

}  // namespace
}  // namespace acq::tool
