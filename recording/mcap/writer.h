// Writes one MCAP file: messages in chunks, checksums, indexes and the summary at the end.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsp/base/result.h"
#include "recording/files.h"
#include "recording/mcap/compression.h"
#include "recording/mcap/records.h"

namespace acq::mcap {

struct WriterOptions {
  Compression compression = Compression::kNone;
  std::size_t chunk_bytes = std::size_t{1} << 20;
  // Room is reserved on the disk in steps of so many bytes. 0: none is.
  std::uint64_t reserve_bytes = std::uint64_t{16} << 20;
};

// Promise: what a call that failed should have added is not in the file, and the file can still be
// finished unless is_broken(): room for the end is reserved before anything is written.
// One thread.
class Writer {
 public:
  Writer(std::unique_ptr<OutputFile> file, WriterOptions options);

  Result<void> begin(std::string_view profile, std::string_view library);

  // These are written in front of the next chunk, and again in the summary.
  std::uint16_t add_schema(std::string_view name, std::string_view encoding, std::string_view data);
  std::uint16_t add_channel(std::uint16_t schema, std::string_view topic,
                            std::string_view message_encoding, Metadata metadata);
  void attach(const Attachment& attachment);
  void add_metadata(const MetadataRecord& metadata);

  // Adds a message of `bytes` to the chunk and gives its data to be filled before the next call.
  std::span<std::byte> add_message(std::uint16_t channel, std::uint32_t sequence,
                                   std::uint64_t log_time, std::uint64_t publish_time,
                                   std::size_t bytes);
  [[nodiscard]] std::size_t chunk_size() const noexcept { return chunk_size_; }
  [[nodiscard]] bool is_chunk_full() const noexcept { return chunk_size_ >= options_.chunk_bytes; }

  // Writes the chunk with its indexes. kOverflow: the disk is full; in any case of failure what the
  // chunk held is gone.
  Result<void> end_chunk();
  Result<void> sync();
  // The same in two parts, for a sync that is made elsewhere: what is in the file when it begins is
  // safe once it has ended well.
  OutputFile& begin_sync() noexcept;
  void end_sync() noexcept { synced_ = syncing_; }
  // Ends the file, its last chunk written; nothing may be added after. All but the sync, and with it.
  Result<void> append_end();
  Result<void> finish();
  // Takes away what was written after the last sync() that succeeded, or since begin(), whose fate is
  // unknown.
  Result<void> forget_unsynced();

  [[nodiscard]] std::uint64_t size() const noexcept { return file_->size(); }
  [[nodiscard]] std::uint64_t synced_size() const noexcept { return synced_.bytes; }
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
  [[nodiscard]] std::uint64_t chunks() const noexcept { return chunk_indexes_.size(); }

 private:
  // How far the file is.
  struct Mark {
    std::uint64_t bytes = 0;
    std::uint32_t crc = 0;
    std::size_t schemas = 0;  // and channels: those whose records are in the file
    std::size_t channels = 0;
    std::size_t chunks = 0;
    std::size_t attachments = 0;
    std::size_t metadata = 0;
  };
  Mark mark() const noexcept;
  void go_back_to(const Mark& mark);
  Result<void> write(ByteSpan bytes);
  Result<void> write_chunk();
  void sum_up() noexcept;
  void empty_chunk() noexcept;
  [[nodiscard]] std::uint64_t closing_bytes() const noexcept;
  Result<void> make_room(std::uint64_t bytes);
  void put_summary(Bytes& out, std::uint64_t start);
  void count_statistics(Statistics& statistics) const;

  std::unique_ptr<OutputFile> file_;
  WriterOptions options_;
  Compressor compressor_;
  bool is_broken_ = false;
  std::uint32_t crc_ = 0;  // of the file so far
  std::uint64_t reserved_ = 0;
  Mark synced_;
  Mark syncing_;

  std::unique_ptr<std::byte[]> chunk_;
  std::size_t chunk_size_ = 0;
  std::size_t summed_ = 0;  // of it, and their checksum
  std::uint32_t chunk_crc_ = 0;
  std::size_t chunk_capacity_ = 0;
  std::uint64_t start_time_ = 0;
  std::uint64_t end_time_ = 0;
  // By channel, of the chunk being filled: time and place of each message.
  std::vector<std::vector<std::pair<std::uint64_t, std::uint64_t>>> message_index_;

  Bytes queued_;  // schemas, channels, attachments and metadata in front of the next chunk
  std::vector<AttachmentIndex> queued_attachments_;
  std::vector<MetadataIndex> queued_metadata_;
  Bytes small_;  // for heads and indexes

  std::vector<Schema> schemas_;
  std::vector<ChannelRecord> channels_;
  std::size_t written_schemas_ = 0;  // those that are only queued are not told in the summary
  std::size_t written_channels_ = 0;
  std::uint64_t described_bytes_ = 0;  // of schemas and channels
  std::vector<ChunkIndex> chunk_indexes_;
  std::vector<std::map<std::uint16_t, std::uint64_t>> chunk_messages_;
  std::vector<AttachmentIndex> attachments_;
  std::vector<MetadataIndex> metadata_;
};

}  // namespace acq::mcap
