// A recording opened for reading: what is in it, over all its segments.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"
#include "dsp/base/stream_info.h"
#include "recording/mcap/reader.h"

namespace acq {

// What one channel of a segment's file carries.
enum class JournalKind : std::uint8_t { kPackets, kFrames, kEvents, kAnchors, kAccounts, kForeign };

struct JournalChannel {
  JournalKind kind = JournalKind::kForeign;
  std::size_t number = 0;                  // of the stream or topic within the journal
  std::shared_ptr<const StreamInfo> info;  // kPackets
  std::string description;                 // kFrames: acq.v1.StreamDescriptor as JSON
};

struct JournalSegment {
  std::string path;
  std::shared_ptr<mcap::Reader> file;
  std::vector<JournalChannel> channels;  // by MCAP channel id
};

// A place in a journal that is not as it was written.
struct JournalDamage {
  std::string path;
  std::uint64_t offset = 0;
  std::string sentence;
};

struct JournalStream {
  std::string name;  // "instrument/stream"
  std::string instrument;
  std::string stream;
  std::vector<std::shared_ptr<const StreamInfo>> infos;  // in the order they came into force
};

struct JournalTopic {
  std::string topic;                      // "d/instrument/name"
  std::vector<std::string> descriptions;  // acq.v1.StreamDescriptor as JSON, likewise
};

// Opening reads only the summaries: it costs the same for a large recording as for a small one.
// What is on the disk is not believed: every size is checked before it is used.
//
// Threads: after open() any number may read, each with a JournalCursor of its own; refresh() by one
// while none reads.
class Journal {
 public:
  // A folder with the segments of one recording, or one segment. kNotFound, kDenied or kIo from the
  // system; kInvalid when it is no journal.
  static Result<Journal> open(const std::string& path);

  [[nodiscard]] const std::vector<JournalSegment>& segments() const noexcept { return segments_; }
  [[nodiscard]] const std::vector<JournalStream>& streams() const noexcept { return streams_; }
  [[nodiscard]] const std::vector<JournalTopic>& topics() const noexcept { return topics_; }
  // Number of the stream or topic of that name; kNotFound lists those there are.
  [[nodiscard]] Result<std::size_t> find_stream(std::string_view name) const;
  [[nodiscard]] Result<std::size_t> find_topic(std::string_view topic) const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& software() const noexcept { return software_; }
  [[nodiscard]] const std::string& run_id() const noexcept { return run_id_; }
  // Of the file: UTC as it was taken at the start of the recording, ns; 0 and 0 when it is empty.
  [[nodiscard]] std::int64_t start_ns() const noexcept { return start_ns_; }
  [[nodiscard]] std::int64_t end_ns() const noexcept { return end_ns_; }
  // From the packets' host_rx_ns (CLOCK_MONOTONIC) to the times of the file.
  [[nodiscard]] std::int64_t utc_minus_monotonic_ns() const noexcept { return utc_offset_ns_; }
  [[nodiscard]] std::uint64_t bytes() const;
  // Every segment has been ended as it should.
  [[nodiscard]] bool is_complete() const noexcept;
  [[nodiscard]] std::vector<JournalDamage> damages() const;

  // The configurations in force, in order of time: their names and TOML texts.
  [[nodiscard]] Result<std::vector<mcap::Attachment>> configs() const;

  // Takes in what has been added since to a recording that goes on.
  Result<void> refresh();

 private:
  Result<void> add_segment(const std::string& path);
  Result<void> describe(JournalSegment& segment);
  Result<void> enter(const mcap::ChannelRecord& channel, std::string_view schema,
                     JournalSegment& segment);
  void read_metadata(const JournalSegment& segment);
  void measure();

  std::string path_;
  std::vector<JournalSegment> segments_;
  std::vector<JournalDamage> skipped_;  // segments with nothing that can be read
  std::vector<JournalStream> streams_;
  std::vector<JournalTopic> topics_;
  std::string name_;
  std::string software_;
  std::string run_id_;
  std::int64_t start_ns_ = 0;
  std::int64_t end_ns_ = 0;
  std::int64_t utc_offset_ns_ = 0;
};

// The segments in a folder, in order: "*.mcap" and, being written or never ended, "*.mcap.part".
Result<std::vector<std::string>> segment_paths(const std::string& folder);

}  // namespace acq
