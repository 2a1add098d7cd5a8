#include "recording/rewrite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "recording/mcap/writer.h"
#include "recording/sample_planes.h"

namespace acq {
namespace {

constexpr std::string_view kPart = ".part";

// One new file, fed with items of any journals.
class Rewriter {
 public:
  Rewriter(Disk& disk, std::string path, mcap::Compression compression)
      : disk_(disk), path_(std::move(path)), compression_(compression) {
    report_.path = path_;
  }

  Result<void> begin(const Journal& like) {
    if (InputFile::open(path_))
      return fail(Code::kBusy, path_ + " exists already", path_, "a new name");
    auto file = disk_.create(path_ + std::string(kPart));
    if (!file) return tl::unexpected<Error>(file.error());
    writer_ = std::make_unique<mcap::Writer>(std::move(*file),
                                             mcap::WriterOptions{.compression = compression_});
    if (auto done = writer_->begin(journal::kProfile, like.software()); !done) return done;
    for (const mcap::MetadataIndex& index : like.segments().front().file->index().metadata) {
      if (auto record = like.segments().front().file->read_metadata(index))
        writer_->add_metadata(*record);
    }
    return {};
  }

  // The configurations of a journal; those that are damaged are left out.
  void add_configs(const Journal& journal) {
    for (const JournalSegment& segment : journal.segments()) {
      for (const mcap::AttachmentIndex& index : segment.file->index().attachments) {
        auto attachment = segment.file->read_attachment(index);
        if (attachment && attachments_.insert_or_assign(index.name, true).second)
          writer_->attach(*attachment);
      }
    }
  }

  Result<void> add(const Journal& journal, const JournalItem& item) {
    Channel& channel = channel_for(journal, item);
    ++report_.items;
    if (item.kind == JournalKind::kPackets) {
      Place& place = places_[journal.streams()[item.number].name];
      const std::uint64_t lost = item.packet.lost_before.total();
      if (place.is_known && item.packet.first_index < place.next_index + lost) {
        return fail(
            Code::kInvalid,
            fmt::format("sample {} of {} does not come behind sample {}", item.packet.first_index,
                        journal.streams()[item.number].name, place.next_index),
            journal.segments()[item.segment].path, "recordings of one run, without overlap");
      }
      const std::uint64_t missing =
          place.is_known ? item.packet.first_index - place.next_index - lost : 0;
      place = {item.packet.first_index + item.packet.count, true};
      report_.samples += item.packet.count;
      report_.missing += missing;
      const auto wanted = item.samples.empty() ? item.arrangement : arrangement_of(item);
      if (missing > 0 || item.arrangement != wanted) {
        put_packet(channel, item, missing, wanted);
        return end_chunk_if_full();
      }
    }
    const auto time = static_cast<std::uint64_t>(item.time_ns);
    const auto place =
        writer_->add_message(channel.id, channel.sequence++, time, time, item.raw.size());
    std::memcpy(place.data(), item.raw.data(), item.raw.size());
    return end_chunk_if_full();
  }

  Result<RewriteReport> finish() {
    auto done = writer_->end_chunk();
    if (done) done = writer_->finish();
    writer_.reset();
    if (done) done = disk_.rename(path_ + std::string(kPart), path_);
    if (!done) return tl::unexpected<Error>(done.error());
    return report_;
  }

  void abandon() {
    writer_.reset();
    (void)disk_.remove(path_ + std::string(kPart));
  }

  [[nodiscard]] RewriteReport& report() noexcept { return report_; }

 private:
  struct Channel {
    std::uint16_t id = 0;
    std::uint32_t sequence = 0;
  };
  struct Place {
    std::uint64_t next_index = 0;
    bool is_known = false;
  };

  [[nodiscard]] journal::Arrangement arrangement_of(const JournalItem& item) const noexcept {
    return journal::arrangement_for(*item.info, compression_ != mcap::Compression::kNone);
  }

  // A packet with another head, or its samples in another order, than it has in its own file.
  void put_packet(Channel& channel, const JournalItem& item, std::uint64_t missing,
                  journal::Arrangement arrangement) {
    journal::PacketHead head = item.packet;
    if (missing > 0) head.lost_before.add({missing, kGapRecorder, true});
    journal::encode(head, arrangement, item.samples.size(), message_);
    const auto time = static_cast<std::uint64_t>(item.time_ns);
    const auto place = writer_->add_message(channel.id, channel.sequence++, time, time,
                                            message_.size() + item.samples.size());
    std::memcpy(place.data(), message_.data(), message_.size());
    journal::put_samples(arrangement, *item.info, item.samples, place.subspan(message_.size()));
  }

  Result<void> end_chunk_if_full() {
    return writer_->is_chunk_full() ? writer_->end_chunk() : Result<void>{};
  }

  Channel& channel_for(const Journal& journal, const JournalItem& item) {
    const mcap::Index& index = journal.segments()[item.segment].file->index();
    const auto record = std::find_if(index.channels.begin(), index.channels.end(),
                                     [&](const auto& c) { return c.id == item.channel; });
    const auto schema = std::find_if(index.schemas.begin(), index.schemas.end(),
                                     [&](const auto& s) { return s.id == record->schema_id; });
    const auto key = std::tuple(record->topic, schema->name, record->metadata);
    if (const auto found = channels_.find(key); found != channels_.end()) return found->second;
    auto [known, is_new] = schemas_.try_emplace(schema->name, std::uint16_t{0});
    if (is_new) known->second = writer_->add_schema(schema->name, schema->encoding, schema->data);
    const std::uint16_t id = writer_->add_channel(known->second, record->topic,
                                                  record->message_encoding, record->metadata);
    return channels_.emplace(key, Channel{id, 0}).first->second;
  }

  Disk& disk_;
  const std::string path_;
  const mcap::Compression compression_;
  std::unique_ptr<mcap::Writer> writer_;
  std::map<std::string, std::uint16_t> schemas_;
  std::map<std::tuple<std::string, std::string, mcap::Metadata>, Channel> channels_;
  std::map<std::string, Place> places_;
  std::map<std::string, bool> attachments_;
  std::string message_;
  RewriteReport report_;
};

// One journal being merged, and its next item.
struct Source {
  const Journal* journal;
  std::unique_ptr<JournalCursor> cursor;
  const JournalItem* item = nullptr;
};

Result<void> copy(Rewriter& out, std::vector<Source>& sources, const Progress& progress) {
  constexpr int kEvery = 1024;
  int since_progress = 0;
  while (true) {
    Source* first = nullptr;
    for (Source& source : sources) {
      if (source.item != nullptr &&
          (first == nullptr || source.item->time_ns < first->item->time_ns))
        first = &source;
    }
    if (first == nullptr) return {};
    // Accounts count one recording alone, from its start.
    if (first->item->kind != JournalKind::kAccounts || sources.size() == 1) {
      if (auto done = out.add(*first->journal, *first->item); !done) return done;
    }
    const auto next = first->cursor->next();
    if (!next) return tl::unexpected<Error>(next.error());
    first->item = *next;
    if (progress && ++since_progress >= kEvery) {
      since_progress = 0;
      const auto total = static_cast<double>(first->cursor->bytes_total());
      progress(total > 0 ? static_cast<double>(first->cursor->bytes_done()) / total : 1);
    }
  }
}

Result<RewriteReport> rewrite(Disk& disk, const std::vector<const Journal*>& journals,
                              const std::vector<JournalFilter>& filters, const std::string& path,
                              mcap::Compression compression, const Progress& progress) {
  Rewriter out(disk, path, compression);
  if (auto begun = out.begin(*journals.front()); !begun)
    return tl::unexpected<Error>(begun.error());
  std::vector<Source> sources;
  for (std::size_t i = 0; i < journals.size(); ++i) {
    out.add_configs(*journals[i]);
    Source source{journals[i], std::make_unique<JournalCursor>(*journals[i], filters[i])};
    const auto first = source.cursor->next();
    if (!first) return tl::unexpected<Error>(first.error());
    source.item = *first;
    sources.push_back(std::move(source));
  }
  if (auto done = copy(out, sources, progress); !done) {
    out.abandon();
    return tl::unexpected<Error>(done.error());
  }
  for (const Source& source : sources) {
    const auto& damages = source.cursor->damages();
    out.report().damages.insert(out.report().damages.end(), damages.begin(), damages.end());
  }
  return out.finish();
}

}  // namespace

Result<RewriteReport> recover_segment(Disk& disk, const std::string& path,
                                      const Progress& progress) {
  const auto journal = Journal::open(path);
  if (!journal && journal.error().code == Code::kInvalid) {
    // It ended before it had anything.
    if (auto done = disk.rename(path, path + ".damaged"); !done)
      return tl::unexpected<Error>(done.error());
    return RewriteReport{.path = path + ".damaged",
                         .damages = {{path, 0, journal.error().sentence}}};
  }
  if (!journal) return tl::unexpected<Error>(journal.error());
  std::string whole = path;
  if (whole.ends_with(kPart)) whole.resize(whole.size() - kPart.size());
  const std::string draft = whole + ".recovered";
  const auto compression = [&] {
    const auto& chunks = journal->segments().front().file->index().chunks;
    const std::string word = chunks.empty() ? "" : chunks.front().compression;
    return mcap::parse_compression(word).value_or(mcap::Compression::kNone);
  }();
  (void)disk.remove(draft + std::string(kPart));  // of an attempt that was interrupted
  (void)disk.remove(draft);
  auto report = rewrite(disk, {&*journal}, {JournalFilter::everything(*journal)}, draft,
                        compression, progress);
  if (!report) return report;
  if (auto done = disk.rename(path, path + ".damaged"); !done)
    return tl::unexpected<Error>(done.error());
  if (auto done = disk.rename(draft, whole); !done) return tl::unexpected<Error>(done.error());
  report->path = whole;
  const auto damages = journal->damages();
  report->damages.insert(report->damages.begin(), damages.begin(), damages.end());
  return report;
}

Result<RewriteReport> cut(Disk& disk, const Journal& journal, const JournalFilter& filter,
                          const std::string& path, mcap::Compression compression,
                          const Progress& progress) {
  return rewrite(disk, {&journal}, {filter}, path, compression, progress);
}

Result<RewriteReport> merge(Disk& disk, const std::vector<const Journal*>& journals,
                            const std::string& path, mcap::Compression compression,
                            const Progress& progress) {
  std::vector<JournalFilter> filters;
  for (const Journal* journal : journals) filters.push_back(JournalFilter::everything(*journal));
  return rewrite(disk, journals, filters, path, compression, progress);
}

}  // namespace acq
