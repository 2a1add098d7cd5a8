// acqctl: a person's and a script's way to talk to acqd.
#include "clients/tools/acqctl/machine.h"
#include "clients/tools/acqctl/program.h"

namespace acq::tool {
namespace {

constexpr const char* kFooter =
    "Endpoints: --control, else ACQD_CONTROL, else ipc:///run/acqd/control; --data, else "
    "ACQD_DATA, "
    "else what the daemon says.\n"
    "Exit status: 0 ok, 1 invalid, 2 not found, 3 busy, 4 denied, 5 timeout, 6 disconnected, "
    "7 unsupported, 8 overflow, 9 io, 10 internal, 11 report: sums differ or a topic was silent, "
    "12 doctor: something has to be mended.\n";

void add_options(CLI::App& app, Options& options) {
  app.add_option("--control", options.control, "endpoint of the daemon's control socket");
  app.add_option("--data", options.data, "endpoint of the daemon's data socket");
  app.add_option("--timeout", options.timeout_ms, "milliseconds to wait for a reply")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  app.add_flag("--json", options.is_json, "print JSON");
}

int run(int argc, char** argv) {
  CLI::App app("Talks to acqd, the acquisition daemon.", "acqctl");
  app.set_version_flag("--version", "acqctl " ACQ_VERSION);
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  Options options;
  Action action;
  add_options(app, options);
  add_list(app, action);
  add_describe(app, action);
  add_status(app, action);
  add_settings(app, action);
  add_run(app, action);
  add_plug_ins(app, action);
  add_capture(app, action);
  add_config(app, action);
  add_dump(app, action);
  add_report(app, action);
  add_watch(app, action);
  add_machine(app, action);
  add_record(app, action);
  add_recording(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    print_error({Code::kInvalid, error.what(), "", "acqctl --help tells"});
    return static_cast<int>(Code::kInvalid);
  }
  const auto status = action(options);
  if (status) return *status;
  print_error(status.error());
  return static_cast<int>(status.error().code);
}

}  // namespace
}  // namespace acq::tool

int main(int argc, char** argv) {
  return acq::tool::run(argc, argv);
}
