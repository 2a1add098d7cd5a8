#include "recording/journal.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "recording/journal_messages.h"

namespace acq {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStreamPrefix = "s/";

JournalKind kind_of(std::string_view schema) {
  if (schema == journal::kPacketSchema) return JournalKind::kPackets;
  if (schema == journal::kFrameSchema) return JournalKind::kFrames;
  if (schema == journal::kEventSchema) return JournalKind::kEvents;
  if (schema == journal::kAnchorSchema) return JournalKind::kAnchors;
  if (schema == journal::kAccountSchema) return JournalKind::kAccounts;
  return JournalKind::kForeign;
}

template <typename List, typename NameOf>
Result<std::size_t> find(const List& list, std::string_view name, const char* what,
                         NameOf name_of) {
  std::string names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (name_of(list[i]) == name) return i;
    names += (names.empty() ? "" : ", ") + name_of(list[i]);
  }
  return fail(Code::kNotFound, std::string("the recording has no ") + what + " " + quote(name),
              what, names.empty() ? "it has none" : names);
}

template <typename T>
std::size_t place_of(std::vector<T>& list, std::string T::* name, std::string_view wanted) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].*name == wanted) return i;
  }
  list.emplace_back().*name = wanted;
  return list.size() - 1;
}

}  // namespace

Result<std::vector<std::string>> segment_paths(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string path = it->path().string();
    if (path.ends_with(".mcap") || path.ends_with(".mcap.part")) paths.push_back(path);
  }
  if (error)
    return fail(Code::kIo, "cannot read the folder " + folder + ": " + error.message(), folder);
  std::sort(paths.begin(), paths.end());
  return paths;
}

Result<Journal> Journal::open(const std::string& path) {
  Journal journal;
  journal.path_ = path;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (auto done = journal.add_segment(path); !done) return tl::unexpected<Error>(done.error());
  } else {
    const auto paths = segment_paths(path);
    if (!paths) return tl::unexpected<Error>(paths.error());
    if (paths->empty()) {
      return fail(Code::kNotFound, path + " has no segment of a recording", path,
                  "*.mcap or *.mcap.part");
    }
    for (const std::string& segment : *paths) {
      const auto done = journal.add_segment(segment);
      if (done) continue;
      if (done.error().code != Code::kInvalid || paths->size() == 1)
        return tl::unexpected<Error>(done.error());
      journal.skipped_.push_back({segment, 0, done.error().sentence});
    }
    if (journal.segments_.empty()) {
      return fail(Code::kInvalid, path + ": " + journal.skipped_.front().sentence, path,
                  "a segment that can be read");
    }
  }
  journal.measure();
  return journal;
}

Result<void> Journal::add_segment(const std::string& path) {
  auto file = mcap::Reader::open(path);
  if (!file) return tl::unexpected<Error>(file.error());
  JournalSegment segment{path, std::make_shared<mcap::Reader>(std::move(*file)), {}};
  if (auto done = describe(segment); !done) return done;
  read_metadata(segment);
  segments_.push_back(std::move(segment));
  return {};
}

// Enters the channels that the segment's file has and the segment not yet.
Result<void> Journal::describe(JournalSegment& segment) {
  const mcap::Index& index = segment.file->index();
  for (const mcap::ChannelRecord& channel : index.channels) {
    const auto schema =
        std::find_if(index.schemas.begin(), index.schemas.end(),
                     [&](const mcap::Schema& s) { return s.id == channel.schema_id; });
    if (auto done = enter(channel, schema == index.schemas.end() ? "" : schema->name, segment);
        !done)
      return done;
  }
  return {};
}

Result<void> Journal::enter(const mcap::ChannelRecord& channel, std::string_view schema,
                            JournalSegment& segment) {
  if (segment.channels.size() <= channel.id) segment.channels.resize(channel.id + std::size_t{1});
  JournalChannel& out = segment.channels[channel.id];
  if (out.kind != JournalKind::kForeign) return {};
  out.kind = kind_of(schema);
  const auto text = channel.metadata.find(journal::kDescriptionKey);
  const std::string description = text == channel.metadata.end() ? "" : text->second;
  if (out.kind == JournalKind::kPackets) {
    auto info = journal::stream_of(description);
    if (!info || !channel.topic.starts_with(kStreamPrefix)) {
      return fail(Code::kInvalid,
                  "channel " + quote(channel.topic) + " does not say what its stream is",
                  segment.path);
    }
    out.info = std::move(*info);
    const std::string name = channel.topic.substr(kStreamPrefix.size());
    out.number = place_of(streams_, &JournalStream::name, name);
    JournalStream& stream = streams_[out.number];
    stream.instrument = name.substr(0, name.find('/'));
    stream.stream = out.info->name;
    if (stream.infos.empty() || *stream.infos.back() != *out.info) stream.infos.push_back(out.info);
  } else if (out.kind == JournalKind::kFrames) {
    out.description = description;
    out.number = place_of(topics_, &JournalTopic::topic, channel.topic);
    auto& descriptions = topics_[out.number].descriptions;
    if (descriptions.empty() || descriptions.back() != description)
      descriptions.push_back(description);
  }
  return {};
}

void Journal::read_metadata(const JournalSegment& segment) {
  for (const mcap::MetadataIndex& index : segment.file->index().metadata) {
    if (index.name != "acqd") continue;
    const auto record = segment.file->read_metadata(index);
    if (!record) continue;
    const auto value = [&](std::string_view key) {
      const auto found = record->metadata.find(key);
      return found == record->metadata.end() ? std::string() : found->second;
    };
    name_ = value("recording");
    software_ = value("software");
    run_id_ = value("run_id");
    const std::string offset = value("utc_minus_monotonic_ns");
    std::from_chars(offset.data(), offset.data() + offset.size(), utc_offset_ns_);
  }
}

void Journal::measure() {
  start_ns_ = end_ns_ = 0;
  for (const JournalSegment& segment : segments_) {
    for (const mcap::ChunkIndex& chunk : segment.file->index().chunks) {
      const auto start = static_cast<std::int64_t>(chunk.start_time);
      start_ns_ = start_ns_ == 0 ? start : std::min(start_ns_, start);
      end_ns_ = std::max(end_ns_, static_cast<std::int64_t>(chunk.end_time));
    }
  }
}

Result<std::size_t> Journal::find_stream(std::string_view name) const {
  return find(streams_, name, "stream", [](const JournalStream& s) { return s.name; });
}

Result<std::size_t> Journal::find_topic(std::string_view topic) const {
  return find(topics_, topic, "topic", [](const JournalTopic& t) { return t.topic; });
}

std::uint64_t Journal::bytes() const {
  std::uint64_t sum = 0;
  for (const JournalSegment& segment : segments_) sum += segment.file->file().size();
  return sum;
}

bool Journal::is_complete() const noexcept {
  return std::all_of(segments_.begin(), segments_.end(),
                     [](const JournalSegment& s) { return s.file->index().has_summary; });
}

std::vector<JournalDamage> Journal::damages() const {
  std::vector<JournalDamage> out = skipped_;
  for (const JournalSegment& segment : segments_) {
    for (const mcap::Damage& damage : segment.file->index().damages)
      out.push_back({segment.path, damage.offset, damage.sentence});
  }
  return out;
}

Result<std::vector<mcap::Attachment>> Journal::configs() const {
  std::vector<mcap::Attachment> out;
  for (const JournalSegment& segment : segments_) {
    for (const mcap::AttachmentIndex& index : segment.file->index().attachments) {
      if (!index.name.starts_with("config-")) continue;
      auto attachment = segment.file->read_attachment(index);
      if (!attachment) return tl::unexpected<Error>(attachment.error());
      if (out.empty() || out.back().name != attachment->name) out.push_back(std::move(*attachment));
    }
  }
  return out;
}

Result<void> Journal::refresh() {
  std::error_code error;
  if (!segments_.empty() && !segments_.back().file->index().has_summary) {
    JournalSegment& last = segments_.back();
    if (auto done = last.file->refresh(); !done) return done;
    if (auto done = describe(last); !done) return done;
  }
  if (fs::is_directory(path_, error)) {
    const auto paths = segment_paths(path_);
    if (!paths) return tl::unexpected<Error>(paths.error());
    for (const std::string& path : *paths) {
      // A segment loses its ".part" when it is ended: it is open here already.
      const auto is_known = [&](const JournalSegment& segment) {
        return segment.path == path || segment.path == path + ".part";
      };
      if (std::any_of(segments_.begin(), segments_.end(), is_known)) continue;
      if (auto done = add_segment(path); !done) return done;
    }
  }
  measure();
  return {};
}

}  // namespace acq
