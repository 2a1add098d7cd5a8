// acqctl capture-transport: what an instrument and its driver say to each other, into a file.
#include <chrono>
#include <thread>

#include "clients/tools/acqctl/frame_writer.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/program.h"

namespace acq::tool {
namespace {

struct CaptureOptions {
  std::string instrument;
  double seconds = 10;
  std::uint64_t most_bytes = 0;
  std::string out;
};

// Waits until the daemon has written the capture; it says when.
Result<v1::CaptureReply> wait_for(client::Control& control, const std::string& name) {
  while (true) {
    auto reply = control.read_capture(name, 0);
    if (!reply || reply->is_written()) return reply;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

// Copies it part by part: the daemon may be on another machine.
Result<void> fetch(client::Control& control, v1::CaptureReply part, const std::string& path) {
  auto file = Output::open(path);
  if (!file) return tl::unexpected(file.error());
  for (std::uint64_t offset = 0;;) {
    if (auto done = file->write(part.part()); !done) return done;
    offset += part.part().size();
    if (offset >= part.size_bytes()) return file->finish();
    if (part.part().empty()) return fail(Code::kIo, "the daemon's capture ends too early");
    // The daemon answers 50 requests a second.
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
    auto next = control.read_capture(part.name(), offset);
    if (!next) return tl::unexpected(next.error());
    part = std::move(*next);
  }
}

Result<int> run(const Options& options, const CaptureOptions& capture) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  v1::CaptureTransport order;
  order.set_instrument(capture.instrument);
  order.set_seconds(capture.seconds);
  order.set_most_bytes(capture.most_bytes);
  auto begun = control->capture_transport(order);
  if (!begun) return tl::unexpected(begun.error());
  auto written = wait_for(*control, begun->name());
  if (!written) return tl::unexpected(written.error());
  const std::string file = capture.out.empty() ? written->file() : capture.out;
  if (!capture.out.empty()) {
    if (const auto done = fetch(*control, *written, capture.out); !done)
      return tl::unexpected(done.error());
  }
  written->clear_part();
  return print_reply(options, *written, [&] {
    std::string text = file + "  " + std::to_string(written->size_bytes()) + " bytes\n";
    if (written->not_stored() > 0)
      text += "the memory was full: " + std::to_string(written->not_stored()) +
              " events are not in it\n";
    return text;
  });
}

}  // namespace

void add_capture(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("capture-transport",
                         "Open an instrument anew and store what passes between it and its driver");
  auto options = std::make_shared<CaptureOptions>();
  command->add_option("instrument", options->instrument, "the instrument's name")->required();
  command->add_option("--seconds", options->seconds, "how long")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  command
      ->add_option("--most-bytes", options->most_bytes,
                   "memory for it; what finds no room is counted (default 64M, at most 256M)")
      ->transform(CLI::AsSizeValue(false));
  command->add_option("--out", options->out,
                      "where to copy it; without, it stays in the daemon's state folder");
  command->callback([&action, options] {
    action = [options](const Options& general) { return run(general, *options); };
  });
}

}  // namespace acq::tool
