// acqctl recording export: recordings for other programs.
#include "recording/export/export.h"

#include <memory>

#include "clients/tools/acqctl/interrupt.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/recording_parts.h"
#include "clients/tools/acqctl/recording_time.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

struct ExportOptions {
  std::string path;
  std::string format;
  std::string output;
  std::string from;
  std::string to;
  std::vector<std::string> topics;
};

std::string format_names() {
  std::string names;
  for (const exports::Format& format : exports::formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

std::string text_of(const exports::ExportReport& report) {
  std::string text;
  for (const exports::TopicReport& topic : report.topics) {
    text += cleaned(topic.topic) + ": " + std::to_string(topic.samples) + " samples in " +
            std::to_string(topic.frames) + " pieces since " + topic.start_utc + "; lost " +
            std::to_string(topic.lost) + " samples and " + std::to_string(topic.lost_frames) +
            " frames in " + std::to_string(topic.gaps) + " gaps\n";
  }
  for (const JournalDamage& damage : report.damages) {
    text += "damaged: " + cleaned(damage.path) + ", byte " + std::to_string(damage.offset) + ": " +
            cleaned(damage.sentence) + "\n";
  }
  for (const std::string& path : report.paths) text += "wrote " + cleaned(path) + "\n";
  return text;
}

void write_report(const exports::ExportReport& report, JsonWriter& json) {
  json.begin_object().key("paths").begin_list();
  for (const std::string& path : report.paths) json.text(path);
  json.end_list().key("topics").begin_list();
  for (const exports::TopicReport& topic : report.topics) {
    json.begin_object().key("topic").text(topic.topic).key("start").text(topic.start_utc);
    json.key("frames").integer(topic.frames).key("samples").integer(topic.samples);
    json.key("lost").integer(topic.lost).key("lost_frames").integer(topic.lost_frames);
    json.key("gaps").integer(topic.gaps).end_object();
  }
  json.end_list().key("damages").integer(report.damages.size()).end_object();
}

Result<int> run_export(const Options& options, const ExportOptions& wanted) {
  const auto format = exports::find_format(wanted.format);
  if (!format) return tl::unexpected(format.error());
  const auto journal = Journal::open(wanted.path);
  if (!journal) return tl::unexpected(journal.error());
  exports::ExportRequest request{.path = wanted.output, .topics = wanted.topics};
  if (!wanted.from.empty()) {
    const auto from = time_in(*journal, wanted.from);
    if (!from) return tl::unexpected(from.error());
    request.from_ns = *from;
  }
  if (!wanted.to.empty()) {
    const auto to = time_in(*journal, wanted.to);
    if (!to) return tl::unexpected(to.error());
    request.to_ns = *to;
  }
  catch_interrupts();
  const auto report = exports::export_recording(*journal, **format, request,
                                                progress_to_terminal("exporting"), is_interrupted);
  if (!report) return tl::unexpected(report.error());
  JsonWriter json;
  write_report(*report, json);
  return print(options.is_json ? json.str() + "\n" : text_of(*report)).map([] { return 0; });
}

}  // namespace

void add_recording_export(CLI::App& recording, Action& action) {
  auto* command = recording.add_subcommand("export", "Write for other programs");
  auto wanted = std::make_shared<ExportOptions>();
  command->add_option("path", wanted->path, "a recording's folder, or one segment")->required();
  command->add_option("--format", wanted->format, format_names())->required();
  command->add_option("--out", wanted->output, "the new file")->required();
  command->add_option("--topic", wanted->topics, "of this stream or topic alone; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--from", wanted->from, "seconds from the start, or a mark's text");
  command->add_option("--to", wanted->to, "likewise");
  command->callback([&action, wanted] {
    action = [wanted](const Options& options) { return run_export(options, *wanted); };
  });
}

}  // namespace acq::tool
