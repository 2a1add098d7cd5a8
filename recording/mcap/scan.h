// What an MCAP file holds, found by walking over its records.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recording/files.h"
#include "recording/mcap/records.h"

namespace acq::mcap {

// Records larger than this are not believed: they bound what a false file can make a reader allocate.
inline constexpr std::uint64_t kMostChunkBytes = std::uint64_t{256} << 20;
inline constexpr std::uint64_t kMostRecordBytes = std::uint64_t{64} << 20;

// A place of the file that is not as it was written.
struct Damage {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  // that were passed over
  std::string sentence;
};

struct Index {
  std::string profile;
  std::string library;
  std::vector<Schema> schemas;
  std::vector<ChannelRecord> channels;
  std::vector<ChunkIndex> chunks;  // in the order of the file
  std::vector<AttachmentIndex> attachments;
  std::vector<MetadataIndex> metadata;
  std::optional<Statistics> statistics;
  bool has_summary = false;
  std::optional<std::uint32_t> data_crc;  // told by the file's DataEnd; of the bytes before it
  std::uint64_t data_end = 0;             // where the walk ended, or DataEnd is
  std::vector<Damage> damages;
};

// Goes on from index.data_end, over what has been added since. A record that makes no sense is
// passed over to the next chunk whose checksum is right, and told in `damages`; a record that the
// file does not hold whole yet is no damage while `may_grow`.
Result<void> walk(const InputFile& file, Index& index, bool may_grow);

// Reads and checks one chunk. kInvalid tells what is wrong with it.
Result<void> read_chunk(const InputFile& file, const ChunkIndex& chunk, Bytes& packed,
                        Bytes& records);

// The content of the record at `offset`, of at most kMostRecordBytes; kInvalid when it is another.
Result<Bytes> read_record(const InputFile& file, std::uint64_t offset, Opcode opcode);

}  // namespace acq::mcap
