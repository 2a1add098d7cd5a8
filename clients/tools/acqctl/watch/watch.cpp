// acqctl watch: the live view.
#include <algorithm>
#include <limits>
#include <memory>

#include "clients/tools/acqctl/interrupt.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/watch/link.h"
#include "clients/tools/acqctl/watch/model.h"
#include "clients/tools/acqctl/watch/render.h"
#include "clients/tools/acqctl/watch/terminal.h"
#include "dsp/base/clock.h"

namespace acq::tool {
namespace {

constexpr std::int64_t kDrawPeriod = 40'000'000;       // at most 25 Hz
constexpr std::int64_t kIdleDrawPeriod = 500'000'000;  // when nothing comes, for rates and age

struct Request {
  std::string topic;
  double seconds = 0;  // 0: until told
};

Result<int> run_watch(const Options& options, const Request& request) {
  auto link = Link::open(options);
  if (!link) return tl::unexpected(link.error());
  auto terminal = Terminal::open();
  if (!terminal) return tl::unexpected(terminal.error());
  catch_interrupts();
  Model model(control_endpoint(options), request.topic);
  const std::int64_t end_ns =
      request.seconds > 0
          ? system_clock().now_ns() + static_cast<std::int64_t>(request.seconds * 1e9)
          : std::numeric_limits<std::int64_t>::max();
  std::int64_t drawn_ns = 0;
  bool has_news = true;
  while (!model.is_done() && !is_interrupted()) {
    std::int64_t now_ns = system_clock().now_ns();
    if (now_ns >= end_ns) break;
    while (const auto key = (*terminal)->key()) {
      model.on_key(*key, (*terminal)->rows(), now_ns);
      has_news = true;
    }
    const auto came = link->exchange(model, now_ns);
    if (!came) return tl::unexpected(came.error());
    has_news = has_news || *came;
    now_ns = system_clock().now_ns();
    const std::int64_t due_ns = drawn_ns + (has_news ? kDrawPeriod : kIdleDrawPeriod);
    if (now_ns >= due_ns) {
      (*terminal)->draw(render(model.view(), (*terminal)->rows(), (*terminal)->columns()));
      drawn_ns = now_ns;
      has_news = false;
      continue;
    }
    link->wait(std::chrono::milliseconds(std::max<std::int64_t>((due_ns - now_ns) / 1'000'000, 1)));
  }
  return 0;
}

}  // namespace

void add_watch(CLI::App& app, Action& action) {
  auto* watch = app.add_subcommand("watch", "Show a stream live in the terminal");
  auto request = std::make_shared<Request>();
  watch->add_option("topic", request->topic, "the topic to begin with; the first when left out");
  watch->add_option("--seconds", request->seconds, "end after so many seconds")
      ->check(CLI::Range(0.1, 1e9));
  watch->callback([&action, request] {
    action = [request](const Options& options) { return run_watch(options, *request); };
  });
}

}  // namespace acq::tool
