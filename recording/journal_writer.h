// Writes a recording: packets, frames, events and clocks into segments on the disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/clock.h"
#include "recording/files.h"
#include "recording/journal_messages.h"
#include "recording/mcap/writer.h"

namespace acq {

struct JournalOptions {
  std::string folder;  // is made; its parent exists
  std::string name;    // of the recording; segments are NAME-0001.mcap and so on
  std::string software;
  std::uint64_t run_id = 0;
  mcap::Compression compression = mcap::Compression::kNone;
  std::uint64_t segment_bytes = std::uint64_t{1} << 30;
  std::int64_t segment_ns = 3600'000'000'000;
  std::size_t chunk_bytes = std::size_t{1} << 20;
  std::int64_t chunk_ns = 1'000'000'000;
  std::uint64_t reserve_bytes = std::uint64_t{64} << 20;
};

// A segment that is complete on the disk.
struct ClosedSegment {
  std::string path;
  std::uint64_t bytes = 0;
};

// Promise: every sample given is in the file, or counted in the gap of the next packet of its stream
// (reason `recorder`). Nothing here waits for anything but the disk. When the disk fails, the segment
// is ended as well as it can be; a new one begins at the next flush() that finds the disk well.
//
// Where the syncs are made elsewhere, chunks are written while one goes on, also that of a segment that
// is ended, into the next one. What is written and not synced is never more than two segments: then
// flush() waits.
//
// Threads: one; the syncer may have its own.
class JournalWriter {
 public:
  // Without a syncer the syncs are made here.
  JournalWriter(Disk& disk, const Clock& clock, JournalOptions options, Syncer* syncer = nullptr);
  // close() first, or the last segment stays unfinished, which recover mends.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  // Makes the folder and the first segment.
  Result<void> open();

  // The configuration in force from now on: goes into this and every later segment.
  void set_config(std::uint64_t revision, std::string toml);

  // A stream by its name "instrument/stream"; the number is for add_packet().
  std::size_t add_stream(std::string instrument, std::string stream);
  void add_packet(std::size_t stream, const std::shared_ptr<const StreamInfo>& info,
                  const journal::PacketHead& head, std::span<const std::byte> samples);
  // Lost behind the last packet; told by the next, or at the end.
  void add_loss(std::size_t stream, const Gap& gap);

  // `descriptor` is the encoded StreamDescriptor of the topic; `frame` the FrameHeader as published.
  void add_frame(std::string_view topic, std::uint64_t descriptor_id, std::string_view descriptor,
                 std::span<const std::byte> header, std::span<const std::byte> payload,
                 std::int64_t host_rx_ns);
  void add_event(const journal::Event& event);

  // Whether a chunk waits to be written, which is full or a second old, or a sync has ended.
  [[nodiscard]] bool wants_flush() const noexcept;
  // Writes the chunk that is due, once a second with the clocks and accounts, and then syncs; begins a
  // new segment where one is due. What went wrong is told, and has been dealt with.
  Result<void> flush();
  // Writes everything and ends the segment.
  Result<void> close();

  [[nodiscard]] bool is_writing() const noexcept { return writer_ != nullptr; }
  [[nodiscard]] bool is_syncing() const noexcept { return is_syncing_; }
  // Recorded is what survives a loss of power, so it never falls; lost also what waits to be told.
  [[nodiscard]] journal::StreamAccount account(std::size_t stream) const;
  [[nodiscard]] std::uint64_t bytes() const noexcept;  // on the disk, of all segments
  // Taken once: the segments that were completed since.
  std::vector<ClosedSegment> take_closed();
  [[nodiscard]] unsigned segments() const noexcept { return segment_; }

 private:
  // What a stream has put into the part of the file that may still be lost.
  struct Unsafe {
    std::uint64_t samples = 0;
    journal::Loss told;
  };
  struct Stream {
    std::string instrument;
    std::string name;
    std::shared_ptr<const StreamInfo> info;  // of the channel
    std::optional<std::uint16_t> channel;
    std::uint32_t sequence = 0;
    std::uint64_t next_index = 0;
    std::uint32_t epoch = 0;
    bool has_begun = false;
    journal::Loss pending;           // not told yet
    journal::StreamAccount account;  // with what may still be lost
    Unsafe in_chunk;
    Unsafe unsynced;  // in chunks that are written
    Unsafe syncing;   // in those that were when the sync began that goes on
  };
  struct Topic {
    std::uint64_t descriptor_id = 0;
    std::uint16_t channel = 0;
    std::uint32_t sequence = 0;
  };
  struct SideChannel {
    std::optional<std::uint16_t> id;
    std::uint32_t sequence = 0;
  };

  Result<void> begin_segment();
  Result<void> write_chunk();
  [[nodiscard]] bool is_chunk_due(std::int64_t now_ns) const noexcept;
  void begin_sync(mcap::Writer& writer);
  Result<void> end_sync();
  Result<void> sync();
  Result<void> change_segment();
  void drop_segments();
  [[nodiscard]] std::uint64_t unsynced_bytes() const noexcept;
  Result<void> end_segment();
  Result<void> close_segment(unsigned number, std::uint64_t bytes);
  Result<void> write_end();
  [[nodiscard]] bool owes() const noexcept;
  Result<void> end_segment_after(Error error, bool at_sync);
  void count_lost(bool with_unsynced);
  void queue_config();
  std::uint16_t schema(std::string_view message);
  std::span<std::byte> add(std::uint16_t channel, std::uint32_t& sequence, std::int64_t host_ns,
                           std::size_t bytes);
  void add_text(SideChannel& channel, std::string_view topic, std::string_view message);
  void add_clocks();
  void add_accounts();
  void add_tails();
  [[nodiscard]] std::string path(unsigned segment, bool is_part) const;

  Disk& disk_;
  const Clock& clock_;
  Syncer own_syncer_;
  Syncer& syncer_;
  const JournalOptions options_;
  const bool is_compressed_;
  std::int64_t utc_offset_ns_ =
      0;  // from CLOCK_MONOTONIC to the times in the file, which never jump
  std::uint64_t config_revision_ = 0;
  std::string config_;
  std::vector<Stream> streams_;

  // Of the segment being written.
  std::unique_ptr<mcap::Writer> writer_;
  unsigned segment_ = 0;
  std::int64_t segment_start_ns_ = 0;
  std::int64_t chunk_start_ns_ = 0;
  std::int64_t last_second_ns_ = 0;
  bool is_syncing_ = false;
  std::map<std::string, std::uint16_t, std::less<>> schemas_;
  std::map<std::string, Topic, std::less<>> topics_;
  SideChannel events_;
  SideChannel anchors_;
  SideChannel accounts_;

  std::unique_ptr<mcap::Writer> ended_;  // the segment before, while its last sync goes on
  unsigned ended_number_ = 0;
  std::string message_;
  std::uint64_t closed_bytes_ = 0;
  std::vector<ClosedSegment> closed_;
};

// CLOCK_MONOTONIC, UTC and TAI, read together. TAI only where the machine knows the leap seconds.
journal::Anchor read_clocks(const Clock& clock) noexcept;

}  // namespace acq
