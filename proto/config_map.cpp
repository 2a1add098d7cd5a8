#include "proto/config_map.h"

#include <google/protobuf/message.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cctype>
#include <limits>
#include <sstream>

#include "proto/limits.h"
#include "proto/topic.h"

namespace acq {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr const char* kOpenField = "params";  // takes every key that is not a field

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

const char* type_name(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  if (node.is_string()) return "text";
  if (node.is_boolean()) return "a flag";
  if (node.is_number()) return "a number";
  return "a date or time";
}

class Mapper {
 public:
  Mapper(std::string file, ConfigLines& lines, std::vector<Problem>& problems)
      : file_(std::move(file)), lines_(lines), problems_(problems) {}

  void map_table(const toml::table& table, Message& message, const std::string& path, int depth) {
    const Descriptor& type = *message.GetDescriptor();
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const std::string at = path.empty() ? name : path + "." + name;
      lines_.emplace(at, static_cast<int>(key.source().begin.line));
      const FieldDescriptor* field = name == kOpenField ? nullptr : type.FindFieldByName(name);
      if (field != nullptr) {
        map_field(node, message, *field, at, depth + 1);
      } else if (const FieldDescriptor* open = type.FindFieldByName(kOpenField)) {
        v1::Value value;
        if (map_value(node, value, at, depth + 1)) add_param(message, *open, name, value);
      } else {
        report(node, at, "unknown key '" + name.substr(0, limits::kNameBytes) + "'",
               names_of(type));
      }
    }
  }

  void report(const toml::node& node, const std::string& field, std::string sentence,
              std::string allowed) {
    report_at(static_cast<int>(node.source().begin.line), field, std::move(sentence),
              std::move(allowed));
  }

  void report_at(int line, const std::string& field, std::string sentence, std::string allowed) {
    const std::string where = line > 0 ? file_ + ":" + std::to_string(line) : file_;
    problems_.push_back({where, field, std::move(sentence), std::move(allowed)});
  }

 private:
  static std::string names_of(const Descriptor& type) {
    std::string out;
    for (int i = 0; i < type.field_count(); ++i) {
      out += (out.empty() ? "" : ", ") + type.field(i)->name();
    }
    return out;
  }

  static void add_param(Message& message, const FieldDescriptor& field, const std::string& name,
                        const v1::Value& value) {
    Message* entry = message.GetReflection()->AddMessage(&message, &field);
    const Descriptor& type = *entry->GetDescriptor();
    entry->GetReflection()->SetString(entry, type.map_key(), name);
    entry->GetReflection()->MutableMessage(entry, type.map_value())->CopyFrom(value);
  }

  void map_field(const toml::node& node, Message& message, const FieldDescriptor& field,
                 const std::string& at, int depth) {
    if (field.is_map()) return map_named(node, message, field, at, depth);
    if (!field.is_repeated()) return map_one(node, message, field, at, depth);
    const auto* list = node.as_array();
    if (list == nullptr) {
      if (field.type() == FieldDescriptor::TYPE_STRING && node.is_string()) {
        return map_one(node, message, field, at, depth);  // one text stands for a list of one
      }
      return report(node, at, std::string("must be a list, not ") + type_name(node), "a list");
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string item = at + "[" + std::to_string(i) + "]";
      lines_.emplace(item, static_cast<int>((*list)[i].source().begin.line));
      map_one((*list)[i], message, field, item, depth);
    }
  }

  void map_named(const toml::node& node, Message& message, const FieldDescriptor& field,
                 const std::string& at, int depth) {
    const auto* table = node.as_table();
    if (table == nullptr) {
      return report(node, at, std::string("must be a table, not ") + type_name(node),
                    "[" + at + ".NAME]");
    }
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      const std::string item = at + "." + name;
      lines_.emplace(item, static_cast<int>(key.source().begin.line));
      const auto* inner = value.as_table();
      if (inner == nullptr) {
        report(value, item, std::string("must be a table, not ") + type_name(value), "a table");
        continue;
      }
      if (!is_valid_name(name)) {
        report(value, item, "'" + name.substr(0, limits::kNameBytes) + "' is not a name",
               "1 to 64 of a-z, 0-9, _ and -");
        continue;
      }
      Message* entry = message.GetReflection()->AddMessage(&message, &field);
      const Descriptor& type = *entry->GetDescriptor();
      entry->GetReflection()->SetString(entry, type.map_key(), name);
      map_table(*inner, *entry->GetReflection()->MutableMessage(entry, type.map_value()), item,
                depth + 1);
    }
  }

  void map_one(const toml::node& node, Message& message, const FieldDescriptor& field,
               const std::string& at, int depth) {
    const auto* reflection = message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const auto* table = node.as_table();
        if (table == nullptr) {
          return report(node, at, std::string("must be a table, not ") + type_name(node),
                        "a table");
        }
        Message* inner = field.is_repeated() ? reflection->AddMessage(&message, &field)
                                             : reflection->MutableMessage(&message, &field);
        return map_table(*table, *inner, at, depth);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string text;
        if (!read_text(node, at, text)) return;
        if (field.is_repeated()) {
          reflection->AddString(&message, &field, text);
        } else {
          reflection->SetString(&message, &field, text);
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const auto flag = node.value_exact<bool>();
        if (!flag)
          return report(node, at, std::string("must be true or false, not ") + type_name(node),
                        "true, false");
        return reflection->SetBool(&message, &field, *flag);
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto number = node.value_exact<std::int64_t>();
        constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
        if (!number || *number < 0 || *number > kMost) {
          return report(node, at, "must be a whole number", "0 to " + std::to_string(kMost));
        }
        return reflection->SetUInt32(&message, &field, static_cast<std::uint32_t>(*number));
      }
      case FieldDescriptor::CPPTYPE_ENUM: return map_enum(node, message, field, at);
      default: ACQ_CHECK(false);  // the schema has no other types
    }
  }

  void map_enum(const toml::node& node, Message& message, const FieldDescriptor& field,
                const std::string& at) {
    const auto& type = *field.enum_type();
    std::string allowed;
    const auto text = node.value_exact<std::string>();
    for (int i = 0; i < type.value_count(); ++i) {
      const std::string word = lower(type.value(i)->name());
      if (text && *text == word) {
        return message.GetReflection()->SetEnum(&message, &field, type.value(i));
      }
      allowed += (allowed.empty() ? "" : ", ") + word;
    }
    report(node, at,
           text ? "'" + text->substr(0, 64) + "' is not one of the choices"
                : std::string("must be text, not ") + type_name(node),
           allowed);
  }

  bool read_text(const toml::node& node, const std::string& at, std::string& out) {
    const auto text = node.value_exact<std::string>();
    if (!text) {
      report(node, at, std::string("must be text, not ") + type_name(node), "text");
      return false;
    }
    const bool has_controls = std::any_of(text->begin(), text->end(),
                                          [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (text->size() > limits::kStringBytes || has_controls) {
      report(node, at, "the text is too long or has control characters",
             "at most " + std::to_string(limits::kStringBytes) + " bytes, printable");
      return false;
    }
    out = *text;
    return true;
  }

  bool map_value(const toml::node& node, v1::Value& out, const std::string& at, int depth) {
    if (depth > limits::kNesting) {
      report(node, at, "is nested too deeply",
             "at most " + std::to_string(limits::kNesting) + " levels");
      return false;
    }
    if (const auto* list = node.as_array()) {
      v1::ValueList& items = *out.mutable_list();
      for (std::size_t i = 0; i < list->size(); ++i) {
        const std::string item = at + "[" + std::to_string(i) + "]";
        lines_.emplace(item, static_cast<int>((*list)[i].source().begin.line));
        if (!map_value((*list)[i], *items.add_items(), item, depth + 1)) return false;
      }
      return true;
    }
    if (const auto* table = node.as_table()) {
      auto& entries = *out.mutable_table()->mutable_entries();
      for (const auto& [key, value] : *table) {
        const std::string name(key.str());
        lines_.emplace(at + "." + name, static_cast<int>(key.source().begin.line));
        if (!map_value(value, entries[name], at + "." + name, depth + 1)) return false;
      }
      return true;
    }
    if (const auto flag = node.value_exact<bool>()) {
      out.set_flag(*flag);
    } else if (const auto whole = node.value_exact<std::int64_t>()) {
      out.set_number(static_cast<double>(*whole));
    } else if (const auto number = node.value_exact<double>()) {
      out.set_number(*number);
    } else if (node.is_string()) {
      return read_text(node, at, *out.mutable_text());
    } else {
      report(node, at, std::string("must not be ") + type_name(node),
             "text, a number, a flag, a list or a table");
      return false;
    }
    return true;
  }

  const std::string file_;
  ConfigLines& lines_;
  std::vector<Problem>& problems_;
};

}  // namespace

void map_toml(std::string_view text, const std::string& file, v1::Config& message,
              ConfigLines& lines, std::vector<Problem>& problems) {
  Mapper mapper(file, lines, problems);
  if (text.size() > limits::kConfigBytes) {
    return mapper.report_at(0, "", "the configuration is too long",
                            "at most " + std::to_string(limits::kConfigBytes) + " bytes");
  }
  try {
    mapper.map_table(toml::parse(text, file), message, "", 0);
  } catch (const toml::parse_error& error) {
    mapper.report_at(static_cast<int>(error.source().begin.line), "",
                     "is not TOML: " + std::string(error.description()), "");
  }
}

namespace {

// Lays one table over another: "none" removes, tables merge, all else replaces.
void merge(toml::table& base, const toml::table& patch) {
  for (const auto& [key, node] : patch) {
    if (node.value_exact<std::string>() == "none") {
      base.erase(key);
      continue;
    }
    toml::table* old = base[key].as_table();
    if (old != nullptr && node.is_table()) {
      merge(*old, *node.as_table());
    } else {
      base.insert_or_assign(key, node);
    }
  }
}

}  // namespace

Result<std::string> merge_config_text(std::string_view base, std::string_view patch) {
  if (patch.size() > limits::kConfigBytes) {
    return fail(Code::kOverflow, "the patch is too long", "patch",
                "at most " + std::to_string(limits::kConfigBytes) + " bytes");
  }
  try {
    toml::table merged = toml::parse(base);
    merge(merged, toml::parse(patch));
    std::ostringstream out;
    out << merged;
    return out.str();
  } catch (const toml::parse_error& error) {
    return fail(Code::kInvalid, "the patch is not TOML: " + std::string(error.description()),
                "patch:" + std::to_string(error.source().begin.line));
  }
}

namespace {

toml::table to_table(const Table& params);

void put(toml::array& out, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) out.push_back(*flag);
  if (const auto* number = std::get_if<double>(&value)) out.push_back(*number);
  if (const auto* text = std::get_if<std::string>(&value)) out.push_back(*text);
  if (const auto* table = std::get_if<Table>(&value)) out.push_back(to_table(*table));
  if (const auto* list = std::get_if<List>(&value)) {
    toml::array inner;
    for (const Value& item : *list) put(inner, item);
    out.push_back(std::move(inner));
  }
}

toml::table to_table(const Table& params) {
  toml::table out;
  for (const auto& [name, value] : params) {
    toml::array one;
    put(one, value);
    out.insert_or_assign(name, one[0]);
  }
  return out;
}

toml::array to_array(const std::vector<std::string>& texts) {
  toml::array out;
  for (const std::string& text : texts) out.push_back(text);
  return out;
}

toml::table instrument_table(const InstrumentConfig& config) {
  const InstrumentConfig defaults;
  toml::table out = to_table(config.params);
  out.insert_or_assign("driver", config.driver);
  if (config.is_enabled != defaults.is_enabled) out.insert_or_assign("enabled", config.is_enabled);
  if (config.waits != defaults.waits) out.insert_or_assign("wait", config.waits);
  if (config.packet_bytes != defaults.packet_bytes) {
    out.insert_or_assign("packet_bytes", std::int64_t{config.packet_bytes});
  }
  if (config.packets != defaults.packets) {
    out.insert_or_assign("packets", std::int64_t{config.packets});
  }
  return out;
}

toml::table pipeline_table(const PipelineConfig& config) {
  static const char* const kPublish[] = {"on_demand", "always", "never"};
  toml::table out;
  out.insert_or_assign("from", to_array(config.from));
  toml::array blocks;
  for (const BlockConfig& block : config.blocks) {
    toml::table row = to_table(block.params);
    row.insert_or_assign("block", block.block);
    if (!block.tap.empty()) row.insert_or_assign("tap", block.tap);
    blocks.push_back(std::move(row));
  }
  if (!blocks.empty()) out.insert_or_assign("blocks", std::move(blocks));
  if (config.publish != Publish::kOnDemand) {
    out.insert_or_assign("publish", kPublish[static_cast<std::size_t>(config.publish)]);
  }
  if (!config.worker.empty()) out.insert_or_assign("worker", config.worker);
  if (config.frame_samples != 0) {
    out.insert_or_assign("frame_samples", std::int64_t{config.frame_samples});
  }
  return out;
}

std::string milliseconds(std::int64_t ms) {
  return std::to_string(ms) + " ms";
}

}  // namespace

std::string to_toml(const Config& config) {
  toml::table publish{{"budget", std::to_string(config.publish_budget_bytes) + " B"},
                      {"heartbeat", milliseconds(config.heartbeat_ms)},
                      {"checksum", config.has_checksum}};
  publish.insert_or_assign("bind", to_array(config.publish_bind));
  toml::table control;
  control.insert_or_assign("bind", to_array(config.control_bind));
  toml::table status{{"period", milliseconds(config.status_period_ms)}};
  if (!config.prometheus.empty()) status.insert_or_assign("prometheus", config.prometheus);
  toml::table instruments;
  for (const auto& [name, instrument] : config.instruments) {
    instruments.insert_or_assign(name, instrument_table(instrument));
  }
  toml::table pipelines;
  for (const auto& [name, pipeline] : config.pipelines) {
    pipelines.insert_or_assign(name, pipeline_table(pipeline));
  }
  toml::table root;
  root.insert_or_assign("publish", std::move(publish));
  root.insert_or_assign("control", std::move(control));
  root.insert_or_assign("status", std::move(status));
  root.insert_or_assign("service", toml::table{{"realtime", config.asks_realtime},
                                               {"lock_memory", config.locks_memory},
                                               {"log_level", config.log_level}});
  root.insert_or_assign("instrument", std::move(instruments));
  root.insert_or_assign("pipeline", std::move(pipelines));
  std::ostringstream out;
  out << root << '\n';
  return out.str();
}

}  // namespace acq
