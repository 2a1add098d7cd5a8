// acqctl recording play: a recording through a configuration again, and whether the frames are the same.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "clients/tools/acqctl/interrupt.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/play_config.h"
#include "clients/tools/acqctl/play_daemon.h"
#include "clients/tools/acqctl/recording_parts.h"
#include "proto/text.h"
#include "recording/compare.h"
#include "recording/rewrite.h"

namespace acq::tool {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "play";  // of the daemon's recording
constexpr auto kTurn = std::chrono::milliseconds(50);
constexpr const char* kEnded = "the source has ended";

struct Request {
  PlayOptions play;
  std::string config;
  std::vector<std::string> topics;
  std::string expect;
  std::string output;
  std::string acqd;
  double rate = 0;
  bool is_fast = false;
  [[nodiscard]] bool keeps_frames() const { return !expect.empty() || !output.empty(); }
};

Result<std::string> configuration(const Journal& journal, const std::string& file) {
  if (!file.empty()) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(Code::kIo, "cannot open " + file, file);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  }
  auto configs = journal.configs();
  if (!configs) return tl::unexpected(configs.error());
  if (configs->empty())
    return fail(Code::kNotFound, "the recording has no configuration", "--config", "a TOML file");
  return std::move(configs->back().data);
}

Result<void> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return fail(Code::kIo, "cannot write " + path, path);
  return {};
}

// "d/scope/psd" of "scope/psd".
std::string full_topic(const std::string& topic) {
  return topic.starts_with("d/") ? topic : "d/" + topic;
}

Result<std::vector<std::string>> choose_topics(client::Control& control, const Request& request) {
  const auto info = control.subscribe_info();
  if (!info) return tl::unexpected(info.error());
  std::vector<std::string> all;
  std::string names;
  for (const v1::StreamDescriptor& topic : info->topics()) {
    if (!topic.topic().starts_with("d/")) continue;
    all.push_back(topic.topic());
    names += (names.empty() ? "" : ", ") + topic.topic();
  }
  if (request.topics.empty()) return all;
  std::vector<std::string> chosen;
  for (const std::string& topic : request.topics) {
    chosen.push_back(full_topic(topic));
    if (std::find(all.begin(), all.end(), chosen.back()) == all.end()) {
      return fail(Code::kNotFound, "the configuration publishes no topic " + quote(topic),
                  "--topic", names);
    }
  }
  return chosen;
}

bool is_heard(const v1::Status& status, const std::vector<std::string>& topics) {
  return std::all_of(topics.begin(), topics.end(), [&](const std::string& topic) {
    const auto& pipelines = status.pipelines();
    return std::any_of(pipelines.begin(), pipelines.end(), [&](const v1::PipelineStatus& p) {
      return p.topic() == topic && p.subscribers() > 0;
    });
  });
}

// Every frame from the first on is to be in it, so the daemon must know of it before anything plays.
Result<void> record_frames(client::Control& control, const std::vector<std::string>& topics) {
  v1::Request order;
  order.mutable_record()->set_action(v1::Record::START);
  order.mutable_record()->set_name(kName);
  for (const std::string& topic : topics) order.mutable_record()->add_topics(topic);
  const auto reply = control.ask(order);
  if (!reply) return tl::unexpected(reply.error());
  if (reply->code() != v1::OK)
    return fail(static_cast<Code>(reply->code()), reply->sentence(), reply->field());
  while (!is_interrupted()) {
    const auto status = control.status();
    if (!status) return tl::unexpected(status.error());
    if (is_heard(*status, topics)) return {};
    std::this_thread::sleep_for(kTurn);
  }
  return fail(Code::kTimeout, "interrupted");
}

Result<void> begin(client::Control& control, const std::vector<std::string>& instruments) {
  v1::Configure order;
  for (const std::string& name : instruments)
    order.mutable_patch()->append("[instrument." + name + "]\nenabled = true\n");
  const auto reply = control.configure(order);
  if (!reply) return tl::unexpected(reply.error());
  if (reply->problems_size() > 0)
    return fail(Code::kInvalid, reply->problems(0).sentence(), reply->problems(0).field());
  for (const std::string& name : instruments)
    if (auto done = control.start(name); !done) return done;
  return {};
}

Result<bool> has_ended(const v1::Status& status, const std::vector<std::string>& instruments) {
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    if (std::find(instruments.begin(), instruments.end(), instrument.name()) == instruments.end())
      continue;
    if (instrument.state() == v1::InstrumentDescriptor::FAULTED)
      return fail(Code::kIo, instrument.last_error(), instrument.name());
    if (instrument.last_error() != kEnded) return false;
    for (const v1::StreamStatus& stream : instrument.streams())
      for (const v1::ConsumerStatus& consumer : stream.consumers())
        if (consumer.queued() > 0) return false;
  }
  return true;
}

void show_progress(const v1::Status& status) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::uint64_t made = 0;
  for (const v1::InstrumentStatus& instrument : status.instruments())
    for (const v1::StreamStatus& stream : instrument.streams()) made += stream.made();
  std::fprintf(stderr, "\rplayed %llu samples\r", static_cast<unsigned long long>(made));
  std::fflush(stderr);
}

// False: interrupted.
Result<bool> wait_for_end(PlayDaemon& daemon, const std::vector<std::string>& instruments) {
  while (!is_interrupted()) {
    const auto status = daemon.control().status();
    if (!status) return tl::unexpected(status.error());
    const auto ended = has_ended(*status, instruments);
    if (!ended || *ended) return ended;
    show_progress(*status);
    std::this_thread::sleep_for(kTurn);
  }
  return false;
}

Result<void> check_losses(client::Control& control) {
  const auto status = control.status();
  if (!status) return tl::unexpected(status.error());
  for (const v1::RecordingStatus& recording : status->recordings()) {
    if (recording.name() != kName) continue;
    if (recording.state() != "recording" || recording.lost_frames() > 0) {
      return fail(Code::kIo,
                  "the frames could not all be kept: " + std::to_string(recording.lost_frames()) +
                      " were lost, the recording is " + recording.state() + " " + recording.error(),
                  "TMPDIR");
    }
  }
  return {};
}

// Plays until the end. `frames`: where the frames that were published are; empty: they are not kept.
Result<bool> play(const Request& request, const PlayConfig& config, const std::string& folder,
                  std::string& frames) {
  auto daemon = PlayDaemon::start(request.acqd, folder, request.keeps_frames());
  if (!daemon) return tl::unexpected(daemon.error());
  client::Control& control = (*daemon)->control();
  const auto topics = choose_topics(control, request);
  if (!topics) return tl::unexpected(topics.error());
  if (request.keeps_frames()) {
    if (auto done = record_frames(control, *topics); !done) return tl::unexpected(done.error());
    frames = folder + "/state/recordings/" + kName;
  } else {
    std::fprintf(stderr, "ACQD_CONTROL=ipc://%s/control\n", folder.c_str());
  }
  if (auto done = begin(control, config.instruments); !done) return tl::unexpected(done.error());
  const auto ended = wait_for_end(**daemon, config.instruments);
  if (!ended || !*ended) return ended;
  if (auto done = check_losses(control); !done) return tl::unexpected(done.error());
  if (auto done = (*daemon)->stop(); !done) return tl::unexpected(done.error());
  return true;
}

Result<int> tell(const Options& options, const FrameComparison& found) {
  JsonWriter json;
  json.begin_object().key("same").flag(!found.difference.has_value());
  json.key("frames").integer(found.frames);
  json.key("difference").text(found.difference.value_or("")).end_object();
  const std::string text = found.difference
                               ? cleaned(*found.difference) + "\n"
                               : std::to_string(found.frames) + " frames are the same\n";
  return print(options.is_json ? json.str() + "\n" : text).map([&found] {
    return found.difference ? 1 : 0;
  });
}

Result<int> finish(const Options& options, const Request& request, const std::string& frames) {
  const auto played = Journal::open(frames);
  if (!played) return tl::unexpected(played.error());
  if (!request.output.empty()) {
    const auto written = cut(system_disk(), *played, JournalFilter::everything(*played),
                             request.output, mcap::Compression::kZstd);
    if (!written) return tl::unexpected(written.error());
  }
  if (request.expect.empty()) return 0;
  const auto expected = Journal::open(request.expect);
  if (!expected) return tl::unexpected(expected.error());
  std::vector<std::string> topics;
  for (const std::string& topic : request.topics) topics.push_back(full_topic(topic));
  const auto found = compare_frames(*played, *expected, topics);
  if (!found) return tl::unexpected(found.error());
  return tell(options, *found);
}

Result<int> run_play(const Options& options, Request request) {
  const auto journal = Journal::open(request.play.path);
  if (!journal) return tl::unexpected(journal.error());
  if (!request.expect.empty()) {  // before the work, not after it
    if (const auto expected = Journal::open(request.expect); !expected)
      return tl::unexpected(expected.error());
  }
  const auto toml = configuration(*journal, request.config);
  if (!toml) return tl::unexpected(toml.error());
  const auto folder = PlayFolder::make();
  if (!folder) return tl::unexpected(folder.error());
  request.play.path = fs::absolute(request.play.path).lexically_normal().string();
  request.play.folder = folder->path();
  const bool is_fast = request.is_fast || (request.keeps_frames() && request.rate == 0);
  request.play.speed = is_fast ? 0 : request.rate > 0 ? request.rate : 1;
  const auto config = make_play_config(*journal, *toml, request.play);
  if (!config) return tl::unexpected(config.error());
  for (const std::string& name : config->left_out)
    std::fprintf(stderr, "pipeline %s is left out: its streams were not recorded\n", name.c_str());
  if (auto done = write_file(folder->path() + "/acqd.toml", config->toml); !done)
    return tl::unexpected(done.error());
  catch_interrupts();
  std::string frames;
  const auto ended = play(request, *config, folder->path(), frames);
  if (!ended) return tl::unexpected(ended.error());
  if (!*ended) return fail(Code::kTimeout, "interrupted before the end of the recording");
  return frames.empty() ? Result<int>(0) : finish(options, request, frames);
}

}  // namespace

void add_recording_play(CLI::App& recording, Action& action) {
  auto* play = recording.add_subcommand(
      "play", "Play a recording through its pipelines again, and compare what they publish");
  auto request = std::make_shared<Request>();
  play->add_option("path", request->play.path, "a recording's folder, or one segment")->required();
  play->add_option("--config", request->config,
                   "pipelines to play it through; else those it was recorded with");
  play->add_option("--topic", request->topics, "keep and compare these alone");
  auto* rate = play->add_option("--rate", request->rate, "factor on the recorded pace")
                   ->check(CLI::PositiveNumber);
  play->add_flag("--fast", request->is_fast,
                 "as fast as possible; so it is with --expect and --output")
      ->excludes(rate);
  play->add_option("--from", request->play.from, "seconds from the start, or a mark's text");
  play->add_option("--to", request->play.to, "likewise");
  play->add_option("--expect", request->expect,
                   "a recording of the frames that are to come, bit for bit");
  play->add_option("--output", request->output, "keep the frames in this new file, for --expect");
  play->add_option("--acqd", request->acqd, "the daemon's program; else the one beside acqctl");
  play->callback([&action, request] {
    action = [request](const Options& options) { return run_play(options, *request); };
  });
}

}  // namespace acq::tool
