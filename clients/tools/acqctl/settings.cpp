// acqctl get, acqctl set: parameters of instruments and pipelines.
#include <memory>
#include <vector>

#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"
#include "clients/tools/acqctl/values.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

std::string get_text(const v1::GetReply& reply) {
  Table table({{"PATH"}, {"VALUE"}, {"DEFAULT"}, {"LIVE"}, {"ALLOWED"}});
  for (const v1::Applied& value : reply.values()) {
    const v1::Setting& setting = value.setting();
    table.add({value.path(), value_text(value.in_force(), setting.unit()), setting.default_value(),
               setting.live() ? "yes" : "no", allowed_text(setting)});
  }
  return table.is_empty() ? "no parameters\n" : table.str();
}

std::string set_text(const v1::SetReply& reply, client::Mode mode) {
  Table table({{"PATH"}, {"ASKED"}, {"IN FORCE"}, {""}});
  for (const v1::Applied& value : reply.applied()) {
    table.add({value.path(), value_text(value.asked(), value.setting().unit()),
               value_text(value.in_force(), value.setting().unit()), value.why()});
  }
  const std::string verdict =
      mode == client::Mode::kDryRun
          ? "dry run, nothing changed; would change: "
          : "configuration " + std::to_string(reply.config_revision()) + "; changed: ";
  return table.str() + verdict + cleaned(reply.change()) + "\n";
}

Result<int> run_get(const Options& options, const std::vector<std::string>& paths) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  const auto reply = control->get(paths);
  if (!reply) return tl::unexpected(reply.error());
  return print_reply(options, *reply, [&] { return get_text(*reply); });
}

Result<int> run_set(const Options& options, const std::vector<std::string>& texts,
                    client::Mode mode) {
  std::vector<v1::Assignment> assignments;
  for (const std::string& text : texts) {
    auto assignment = parse_assignment(text);
    if (!assignment) return tl::unexpected(assignment.error());
    assignments.push_back(std::move(*assignment));
  }
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  const auto reply = control->set(assignments, mode);
  if (!reply) return tl::unexpected(reply.error());
  return print_reply(options, *reply, [&] { return set_text(*reply, mode); });
}

}  // namespace

void add_settings(CLI::App& app, Action& action) {
  auto* get = app.add_subcommand("get", "Show parameters and their values in force");
  auto paths = std::make_shared<std::vector<std::string>>();
  get->add_option("path", *paths,
                  "instrument.NAME.PARAM or pipeline.NAME.BLOCK.PARAM; all when left out");
  get->callback([&action, paths] {
    action = [paths](const Options& options) { return run_get(options, *paths); };
  });

  auto* set = app.add_subcommand("set", "Change parameters, all together or not at all");
  auto texts = std::make_shared<std::vector<std::string>>();
  auto is_dry_run = std::make_shared<bool>(false);
  set->add_option("assignment", *texts, "PATH=VALUE; values may carry units: 20kHz, \"1.5 V\"")
      ->required();
  set->add_flag("--dry-run", *is_dry_run, "only say what would be in force");
  set->callback([&action, texts, is_dry_run] {
    const auto mode = *is_dry_run ? client::Mode::kDryRun : client::Mode::kApply;
    action = [texts, mode](const Options& options) { return run_set(options, *texts, mode); };
  });
}

}  // namespace acq::tool
