// acqctl start, stop, shutdown.
#include <memory>

#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/program.h"

namespace acq::tool {
namespace {

using Call = std::function<Result<void>(client::Control&)>;

Result<int> run(const Options& options, const Call& call) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  if (const auto done = call(*control); !done) return tl::unexpected(done.error());
  if (!options.is_json) return 0;
  JsonWriter json;
  json.begin_object().key("code").text("ok").end_object();
  return print(json.str() + "\n").map([] { return 0; });
}

void add_one(CLI::App& app, Action& action, const char* verb, const char* summary,
             Result<void> (client::Control::*call)(const std::string&)) {
  auto* command = app.add_subcommand(verb, summary);
  auto name = std::make_shared<std::string>();
  command->add_option("instrument", *name, "the instrument's name")->required();
  command->callback([&action, name, call] {
    action = [name, call](const Options& options) {
      return run(options, [&](client::Control& control) { return (control.*call)(*name); });
    };
  });
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  add_one(app, action, "start", "Start an instrument", &client::Control::start);
  add_one(app, action, "stop", "Stop an instrument", &client::Control::stop);
  auto* shutdown = app.add_subcommand("shutdown", "End the daemon in good order");
  shutdown->callback([&action] {
    action = [](const Options& options) {
      return run(options, [](client::Control& control) { return control.shutdown(); });
    };
  });
}

}  // namespace acq::tool
