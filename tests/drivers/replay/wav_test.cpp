#include "drivers/replay/wav.h"

#include "tests/drivers/replay/support.h"

namespace acq::replay {
namespace {

TEST(Wav, ReadsSixteenBitPcmScanByScan) {
  const TempFolder folder;
  const std::vector<std::int16_t> samples = {1, -2, 3, -4, 32767, -32768};
  const auto file = opened(folder.write("a.wav", wav({.channels = 2}, bytes_of(samples))));
  ASSERT_TRUE(file);
  const Recording& r = file->recording();
  EXPECT_EQ(r.rate_hz, (Rational{48000, 1}));
  EXPECT_EQ(r.scans, 3U);
  EXPECT_EQ(r.channels.size(), 2U);
  EXPECT_EQ(r.channels[0].scale, 1.0 / 32768);
  EXPECT_EQ(r.channels[0].significant_bits, 16);
  EXPECT_EQ(all_samples<std::int16_t>(*file), samples);
}

TEST(Wav, EightBitsAreUnsignedAroundTheMiddle) {
  const TempFolder folder;
  const auto file = opened(folder.write("a.wav", wav({.bits = 8}, std::string("\x00\x80\xff", 3))));
  ASSERT_TRUE(file);
  const Channel& channel = file->recording().channels[0];
  EXPECT_EQ(file->recording().dtype, Dtype::kU8);
  EXPECT_EQ(0 * channel.scale + channel.offset, -1);
  EXPECT_EQ(128 * channel.scale + channel.offset, 0);
}

TEST(Wav, TwentyFourBitsAreWidenedKeepingTheirSign) {
  const TempFolder folder;
  const std::string samples("\x01\x00\x00\xff\xff\xff\x00\x00\x80\xff\xff\x7f\x03\x02\x81", 15);
  const auto file = opened(folder.write("a.wav", wav({.bits = 24}, samples)));
  ASSERT_TRUE(file);
  EXPECT_EQ(all_samples<std::int32_t>(*file),
            (std::vector<std::int32_t>{1, -1, -8388608, 8388607, 0x810203 - 0x1000000}));
  EXPECT_EQ(file->recording().channels[0].scale, 1.0 / 8388608);
}

TEST(Wav, ReadsFloats) {
  const TempFolder folder;
  const std::vector<float> floats = {0.5F, -3e7F};
  const auto f32 = opened(folder.write("a.wav", wav({.tag = 3, .bits = 32}, bytes_of(floats))));
  ASSERT_TRUE(f32);
  EXPECT_EQ(all_samples<float>(*f32), floats);
  EXPECT_EQ(f32->recording().channels[0].scale, 1);
  const std::vector<double> doubles = {0.5, -3e70};
  const auto f64 = opened(folder.write("b.wav", wav({.tag = 3, .bits = 64}, bytes_of(doubles))));
  ASSERT_TRUE(f64);
  EXPECT_EQ(all_samples<double>(*f64), doubles);
}

TEST(Wav, ReadsAnyPartOfTheFile) {
  const TempFolder folder;
  std::vector<std::int32_t> samples(3000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::int32_t>(i) - 1500;
  const auto file =
      opened(folder.write("a.wav", wav({.channels = 3, .bits = 32}, bytes_of(samples))));
  ASSERT_TRUE(file);
  std::vector<std::int32_t> part(3 * 7);
  ASSERT_TRUE(file->read(991, 7, reinterpret_cast<std::byte*>(part.data())));
  EXPECT_TRUE(std::equal(part.begin(), part.end(), samples.begin() + 3 * 991));
}

TEST(Wav, SkipsChunksItDoesNotKnowWithTheirPadding) {
  const TempFolder folder;
  const std::string chunks = chunk("LIST", "odd") + chunk("fmt ", wav_format({})) +
                             chunk("fact", bytes_of(2)) + chunk("data", bytes_of(std::int16_t{5}));
  const auto file = opened(folder.write("a.wav", "RIFF" + bytes_of(0) + "WAVE" + chunks));
  ASSERT_TRUE(file);
  EXPECT_EQ(all_samples<std::int16_t>(*file), std::vector<std::int16_t>{5});
}

std::string rf64(std::uint64_t data_bytes, const std::string& samples) {
  const std::string sizes = bytes_of(std::uint64_t{0}) + bytes_of(data_bytes) +
                            bytes_of(std::uint64_t{0}) + bytes_of(std::uint32_t{0});
  return "RF64" + bytes_of(0xffffffffU) + "WAVE" + chunk("ds64", sizes) +
         chunk("fmt ", wav_format({})) + "data" + bytes_of(0xffffffffU) + samples;
}

TEST(Wav, Rf64TakesTheSizeFromItsOwnChunk) {
  const TempFolder folder;
  const auto file = opened(folder.write("a.rf64", rf64(4, bytes_of(0x00020001) + "rest")));
  ASSERT_TRUE(file);
  EXPECT_EQ(all_samples<std::int16_t>(*file), (std::vector<std::int16_t>{1, 2}));
}

std::string extensible(std::uint16_t tag, std::uint16_t valid_bits) {
  WavSpec spec{.tag = 0xfffe};
  return wav_format(spec) + bytes_of(std::uint16_t{22}) + bytes_of(valid_bits) + bytes_of(4U) +
         bytes_of(tag) + std::string(14, '\0');
}

TEST(Wav, ExtensibleFormatsTellTheirValidBits) {
  const TempFolder folder;
  const auto with = [&](const std::string& format) {
    return folder.write("a.wav", "RIFF" + bytes_of(0) + "WAVE" + chunk("fmt ", format) +
                                     chunk("data", bytes_of(std::int16_t{5})));
  };
  const auto file = opened(with(extensible(1, 12)));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->recording().channels[0].significant_bits, 12);
  EXPECT_REFUSED(refused(with(extensible(1, 17))), Code::kInvalid, "byte 38", "17 valid bits");
  EXPECT_REFUSED(refused(with(extensible(7, 16))), Code::kInvalid, "byte 20", "of kind 7");
}

TEST(Wav, RefusesWithTheByteWhatIsWrong) {
  const TempFolder folder;
  const auto with = [&](const std::string& bytes) { return refused(folder.write("a.wav", bytes)); };
  const std::string two = bytes_of(0x00020001);
  const std::string good = wav({}, two);
  EXPECT_REFUSED(with(""), Code::kInvalid, "byte 0", "RIFF header");
  EXPECT_REFUSED(with(std::string(100, 'x')), Code::kInvalid, "byte 0", "not a WAVE file");
  EXPECT_REFUSED(with(good.substr(0, 30)), Code::kInvalid, "byte 30", "format chunk");
  EXPECT_REFUSED(with(good.substr(0, 36)), Code::kInvalid, "byte 36", "header of a chunk");
  EXPECT_REFUSED(with(good.substr(0, 46)), Code::kInvalid, "byte 44", "do not fit");
  EXPECT_REFUSED(with(wav({}, "")), Code::kInvalid, "byte 44", "no samples");
  EXPECT_REFUSED(with(wav({}, "xyz")), Code::kInvalid, "byte 44", "not whole scans");
  EXPECT_REFUSED(with(wav({.channels = 0}, two)), Code::kInvalid, "byte 22", "0 channels");
  EXPECT_REFUSED(with(wav({.channels = 65}, two)), Code::kInvalid, "byte 22", "65 channels");
  EXPECT_REFUSED(with(wav({.rate_hz = 0}, two)), Code::kInvalid, "byte 24", "0 Hz");
  EXPECT_REFUSED(with(wav({.bits = 12}, two)), Code::kInvalid, "byte 34", "12 bits");
  EXPECT_REFUSED(with(wav({.tag = 3, .bits = 16}, two)), Code::kInvalid, "byte 34", "16 bits");
  EXPECT_REFUSED(with(wav({.tag = 85}, two)), Code::kInvalid, "byte 20", "kind 85");
  EXPECT_REFUSED(with("RIFF" + bytes_of(0) + "WAVE" + chunk("data", two)), Code::kInvalid,
                 "byte 12", "no format chunk");
  EXPECT_REFUSED(with(rf64(0, two)), Code::kInvalid, "byte 76", "open");
  EXPECT_REFUSED(with(rf64(~std::uint64_t{0}, two)), Code::kInvalid, "byte 80", "do not fit");
  std::string many = "RIFF" + bytes_of(0) + "WAVE";
  for (int i = 0; i < 2000; ++i) many += chunk("junk", "");
  EXPECT_REFUSED(with(many), Code::kInvalid, "byte 8204", "1024 chunks");
}

}  // namespace
}  // namespace acq::replay
