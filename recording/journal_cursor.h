// Reads a journal item by item, in the order it was written, in bounded memory.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proto/codec.h"
#include "recording/journal.h"
#include "recording/journal_messages.h"

namespace acq {

// One thing that was recorded. What the spans show is valid until the cursor moves.
struct JournalItem {
  JournalKind kind = JournalKind::kForeign;
  std::size_t number = 0;    // of the stream or topic
  std::int64_t time_ns = 0;  // on the file's scale, UTC without jumps
  std::uint32_t sequence = 0;
  std::size_t segment = 0;
  std::uint16_t channel = 0;       // of the segment's file
  std::span<const std::byte> raw;  // the message as it is in the file

  // kPackets
  std::shared_ptr<const StreamInfo> info;
  journal::PacketHead packet;
  std::span<const std::byte> samples;                                // as the instrument made them
  journal::Arrangement arrangement = journal::Arrangement::kAsMade;  // of those in `raw`
  // Samples that were recorded here and that the file does not have any more: damaged, or in a
  // segment that is missing. On top of packet.lost_before. 0 for the first packet read.
  std::uint64_t missing_before = 0;

  // kFrames
  FrameHeader header;
  std::span<const std::byte> payload;
  const std::string* description = nullptr;

  journal::Event event;                          // kEvents
  journal::Anchor anchor;                        // kAnchors
  std::vector<journal::StreamAccount> accounts;  // kAccounts
};

// What to read. Empty lists: none of that kind.
struct JournalFilter {
  std::vector<std::size_t> streams;
  std::vector<std::size_t> topics;
  bool has_events = false;
  bool has_anchors = false;
  bool has_accounts = false;
  // Chunks wholly before or at/after these are not read; items outside are left out.
  std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();

  static JournalFilter everything(const Journal& journal);
  static JournalFilter stream(std::size_t number);
  static JournalFilter topic(std::size_t number);
};

// Damage does not end the reading: a chunk that cannot be read is passed over and told in damages().
// Holds one chunk at a time. The journal must outlive it. One thread.
class JournalCursor {
 public:
  JournalCursor(const Journal& journal, JournalFilter filter);

  // The next item, or nullptr at the end; after Journal::refresh() there may be more. Errors are of
  // the system alone.
  Result<const JournalItem*> next();

  // Chunks that were passed over, and messages that made no sense, so far.
  [[nodiscard]] const std::vector<JournalDamage>& damages() const noexcept { return damages_; }
  // Bytes of the journal behind and in all, for progress.
  [[nodiscard]] std::uint64_t bytes_done() const noexcept { return bytes_done_; }
  [[nodiscard]] std::uint64_t bytes_total() const;

 private:
  struct Place {
    std::uint64_t next_index = 0;
    bool is_known = false;
  };
  Result<bool> next_chunk();
  [[nodiscard]] bool is_wanted(const JournalSegment& segment, const mcap::ChunkIndex& chunk) const;
  [[nodiscard]] bool is_wanted(const JournalChannel& channel) const;
  bool take(const mcap::MessageRecord& message, const JournalSegment& segment);
  bool take_packet(const mcap::MessageRecord& message, const JournalChannel& channel,
                   std::string& problem);
  void report(const std::string& path, std::uint64_t offset, std::string sentence);

  const Journal& journal_;
  const JournalFilter filter_;
  std::size_t segment_ = 0;
  std::size_t chunk_ = 0;
  std::uint64_t chunk_offset_ = 0;
  mcap::Bytes packed_;
  mcap::Bytes records_;
  mcap::Bytes samples_;  // of a packet that had them arranged
  std::span<const std::byte> left_;
  JournalItem item_;
  std::vector<Place> places_;  // by stream
  std::vector<JournalDamage> damages_;
  std::uint64_t bytes_done_ = 0;
};

}  // namespace acq
