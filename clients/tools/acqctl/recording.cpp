// acqctl recording: what is on the disk, without a daemon.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/recording_parts.h"
#include "clients/tools/acqctl/recording_time.h"
#include "clients/tools/acqctl/table.h"
#include "clients/tools/acqctl/values.h"
#include "proto/text.h"
#include "recording/rewrite.h"
#include "recording/verify.h"

namespace acq::tool {

Progress progress_to_terminal(const char* what) {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [what](double part) {
    std::fprintf(stderr, "\r%s %3.0f %%\r", what, part * 100);
    std::fflush(stderr);
  };
}

namespace {

constexpr const char* kDefaultFolder = "/var/lib/acqd/recordings";

std::string seconds_text(std::int64_t ns) {
  return si_text(static_cast<double>(ns) * 1e-9, "s");
}

Result<int> done(const Options& options, const std::string& json, const std::string& text,
                 int status = 0) {
  return print(options.is_json ? json + "\n" : text).map([status] { return status; });
}

Result<int> run_list(const Options& options, const std::string& folder) {
  std::error_code error;
  std::vector<std::string> paths;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error))
    paths.push_back(it->path().string());
  if (error) return fail(Code::kNotFound, "cannot read " + folder + ": " + error.message(), folder);
  std::sort(paths.begin(), paths.end());
  Table table({{"RECORDING"},
               {"START"},
               {"LASTS", Align::kRight},
               {"SIZE", Align::kRight},
               {"SEGMENTS", Align::kRight},
               {"STATE"}});
  JsonWriter json;
  json.begin_list();
  for (const std::string& path : paths) {
    const auto journal = Journal::open(path);
    if (!journal) continue;
    const char* state = journal->is_complete() ? "whole" : "not ended";
    table.add({cleaned(path.substr(path.find_last_of('/') + 1)), utc_text(journal->start_ns()),
               seconds_text(journal->end_ns() - journal->start_ns()),
               si_text(static_cast<double>(journal->bytes()), "B"),
               std::to_string(journal->segments().size()), state});
    json.begin_object().key("path").text(path).key("bytes").integer(journal->bytes());
    json.key("start").text(utc_text(journal->start_ns())).key("state").text(state).end_object();
  }
  json.end_list();
  return done(options, json.str(), table.is_empty() ? "no recordings\n" : table.str());
}

Result<void> add_marks(const Journal& journal, std::string& text, JsonWriter& json) {
  JournalFilter filter;
  filter.has_events = true;
  JournalCursor cursor(journal, filter);
  json.key("marks").begin_list();
  while (true) {
    const auto item = cursor.next();
    if (!item) return tl::unexpected(item.error());
    if (*item == nullptr) break;
    const JournalItem& found = **item;
    if (found.event.what != "mark") continue;
    const std::string when = utc_text(found.time_ns);
    const double seconds = static_cast<double>(found.time_ns - journal.start_ns()) * 1e-9;
    text += "mark at " + when + ": " + cleaned(found.event.sentence) + "\n";
    json.begin_object().key("time").text(when).key("seconds").number(seconds);
    json.key("text").text(found.event.sentence).end_object();
  }
  json.end_list();
  return {};
}

Result<int> run_info(const Options& options, const std::string& path) {
  const auto journal = Journal::open(path);
  if (!journal) return tl::unexpected(journal.error());
  std::string text = cleaned(journal->name()) + ", " + cleaned(journal->software()) + ", run " +
                     cleaned(journal->run_id()) + "\nfrom " + utc_text(journal->start_ns()) +
                     " for " + seconds_text(journal->end_ns() - journal->start_ns()) + ", " +
                     si_text(static_cast<double>(journal->bytes()), "B") + " in " +
                     std::to_string(journal->segments().size()) + " segments, " +
                     (journal->is_complete() ? "whole\n" : "not ended\n");
  JsonWriter json;
  json.begin_object().key("name").text(journal->name()).key("software").text(journal->software());
  json.key("run_id").text(journal->run_id()).key("start").text(utc_text(journal->start_ns()));
  json.key("bytes").integer(journal->bytes()).key("streams").begin_list();
  Table streams({{"STREAM"}, {"RATE", Align::kRight}, {"CHANNELS", Align::kRight}, {"UNITS"}});
  for (const JournalStream& stream : journal->streams()) {
    const StreamInfo& info = *stream.infos.back();
    std::string units;
    for (const Channel& channel : info.channels)
      units += (units.empty() ? "" : " ") + cleaned(channel.unit);
    streams.add({cleaned(stream.name), si_text(info.rate_hz.value(), "Hz"),
                 std::to_string(info.channels.size()), units});
    json.text(stream.name);
  }
  json.end_list().key("topics").begin_list();
  if (!streams.is_empty()) text += streams.str();
  for (const JournalTopic& topic : journal->topics()) {
    text += "topic " + cleaned(topic.topic) + "\n";
    json.text(topic.topic);
  }
  json.end_list();
  if (auto ok = add_marks(*journal, text, json); !ok) return tl::unexpected(ok.error());
  json.end_object();
  return done(options, json.str(), text);
}

Result<int> run_verify(const Options& options, const std::string& path) {
  const auto journal = Journal::open(path);
  if (!journal) return tl::unexpected(journal.error());
  const auto found = verify(*journal, progress_to_terminal("verifying"));
  if (!found) return tl::unexpected(found.error());
  std::string text = cleaned(found->sentence()) + "\n";
  JsonWriter json;
  json.begin_object().key("whole").flag(found->problems.empty());
  json.key("sentence").text(found->sentence()).key("problems").begin_list();
  for (const std::string& problem : found->problems) {
    json.text(problem);
    text += "problem: " + cleaned(problem) + "\n";
  }
  json.end_list().key("notes").begin_list();
  for (const std::string& note : found->notes) {
    json.text(note);
    text += "note: " + cleaned(note) + "\n";
  }
  json.end_list().key("streams").begin_list();
  for (const StreamSum& sum : found->streams) {
    const std::uint64_t made = sum.recorded + sum.lost.total() + sum.missing;
    text += cleaned(sum.name) + ": made " + std::to_string(made) + " = recorded " +
            std::to_string(sum.recorded) + " + lost " + std::to_string(sum.lost.total()) +
            " + missing " + std::to_string(sum.missing) + "\n";
    json.begin_object().key("stream").text(sum.name).key("made").integer(made);
    json.key("recorded").integer(sum.recorded).key("lost").integer(sum.lost.total());
    json.key("missing").integer(sum.missing).end_object();
  }
  json.end_list().end_object();
  return done(options, json.str(), text, found->problems.empty() ? 0 : kSumsDiffer);
}

std::string rewritten_text(const RewriteReport& report) {
  std::string text = cleaned(report.path) + ": " + std::to_string(report.samples) + " samples, " +
                     std::to_string(report.items) + " messages; " + std::to_string(report.missing) +
                     " samples are named as lost\n";
  for (const JournalDamage& damage : report.damages) {
    text += "damaged: " + cleaned(damage.path) + ", byte " + std::to_string(damage.offset) + ": " +
            cleaned(damage.sentence) + "\n";
  }
  return text;
}

void write_report(const RewriteReport& report, JsonWriter& json) {
  json.begin_object().key("path").text(report.path).key("samples").integer(report.samples);
  json.key("missing").integer(report.missing).key("damages").integer(report.damages.size());
  json.end_object();
}

Result<int> run_recover(const Options& options, const std::string& path) {
  std::vector<std::string> segments = {path};
  if (std::filesystem::is_directory(path)) {
    auto found = segment_paths(path);
    if (!found) return tl::unexpected(found.error());
    segments = std::move(*found);
  }
  std::string text;
  JsonWriter json;
  json.begin_list();
  for (const std::string& segment : segments) {
    if (const auto journal = Journal::open(segment)) {
      const auto found = verify(*journal, progress_to_terminal("verifying"));
      if (!found) return tl::unexpected(found.error());
      if (found->problems.empty()) continue;
    }
    const auto report = recover_segment(system_disk(), segment, progress_to_terminal("recovering"));
    if (!report) return tl::unexpected(report.error());
    text += rewritten_text(*report);
    write_report(*report, json);
  }
  json.end_list();
  return done(options, json.str(), text.empty() ? "every segment is whole\n" : text);
}

struct CutOptions {
  std::string path;
  std::string output;
  std::string from;
  std::string to;
  std::vector<std::string> streams;
  std::string compression = "none";
};

Result<int> run_cut(const Options& options, const CutOptions& wanted) {
  const auto journal = Journal::open(wanted.path);
  if (!journal) return tl::unexpected(journal.error());
  JournalFilter filter = JournalFilter::everything(*journal);
  if (!wanted.streams.empty()) {
    filter.streams.clear();
    for (const std::string& stream : wanted.streams) {
      const auto number = journal->find_stream(stream);
      if (!number) return tl::unexpected(number.error());
      filter.streams.push_back(*number);
    }
  }
  if (!wanted.from.empty()) {
    const auto from = time_in(*journal, wanted.from);
    if (!from) return tl::unexpected(from.error());
    filter.from_ns = *from;
  }
  if (!wanted.to.empty()) {
    const auto to = time_in(*journal, wanted.to);
    if (!to) return tl::unexpected(to.error());
    filter.to_ns = *to;
  }
  const auto compression = mcap::parse_compression(wanted.compression);
  if (!compression) return tl::unexpected(compression.error());
  const auto report = cut(system_disk(), *journal, filter, wanted.output, *compression,
                          progress_to_terminal("cutting"));
  if (!report) return tl::unexpected(report.error());
  JsonWriter json;
  write_report(*report, json);
  return done(options, json.str(), rewritten_text(*report));
}

Result<int> run_merge(const Options& options, const std::vector<std::string>& paths,
                      const std::string& output) {
  std::vector<std::unique_ptr<Journal>> journals;
  std::vector<const Journal*> list;
  for (const std::string& path : paths) {
    auto journal = Journal::open(path);
    if (!journal) return tl::unexpected(journal.error());
    journals.push_back(std::make_unique<Journal>(std::move(*journal)));
    list.push_back(journals.back().get());
  }
  const auto report =
      merge(system_disk(), list, output, mcap::Compression::kNone, progress_to_terminal("merging"));
  if (!report) return tl::unexpected(report.error());
  JsonWriter json;
  write_report(*report, json);
  return done(options, json.str(), rewritten_text(*report));
}

void add_one(CLI::App& recording, Action& action, const char* verb, const char* summary,
             Result<int> (*run)(const Options&, const std::string&)) {
  auto* command = recording.add_subcommand(verb, summary);
  auto path = std::make_shared<std::string>();
  command->add_option("path", *path, "a recording's folder, or one segment")->required();
  command->callback([&action, path, run] {
    action = [path, run](const Options& options) { return run(options, *path); };
  });
}

}  // namespace

void add_recording(CLI::App& app, Action& action) {
  auto* recording = app.add_subcommand("recording", "Look at, check and change recordings");
  recording->require_subcommand(1);
  auto* list = recording->add_subcommand("list", "List the recordings in a folder");
  auto folder = std::make_shared<std::string>(kDefaultFolder);
  list->add_option("folder", *folder, "where they are")->capture_default_str();
  list->callback([&action, folder] {
    action = [folder](const Options& options) { return run_list(options, *folder); };
  });
  add_one(*recording, action, "info", "Show streams, topics, times and marks", run_info);
  add_one(*recording, action, "verify", "Check every byte and every sum", run_verify);
  add_one(*recording, action, "recover", "Write damaged or unfinished segments anew", run_recover);
  auto* cutting = recording->add_subcommand("cut", "Write a part into a new file");
  auto wanted = std::make_shared<CutOptions>();
  cutting->add_option("path", wanted->path, "a recording's folder, or one segment")->required();
  cutting->add_option("output", wanted->output, "the new file")->required();
  cutting->add_option("--from", wanted->from, "seconds from the start, or a mark's text");
  cutting->add_option("--to", wanted->to, "likewise");
  cutting->add_option("--stream", wanted->streams, "of these streams alone");
  cutting->add_option("--compression", wanted->compression, "none, lz4 or zstd");
  cutting->callback([&action, wanted] {
    action = [wanted](const Options& options) { return run_cut(options, *wanted); };
  });
  add_recording_export(*recording, action);
  add_recording_play(*recording, action);
  auto* merging = recording->add_subcommand("merge", "Write several into one new file");
  auto paths = std::make_shared<std::vector<std::string>>();
  auto output = std::make_shared<std::string>();
  merging->add_option("output", *output, "the new file")->required();
  merging->add_option("paths", *paths, "recordings or segments")->required();
  merging->callback([&action, paths, output] {
    action = [paths, output](const Options& options) {
      return run_merge(options, *paths, *output);
    };
  });
}

}  // namespace acq::tool
