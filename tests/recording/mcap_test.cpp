#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "recording/mcap/crc32.h"
#include "recording/mcap/reader.h"
#include "recording/mcap/writer.h"
#include "tests/recording/temporary_folder.h"

namespace acq::mcap {
namespace {

constexpr std::size_t kMessages = 100;

std::string text_of(std::size_t number) {
  return "message " + std::to_string(number) + std::string(number % 7, 'x');
}

// Messages 0 to 99 of one channel, ten in a chunk, an attachment and metadata.
void write_file(const std::string& path, Compression compression, bool finishes = true) {
  auto file = system_disk().create(path);
  ASSERT_TRUE(file) << to_string(file.error());
  Writer writer(std::move(*file), {.compression = compression});
  ASSERT_TRUE(writer.begin("test", "us"));
  const auto schema = writer.add_schema("text", "none", "a text");
  const auto channel = writer.add_channel(schema, "t", "text", {{"key", "value"}});
  writer.attach({1, 2, "note", "text/plain", "attached"});
  writer.add_metadata({"about", {{"a", "b"}}});
  for (std::size_t i = 0; i < kMessages; ++i) {
    const std::string text = text_of(i);
    const auto place =
        writer.add_message(channel, static_cast<std::uint32_t>(i), 1000 + i, 2000 + i, text.size());
    std::memcpy(place.data(), text.data(), text.size());
    ASSERT_TRUE(i % 10 != 9 || writer.end_chunk());
  }
  ASSERT_TRUE(!finishes || writer.finish());
}

std::size_t count_messages(const Reader& reader) {
  std::size_t count = 0;
  Bytes packed;
  Bytes records;
  for (const ChunkIndex& chunk : reader.index().chunks) {
    if (!read_chunk(reader.file(), chunk, packed, records)) continue;
    FieldReader in(records);
    while (!in.left().empty()) {
      EXPECT_EQ(in.number<std::uint8_t>(), static_cast<std::uint8_t>(Opcode::kMessage));
      const auto message = parse_message(in.take(in.number<std::uint64_t>()));
      EXPECT_TRUE(message);
      const std::string_view text(reinterpret_cast<const char*>(message->data.data()),
                                  message->data.size());
      EXPECT_EQ(text, text_of(message->sequence));
      EXPECT_EQ(message->log_time, 1000 + message->sequence);
      ++count;
    }
  }
  return count;
}

class EachCompression : public testing::TestWithParam<Compression> {};

TEST_P(EachCompression, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  write_file(folder / "a.mcap", GetParam());
  const auto reader = Reader::open(folder / "a.mcap");
  ASSERT_TRUE(reader) << to_string(reader.error());
  const Index& index = reader->index();
  EXPECT_TRUE(index.has_summary);
  EXPECT_EQ(index.profile, "test");
  EXPECT_EQ(index.library, "us");
  ASSERT_EQ(index.channels.size(), 1U);
  EXPECT_EQ(index.channels[0].metadata.at("key"), "value");
  EXPECT_EQ(index.chunks.size(), 10U);
  EXPECT_EQ(index.statistics->messages, kMessages);
  EXPECT_EQ(reader->read_attachment(index.attachments.at(0))->data, "attached");
  EXPECT_EQ(reader->read_metadata(index.metadata.at(0))->metadata.at("a"), "b");
  EXPECT_EQ(count_messages(*reader), kMessages);
}

TEST_P(EachCompression, TellsTheChecksumOfTheDataSection) {
  const TemporaryFolder folder;
  write_file(folder / "a.mcap", GetParam());
  const auto reader = Reader::open(folder / "a.mcap");
  ASSERT_TRUE(reader);
  Bytes bytes(reader->index().data_end);
  ASSERT_TRUE(reader->file().read_at(0, bytes));
  EXPECT_EQ(crc32(bytes), reader->index().data_crc);
}

INSTANTIATE_TEST_SUITE_P(All, EachCompression,
                         testing::Values(Compression::kNone, Compression::kLz4, Compression::kZstd),
                         [](const auto& one) {
                           const auto word = to_string(one.param);
                           return word.empty() ? std::string("none") : std::string(word);
                         });

TEST(McapReader, WalksOverAFileWithoutSummary) {
  const TemporaryFolder folder;
  write_file(folder / "a.mcap", Compression::kNone, false);
  const auto reader = Reader::open(folder / "a.mcap");
  ASSERT_TRUE(reader) << to_string(reader.error());
  EXPECT_FALSE(reader->index().has_summary);
  EXPECT_TRUE(reader->index().damages.empty());
  EXPECT_EQ(reader->index().attachments.size(), 1U);
  EXPECT_EQ(count_messages(*reader), kMessages);
}

TEST(McapReader, FindsTheNextWholeChunkBehindADamage) {
  const TemporaryFolder folder;
  write_file(folder / "a.mcap", Compression::kNone, false);
  const auto before = Reader::open(folder / "a.mcap");
  ASSERT_TRUE(before);
  std::fstream file(folder / "a.mcap", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(before->index().chunks[3].offset + 1));  // its length
  file.write("\xff\xff", 2);
  file.close();
  const auto reader = Reader::open(folder / "a.mcap");
  ASSERT_TRUE(reader) << to_string(reader.error());
  ASSERT_EQ(reader->index().damages.size(), 1U);
  EXPECT_EQ(reader->index().damages[0].offset, before->index().chunks[3].offset);
  EXPECT_EQ(count_messages(*reader), kMessages - 10);
}

TEST(McapReader, RefusesWhatIsNoMcapFile) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.mcap") << "something else altogether, and long enough";
  const auto reader = Reader::open(folder / "a.mcap");
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace acq::mcap
