// acqctl dump: the frames of one topic into a file.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <limits>
#include <memory>

#include "clients/cpp/subscriber.h"
#include "clients/tools/acqctl/frame_writer.h"
#include "clients/tools/acqctl/interrupt.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/losses.h"
#include "clients/tools/acqctl/program.h"

namespace acq::tool {
namespace {

using Steady = std::chrono::steady_clock;

struct Request {
  std::string topic;
  std::string format = "csv";
  std::uint64_t frames = 0;  // 0: no limit
  double seconds = 0;        // 0: no limit
  std::string file;
};

Result<std::unique_ptr<FrameWriter>> open_writer(const Request& request) {
  if (request.format == "npy" && request.file.empty()) {
    return fail(Code::kInvalid,
                "an array's size is written at its start, which a pipe does not allow", "-o",
                "-o FILE");
  }
  auto output = Output::open(request.file);
  if (!output) return tl::unexpected(output.error());
  if (request.format == "npy") return make_npy_writer(std::move(*output));
  if (request.format == "jsonl") return make_jsonl_writer(std::move(*output));
  return make_csv_writer(std::move(*output));
}

// With a daemon that can be asked, a topic that does not exist is an error and not a long wait.
Result<std::string> find_topic(const Options& options, const std::string& topic) {
  if (!options.data.empty()) return options.data;
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  if (topic.starts_with("d/")) {
    if (const auto known = control->describe(topic); !known) return tl::unexpected(known.error());
  }
  return data_endpoint(options, *control);
}

Result<std::uint64_t> copy_frames(client::Subscriber& subscriber, const Request& request,
                                  FrameWriter& writer) {
  constexpr auto kTurn = std::chrono::milliseconds(200);
  const auto start = Steady::now();
  const auto end = request.seconds > 0 ? start + std::chrono::duration_cast<Steady::duration>(
                                                     std::chrono::duration<double>(request.seconds))
                                       : Steady::time_point::max();
  const std::uint64_t most =
      request.frames > 0 ? request.frames : std::numeric_limits<std::uint64_t>::max();
  client::ReceivedFrame frame;
  std::uint64_t count = 0;
  while (count < most && Steady::now() < end && !is_interrupted()) {
    const auto got = subscriber.receive(frame, kTurn);
    if (!got) return tl::unexpected(got.error());
    if (!*got) continue;
    if (const auto written = writer.write(frame); !written) return tl::unexpected(written.error());
    ++count;
  }
  return count;
}

Result<int> run_dump(const Options& options, const Request& request) {
  const auto endpoint = find_topic(options, request.topic);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto subscriber = client::Subscriber::connect(*endpoint);
  if (!subscriber) return tl::unexpected(subscriber.error());
  if (const auto ok = subscriber->subscribe(request.topic); !ok) return tl::unexpected(ok.error());
  const auto writer = open_writer(request);
  if (!writer) return tl::unexpected(writer.error());
  catch_interrupts();
  const auto count = copy_frames(*subscriber, request, **writer);
  const client::Losses losses = subscriber->state(request.topic).losses;
  const std::string told = options.is_json ? losses_json(losses, subscriber->malformed())
                                           : losses_text(losses, subscriber->malformed());
  std::fprintf(stderr, "%s\n", told.c_str());
  if (!count) return tl::unexpected(count.error());
  if (*count == 0) {
    return fail(Code::kTimeout, "no frame of " + request.topic + " came from " + *endpoint,
                request.topic);
  }
  return (*writer)->finish().map([] { return 0; });
}

}  // namespace

void add_dump(CLI::App& app, Action& action) {
  auto* dump = app.add_subcommand("dump", "Write the frames of a topic, and tell what was lost");
  auto request = std::make_shared<Request>();
  dump->add_option("topic", request->topic, "d/INSTRUMENT/NAME")->required();
  dump->add_option("--format", request->format, "csv, npy or jsonl")
      ->check(CLI::IsMember({"csv", "npy", "jsonl"}))
      ->capture_default_str();
  dump->add_option("--frames", request->frames, "end after so many frames")
      ->check(CLI::PositiveNumber);
  dump->add_option("--seconds", request->seconds, "end after so many seconds")
      ->check(CLI::PositiveNumber);
  dump->add_option("-o,--output", request->file, "file; standard output when left out");
  dump->callback([&action, request] {
    action = [request](const Options& options) { return run_dump(options, *request); };
  });
}

}  // namespace acq::tool
