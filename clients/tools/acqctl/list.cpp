// acqctl list: what there is.
#include <memory>

#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"

namespace acq::tool {
namespace {

struct Kind {
  const char* word;
  v1::List::What what;
  const char* title;
};
constexpr Kind kKinds[] = {{"instruments", v1::List::INSTRUMENTS, "INSTRUMENT"},
                           {"pipelines", v1::List::PIPELINES, "PIPELINE"},
                           {"topics", v1::List::TOPICS, "TOPIC"}};

std::string table_of(const Kind& kind, const v1::ListReply& reply) {
  Table table({{kind.title}, {""}});
  for (int i = 0; i < reply.names_size(); ++i) {
    table.add({reply.names(i), i < reply.texts_size() ? reply.texts(i) : ""});
  }
  return table.is_empty() ? std::string("no ") + kind.word + "\n" : table.str();
}

Result<int> run_list(const Options& options, const std::string& which) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  JsonWriter json;
  std::string text;
  json.begin_object();
  for (const Kind& kind : kKinds) {
    if (!which.empty() && which != kind.word) continue;
    const auto reply = control->list(kind.what);
    if (!reply) return tl::unexpected(reply.error());
    json.key(kind.word).begin_list();
    for (const std::string& name : reply->names()) json.text(name);
    json.end_list();
    text += (text.empty() ? "" : "\n") + table_of(kind, *reply);
  }
  json.end_object();
  return print(options.is_json ? json.str() + "\n" : text).map([] { return 0; });
}

}  // namespace

void add_list(CLI::App& app, Action& action) {
  auto* list = app.add_subcommand("list", "List instruments, pipelines and topics");
  auto which = std::make_shared<std::string>();
  list->add_option("what", *which, "instruments, pipelines or topics; all three when left out")
      ->check(CLI::IsMember({"instruments", "pipelines", "topics"}));
  list->callback([&action, which] {
    action = [which](const Options& options) { return run_list(options, *which); };
  });
}

}  // namespace acq::tool
