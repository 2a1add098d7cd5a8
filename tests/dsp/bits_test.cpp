#include "dsp/math/bits.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <random>

#include "dsp/base/planes.h"
#include "tests/support/simd_targets.h"

namespace acq {
namespace {

template <typename Word>
void round_trip(Dtype dtype, std::size_t channels, std::size_t count, std::mt19937_64& random) {
  const auto mask = static_cast<Word>((std::uint32_t{1} << channels) - 1);
  std::vector<Word> words(count);
  for (Word& word : words) word = static_cast<Word>(random());
  Planes planes(channels, count);
  std::array<float*, kMaxChannels> pointers{};
  planes.lend(pointers);
  unpack_bits(reinterpret_cast<const std::byte*>(words.data()), dtype, channels, count,
              pointers.data());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(planes[c][i], static_cast<float>((words[i] >> c) & 1U))
          << "channel " << c << ", sample " << i;
    }
  }
  const std::size_t from = count > 3 ? 3 : 0;
  std::vector<Word> packed(count - from, Word{0x55});
  pack_bits(pointers.data(), from, dtype, channels, count - from,
            reinterpret_cast<std::byte*>(packed.data()));
  for (std::size_t i = from; i < count; ++i)
    ASSERT_EQ(packed[i - from], static_cast<Word>(words[i] & mask)) << i;
}

TEST(Bits, EveryBitOfEveryWordComesApartAndTogether) {
  test::for_each_instruction_set([] {
    std::mt19937_64 random(3);
    for (const std::size_t count : {1, 2, 7, 15, 16, 17, 64, 1000}) {
      for (std::size_t channels = 1; channels <= 8; ++channels)
        round_trip<std::uint8_t>(Dtype::kU8, channels, count, random);
      for (std::size_t channels = 1; channels <= 16; ++channels)
        round_trip<std::uint16_t>(Dtype::kU16, channels, count, random);
    }
  });
}

TEST(Bits, ThePackedTypeIsTheSmallestThatHoldsTheChannels) {
  EXPECT_EQ(packed_dtype(1), Dtype::kU8);
  EXPECT_EQ(packed_dtype(8), Dtype::kU8);
  EXPECT_EQ(packed_dtype(9), Dtype::kU16);
  EXPECT_EQ(packed_dtype(16), Dtype::kU16);
  EXPECT_EQ(packed_dtype(17), Dtype::kUnspecified);
  EXPECT_EQ(scan_bytes(Dtype::kU16, Layout::kPacked, 16), 2U);
  EXPECT_EQ(scan_bytes(Dtype::kU16, Layout::kPlanar, 16), 32U);
}

}  // namespace
}  // namespace acq
