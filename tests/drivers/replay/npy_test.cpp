#include "drivers/replay/npy.h"

#include "tests/drivers/replay/support.h"

namespace acq::replay {
namespace {

TEST(Npy, ReadsEveryTypeInEitherByteOrder) {
  const TempFolder folder;
  const auto check = [&]<typename T>(const std::string& type, const std::vector<T>& values) {
    for (const char order : {'<', '>', '=', '|'}) {
      if (order == '|' && sizeof(T) > 1) continue;
      const std::string bytes =
          order == '>' ? swapped(bytes_of(values), sizeof(T)) : bytes_of(values);
      const auto file = opened(folder.write("a.npy", npy(order + type, false, "(3,)", bytes)));
      ASSERT_TRUE(file) << order << type;
      EXPECT_EQ(file->recording().scans, 3U);
      EXPECT_EQ(all_samples<T>(*file), values) << order << type;
    }
  };
  check("i1", std::vector<std::int8_t>{1, -2, 127});
  check("u1", std::vector<std::uint8_t>{1, 2, 255});
  check("i2", std::vector<std::int16_t>{1, -2, 32767});
  check("u2", std::vector<std::uint16_t>{1, 2, 65535});
  check("i4", std::vector<std::int32_t>{1, -2, 2147483647});
  check("f4", std::vector<float>{1, -2.5F, 3e30F});
  check("f8", std::vector<double>{1, -2.5, 3e300});
}

TEST(Npy, AxesAreSamplesThenChannelsUnlessSaidOtherwise) {
  const TempFolder folder;
  const std::vector<std::int16_t> rows = {11, 12, 21, 22, 31, 32};     // 3 scans of 2 channels
  const std::vector<std::int16_t> columns = {11, 21, 31, 12, 22, 32};  // the same, by channel
  const struct {
    bool is_fortran;
    const char* shape;
    bool is_channels_first;
    const std::vector<std::int16_t>& stored;
    Layout layout;
  } cases[] = {{false, "(3, 2)", false, rows, Layout::kInterleaved},
               {true, "(3, 2)", false, columns, Layout::kPlanar},
               {false, "(2, 3)", true, columns, Layout::kPlanar},
               {true, "(2, 3)", true, rows, Layout::kInterleaved}};
  for (const auto& c : cases) {
    const std::string path =
        folder.write("a.npy", npy("<i2", c.is_fortran, c.shape, bytes_of(c.stored)));
    const auto file = opened(path, {.is_channels_first = c.is_channels_first});
    ASSERT_TRUE(file);
    EXPECT_EQ(file->recording().channels.size(), 2U);
    EXPECT_EQ(file->recording().layout, c.layout);
    EXPECT_EQ(all_samples<std::int16_t>(*file), rows);
  }
}

TEST(Npy, ReadsAnyPartOfAPlanarFile) {
  const TempFolder folder;
  std::vector<std::int16_t> stored(2000);
  for (std::size_t i = 0; i < stored.size(); ++i) stored[i] = static_cast<std::int16_t>(i);
  const auto file = opened(folder.write("a.npy", npy("<i2", true, "(1000, 2)", bytes_of(stored))));
  ASSERT_TRUE(file);
  std::vector<std::int16_t> part(4);
  ASSERT_TRUE(file->read(998, 2, reinterpret_cast<std::byte*>(part.data())));
  EXPECT_EQ(part, (std::vector<std::int16_t>{998, 999, 1998, 1999}));
}

TEST(Npy, TakesTheLongHeadersOfVersionTwoAndThree) {
  const TempFolder folder;
  const std::string header = "{'shape': (1,), 'fortran_order': False, 'descr': \"<i2\"}\n";
  for (const char version : {'\2', '\3'}) {
    const std::string bytes = std::string("\x93NUMPY") + version + '\0' +
                              bytes_of(static_cast<std::uint32_t>(header.size())) + header +
                              bytes_of(std::int16_t{7});
    const auto file = opened(folder.write("a.npy", bytes));
    ASSERT_TRUE(file);
    EXPECT_EQ(all_samples<std::int16_t>(*file), std::vector<std::int16_t>{7});
  }
}

TEST(Npy, RefusesWithTheByteWhatIsWrong) {
  const TempFolder folder;
  const auto with = [&](const std::string& bytes) { return refused(folder.write("a.npy", bytes)); };
  const std::string data(12, '\0');
  EXPECT_REFUSED(with(""), Code::kInvalid, "byte 0", "ends within");
  EXPECT_REFUSED(with(std::string(40, 'x')), Code::kInvalid, "byte 0", "not a NumPy array");
  std::string version = npy("<i2", false, "(6,)", data);
  version[6] = 9;
  EXPECT_REFUSED(with(version), Code::kInvalid, "byte 6", "version 9");
  EXPECT_REFUSED(with(npy("<i2", false, "(6,)", data).substr(0, 60)), Code::kInvalid, "byte 60",
                 "ends within");
  EXPECT_REFUSED(with(npy("<i8", false, "(1,)", data)), Code::kInvalid, "byte 10", "'<i8'");
  EXPECT_REFUSED(with(npy("<c8", false, "(1,)", data)), Code::kInvalid, "byte 10", "'<c8'");
  EXPECT_REFUSED(with(npy("", false, "(1,)", data)), Code::kInvalid, "byte 10", "''");
  EXPECT_REFUSED(with(npy("<i2", false, "()", data)), Code::kInvalid, "byte 10", "0 dimensions");
  EXPECT_REFUSED(with(npy("<i2", false, "(1, 2, 3)", data)), Code::kInvalid, "byte 10",
                 "3 dimensions");
  EXPECT_REFUSED(with(npy("<i2", false, "(6, 0)", data)), Code::kInvalid, "byte 10", "0 channels");
  EXPECT_REFUSED(with(npy("<i2", false, "(2, 65)", data)), Code::kInvalid, "byte 10",
                 "65 channels");
  EXPECT_REFUSED(with(npy("<i2", false, "(0,)", data)), Code::kInvalid, "byte 128", "no samples");
  EXPECT_REFUSED(with(npy("<i2", false, "(7,)", data)), Code::kInvalid, "byte 128", "do not fit");
  EXPECT_REFUSED(with(npy("<i2", false, "(18446744073709551615, 64)", data)), Code::kInvalid,
                 "byte 10", "claims");
  EXPECT_REFUSED(with(npy("<i2", false, "(99999999999999999999,)", data)), Code::kInvalid,
                 "byte 61", "'shape'");
  EXPECT_REFUSED(with(npy("<i2', 'x': 'y", false, "(1,)", data)), Code::kInvalid, "byte 31", "'x'");
  const std::string no_brace = std::string("\x93NUMPY\1\0\4\0{'a'", 14) + data;
  EXPECT_REFUSED(with(no_brace), Code::kInvalid, "byte 14", "colon");
  const std::string huge = std::string("\x93NUMPY\2\0\xff\xff\xff\xff", 12) + data;
  EXPECT_REFUSED(with(huge), Code::kInvalid, "byte 8", "4294967295 bytes");
}

}  // namespace
}  // namespace acq::replay
