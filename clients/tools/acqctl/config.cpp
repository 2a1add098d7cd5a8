// acqctl config check, apply, reload, show.
#include <cstdio>
#include <memory>

#include "clients/tools/acqctl/program.h"
#include "proto/limits.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

struct Request {
  enum class What { kWhole, kPatch, kReload, kShow };
  What what = What::kWhole;
  std::string file;
  bool is_dry_run = false;
};

Result<std::string> read_text(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(
      file == "-" ? fdopen(dup(0), "rb") : std::fopen(file.c_str(), "rb"), std::fclose);
  if (!stream) return fail(Code::kIo, "cannot open " + file, file);
  std::string text(limits::kConfigBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stream.get()));
  if (std::ferror(stream.get()) != 0) return fail(Code::kIo, "cannot read " + file, file);
  if (text.size() > limits::kConfigBytes) {
    return fail(Code::kOverflow, file + " is too large for a configuration", file,
                "at most " + std::to_string(limits::kConfigBytes) + " bytes");
  }
  return text;
}

// "file:12: field: sentence (allowed: ...)"
std::string problem_text(const v1::Problem& problem, const std::string& file) {
  // The daemon was given text without a name, and counts its lines.
  constexpr std::string_view kLine = "line ";
  std::string where = problem.where().empty() ? file : problem.where();
  if (where.starts_with(kLine)) where.replace(0, kLine.size(), file + ":");
  std::string text = cleaned(where) + ": ";
  if (!problem.field().empty()) text += cleaned(problem.field()) + ": ";
  text += cleaned(problem.sentence());
  if (!problem.allowed().empty()) text += " (allowed: " + cleaned(problem.allowed()) + ")";
  return text + "\n";
}

std::string verdict(const v1::ConfigureReply& reply, const Request& request) {
  if (request.what == Request::What::kShow) return reply.toml();
  std::string text;
  for (const v1::Problem& problem : reply.problems()) text += problem_text(problem, request.file);
  if (!text.empty()) return text;
  if (request.is_dry_run)
    return request.file + ": no problem; would change: " + cleaned(reply.change()) + "\n";
  return "configuration " + std::to_string(reply.config_revision()) +
         "; changed: " + cleaned(reply.change()) + "\n";
}

Result<v1::Configure> message_of(const Request& request) {
  v1::Configure message;
  message.set_dry_run(request.is_dry_run);
  if (request.what == Request::What::kReload) {
    message.set_reload(true);
  } else if (request.what == Request::What::kShow) {
    message.set_patch("");
  } else {
    auto text = read_text(request.file);
    if (!text) return tl::unexpected(text.error());
    const bool is_patch = request.what == Request::What::kPatch;
    (is_patch ? *message.mutable_patch() : *message.mutable_toml()) = std::move(*text);
  }
  return message;
}

Result<int> run_config(const Options& options, const Request& request) {
  const auto message = message_of(request);
  if (!message) return tl::unexpected(message.error());
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  const auto reply = control->configure(*message);
  if (!reply) return tl::unexpected(reply.error());
  const auto printed = print_reply(options, *reply, [&] { return verdict(*reply, request); });
  if (!printed) return printed;
  return reply->problems().empty() ? 0 : static_cast<int>(Code::kInvalid);
}

}  // namespace

void add_config(CLI::App& app, Action& action) {
  auto* config = app.add_subcommand("config", "Check, apply, reload or show the configuration");
  config->require_subcommand(1);
  const auto finish = [&action](CLI::App* command, const std::shared_ptr<Request>& request) {
    command->callback([&action, request] {
      action = [request](const Options& options) { return run_config(options, *request); };
    });
  };

  auto check = std::make_shared<Request>();
  check->is_dry_run = true;
  auto* check_command =
      config->add_subcommand("check", "Ask the daemon what is wrong with a configuration file");
  check_command->add_option("file", check->file, "TOML; - for standard input")->required();
  finish(check_command, check);

  auto apply = std::make_shared<Request>();
  auto is_patch = std::make_shared<bool>(false);
  auto* apply_command = config->add_subcommand("apply", "Put a configuration file in force, whole");
  apply_command->add_option("file", apply->file, "TOML; - for standard input")->required();
  apply_command->add_flag("--dry-run", apply->is_dry_run, "only say what would change");
  apply_command->add_flag("--patch", *is_patch, "lay it over the configuration in force");
  apply_command->callback([&action, apply, is_patch] {
    if (*is_patch) apply->what = Request::What::kPatch;
    action = [apply](const Options& options) { return run_config(options, *apply); };
  });

  auto reload = std::make_shared<Request>();
  reload->what = Request::What::kReload;
  reload->file = "configuration";
  auto* reload_command = config->add_subcommand("reload", "Let the daemon read its file again");
  reload_command->add_flag("--dry-run", reload->is_dry_run, "only say what would change");
  finish(reload_command, reload);

  auto show = std::make_shared<Request>();
  show->what = Request::What::kShow;
  show->is_dry_run = true;
  finish(config->add_subcommand("show", "Print the configuration in force"), show);
}

}  // namespace acq::tool
