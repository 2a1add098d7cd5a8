#include "recording/export/export.h"

#include "recording/export/topic_run.h"
#include "recording/files.h"

namespace acq::exports {
namespace {

// A stream or topic of the journal, by the name it has there.
struct Selected {
  std::string topic;
  JournalFilter filter;
};

std::vector<Selected> all_of(const Journal& journal) {
  std::vector<Selected> all;
  for (std::size_t i = 0; i < journal.streams().size(); ++i)
    all.push_back({"s/" + journal.streams()[i].name, JournalFilter::stream(i)});
  for (std::size_t i = 0; i < journal.topics().size(); ++i)
    all.push_back({journal.topics()[i].topic, JournalFilter::topic(i)});
  return all;
}

std::string names_of(const std::vector<Selected>& list) {
  std::string text;
  for (const Selected& selected : list) text += (text.empty() ? "" : ", ") + selected.topic;
  return text;
}

Result<std::vector<Selected>> select(const Journal& journal, const Format& format,
                                     const ExportRequest& request) {
  const std::vector<Selected> all = all_of(journal);
  std::vector<Selected> chosen;
  for (const std::string& raw_name : request.topics) {
    const std::size_t before = chosen.size();
    for (const Selected& selected : all) {
      if (selected.topic == raw_name || selected.topic == "s/" + raw_name)
        chosen.push_back(selected);
    }
    if (chosen.size() == before)
      return fail(Code::kNotFound, "the recording has no " + quote(raw_name), "--topic",
                  names_of(all));
  }
  if (request.topics.empty()) chosen = all;
  if (chosen.empty()) return fail(Code::kNotFound, "the recording is empty", request.path);
  if (chosen.size() > 1 && !format.has_many_topics) {
    return fail(Code::kInvalid,
                std::string(format.name) + " holds one stream or topic, and these are " +
                    std::to_string(chosen.size()),
                "--topic", names_of(chosen));
  }
  for (Selected& selected : chosen) {
    selected.filter.has_events = true;
    selected.filter.from_ns = request.from_ns;
    selected.filter.to_ns = request.to_ns;
  }
  return chosen;
}

// Told and asked every so many items.
class Watch {
 public:
  Watch(const Progress& progress, const std::function<bool()>& is_interrupted, std::size_t passes)
      : progress_(progress), is_interrupted_(is_interrupted), passes_(passes) {}

  Result<void> look(const JournalCursor& cursor, std::size_t pass) {
    constexpr int kEvery = 64;
    if (++since_ < kEvery) return {};
    since_ = 0;
    if (is_interrupted_ && is_interrupted_())
      return fail(Code::kIo, "interrupted: nothing was written");
    if (progress_) {
      const auto total = static_cast<double>(cursor.bytes_total());
      const double part = total > 0 ? static_cast<double>(cursor.bytes_done()) / total : 1;
      progress_((static_cast<double>(pass) + part) / static_cast<double>(passes_));
    }
    return {};
  }

 private:
  const Progress& progress_;
  const std::function<bool()>& is_interrupted_;
  const std::size_t passes_;
  int since_ = 0;
};

}  // namespace

Result<ExportReport> export_recording(const Journal& journal, const Format& format,
                                      const ExportRequest& request, const Progress& progress,
                                      const std::function<bool()>& is_interrupted) {
  const auto chosen = select(journal, format, request);
  if (!chosen) return tl::unexpected<Error>(chosen.error());
  const auto exporter = format.make(request.path);
  Watch watch(progress, is_interrupted, chosen->size());
  ExportReport report;
  report.damages = journal.damages();
  for (std::size_t pass = 0; pass < chosen->size(); ++pass) {
    JournalCursor cursor(journal, (*chosen)[pass].filter);
    TopicRun run(journal, format, *exporter);
    while (true) {
      const auto item = cursor.next();
      if (!item) return tl::unexpected<Error>(item.error());
      if (*item == nullptr) break;
      if (auto done = run.take(**item); !done) return tl::unexpected<Error>(done.error());
      if (auto done = watch.look(cursor, pass); !done) return tl::unexpected<Error>(done.error());
    }
    auto topic = run.end((*chosen)[pass].topic);
    if (!topic) return tl::unexpected<Error>(topic.error());
    report.topics.push_back(std::move(*topic));
    if (pass == 0)
      report.damages.insert(report.damages.end(), cursor.damages().begin(), cursor.damages().end());
  }
  if (is_interrupted && is_interrupted())
    return fail(Code::kIo, "interrupted: nothing was written");
  auto paths = exporter->finish();
  if (!paths) return tl::unexpected<Error>(paths.error());
  report.paths = std::move(*paths);
  return report;
}

}  // namespace acq::exports
