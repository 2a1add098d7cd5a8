// acqctl blocks, acqctl drivers: what the daemon is built with.
#include <memory>

#include "clients/tools/acqctl/describe.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"

namespace acq::tool {
namespace {

Result<int> run_plug_ins(const Options& options, v1::List::What what, const std::string& name) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  if (name.empty()) {
    const auto known = control->list(what);
    if (!known) return tl::unexpected(known.error());
    return print_reply(options, *known, [&] {
      Table table({{what == v1::List::BLOCKS ? "BLOCK" : "DRIVER"}, {"SUMMARY"}});
      for (int i = 0; i < known->names_size(); ++i) {
        table.add({known->names(i), i < known->texts_size() ? known->texts(i) : ""});
      }
      return table.str();
    });
  }
  const auto reply = control->describe(name, what);
  if (!reply && reply.error().code == Code::kNotFound) {
    const auto* kind = what == v1::List::BLOCKS ? "block" : "driver";
    return fail(Code::kNotFound, "'" + name + "' is not a " + kind, "name");
  }
  if (!reply) return tl::unexpected(reply.error());
  return print_reply(options, *reply, [&] { return describe_text(reply->plug_in()); });
}

void add_one(CLI::App& app, Action& action, const char* verb, v1::List::What what,
             const char* summary) {
  auto* command = app.add_subcommand(verb, summary);
  auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "describe this one, with its parameters");
  command->callback([&action, name, what] {
    action = [name, what](const Options& options) { return run_plug_ins(options, what, *name); };
  });
}

}  // namespace

void add_plug_ins(CLI::App& app, Action& action) {
  add_one(app, action, "blocks", v1::List::BLOCKS, "List the processing blocks, or describe one");
  add_one(app, action, "drivers", v1::List::DRIVERS, "List the drivers, or describe one");
}

}  // namespace acq::tool
