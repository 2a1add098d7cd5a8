#include "proto/config_map.h"

#include <google/protobuf/message.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <utility>

#include "proto/limits.h"
#include "proto/text.h"
#include "proto/topic.h"

namespace acq {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr const char* kParams = "params";  // takes every key that is not a field
constexpr const char* kNames = "1 to 64 of a-z, 0-9, _ and -";
constexpr const char* kKeys = "1 to 64 letters, digits, _ and -";

// What a field of the schema may hold, where its type does not say it.
struct Bound {
  std::string_view field;
  std::int64_t min;
  std::int64_t max;
};
constexpr std::array kNumberBounds = {
    Bound{"acq.v1.InstrumentConfig.packet_bytes", 64, 64 << 20},
    Bound{"acq.v1.InstrumentConfig.packets", 2, 1 << 20},
    Bound{"acq.v1.PipelineConfig.frame_samples", 1, 16 << 20},
};
constexpr std::array kCountBounds = {
    Bound{"acq.v1.Config.instrument", 0, limits::kInstruments},
    Bound{"acq.v1.Config.pipeline", 0, limits::kPipelines},
    Bound{"acq.v1.Config.recording", 0, limits::kRecordings},
    Bound{"acq.v1.RecordingConfig.streams", 0, limits::kSources},
    Bound{"acq.v1.RecordingConfig.topics", 0, limits::kTopicsPerPeer},
    Bound{"acq.v1.PipelineConfig.blocks", 0, limits::kBlocks},
    Bound{"acq.v1.PipelineConfig.from", 0, limits::kSources},
    Bound{"acq.v1.PublishConfig.bind", 0, limits::kEndpoints},
    Bound{"acq.v1.ControlConfig.bind", 0, limits::kEndpoints},
};

// Text of a quantity: a bare number stands for one in the field's own unit.
constexpr std::array<std::string_view, 3> kQuantities = {
    "acq.v1.PublishConfig.budget", "acq.v1.PublishConfig.heartbeat", "acq.v1.StatusConfig.period"};

template <typename Bounds>
Bound bound_of(const Bounds& bounds, const FieldDescriptor& field) {
  const auto found = std::find_if(bounds.begin(), bounds.end(),
                                  [&](const Bound& b) { return b.field == field.full_name(); });
  ACQ_CHECK(found != bounds.end());  // a new field of the schema needs its bound
  return *found;
}

bool is_quantity(const FieldDescriptor& field) {
  return std::find(kQuantities.begin(), kQuantities.end(), field.full_name()) != kQuantities.end();
}

std::string range_of(const Bound& bound) {
  return std::to_string(bound.min) + " to " + std::to_string(bound.max);
}

// The choice as it is written in the configuration: ON_DEMAND is "on_demand".
std::string word_of(const google::protobuf::EnumValueDescriptor& value) {
  std::string word = value.name();
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

std::string names_of(const Descriptor& type) {
  std::string out;
  for (int i = 0; i < type.field_count(); ++i) {
    out += (out.empty() ? "" : ", ") + type.field(i)->name();
  }
  return out;
}

const char* type_name(const toml::node& node) {
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  if (node.is_string()) return "text";
  if (node.is_boolean()) return "a flag";
  if (node.is_number()) return "a number";
  return "a date or time";
}

// Keys of parameters are the names their blocks and drivers declare; anything else would make
// field paths ambiguous.
bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= limits::kNameBytes &&
         std::all_of(key.begin(), key.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; });
}

// Walks the TOML document and the message's description side by side. Every function leaves a
// problem behind where the two do not fit, and goes on.
class Mapper {
 public:
  Mapper(ConfigText& text, std::vector<Problem>& problems) : text_(text), problems_(problems) {}

  void table(const toml::table& table, Message& message, const std::string& path) {
    const Descriptor& type = *message.GetDescriptor();
    const FieldDescriptor* const params = type.FindFieldByName(kParams);
    for (const auto& [key, node] : table) {
      const std::string at = enter(path, key, node);
      if (at.empty()) continue;
      const std::string name(key.str());
      const FieldDescriptor* field = name == kParams ? nullptr : type.FindFieldByName(name);
      if (field != nullptr) {
        this->field(node, message, *field, at);
      } else if (params != nullptr) {
        v1::Value given;
        if (value(node, given, at, 1)) *add_entry(message, *params, name) = given;
      } else {
        report(at, shown(name) + " is not a key here", names_of(type));
      }
    }
  }

  void report(const std::string& field, std::string sentence, std::string allowed) {
    problems_.push_back({text_.where(field), field, std::move(sentence), std::move(allowed)});
  }

 private:
  // The path of a key, with its line; empty when the key is not one.
  std::string enter(const std::string& path, const toml::key& key, const toml::node& node,
                    const char* allowed = kKeys) {
    if (!is_key(key.str())) {
      const int line = static_cast<int>(key.source().begin.line);
      problems_.push_back(
          {text_.at_line(line), path, shown(key.str()) + " is not a name", allowed});
      return {};
    }
    std::string at = path.empty() ? std::string(key.str()) : path + "." + std::string(key.str());
    // A table header may come before its keys: "[instrument.scope]" is where instrument starts.
    const auto line = std::min(key.source().begin.line, node.source().begin.line);
    text_.lines.emplace(at, static_cast<int>(line > 0 ? line : key.source().begin.line));
    return at;
  }

  // Only where an item is on a line of its own: where() finds the list's line for the others.
  std::string enter_item(const std::string& list, std::size_t i, const toml::node& node) {
    std::string at = list + "[" + std::to_string(i) + "]";
    const auto line = static_cast<int>(node.source().begin.line);
    if (line > 0 && line != text_.line(list)) text_.lines.emplace(at, line);
    return at;
  }

  template <typename Value = v1::Value>
  static Value* add_entry(Message& message, const FieldDescriptor& map, const std::string& name) {
    Message* entry = message.GetReflection()->AddMessage(&message, &map);
    const Descriptor& type = *entry->GetDescriptor();
    entry->GetReflection()->SetString(entry, type.map_key(), name);
    return static_cast<Value*>(entry->GetReflection()->MutableMessage(entry, type.map_value()));
  }

  void field(const toml::node& node, Message& message, const FieldDescriptor& field,
             const std::string& at) {
    if (field.is_map()) return named(node, message, field, at);
    if (!field.is_repeated()) return single(node, message, field, at);
    const auto* const list = node.as_array();
    if (list == nullptr && node.is_string() && field.type() == FieldDescriptor::TYPE_STRING) {
      return single(node, message, field, at);  // one text stands for a list of one
    }
    if (list == nullptr) return wrong_type(node, at, "a list");
    if (!count(list->size(), field, at)) return;
    for (std::size_t i = 0; i < list->size(); ++i) {
      single((*list)[i], message, field, enter_item(at, i, (*list)[i]));
    }
  }

  // Tables by name: [instrument.NAME].
  void named(const toml::node& node, Message& message, const FieldDescriptor& field,
             const std::string& at) {
    const auto* const tables = node.as_table();
    if (tables == nullptr) return wrong_type(node, at, "a table, [" + at + ".NAME]");
    if (!count(tables->size(), field, at)) return;
    for (const auto& [key, value] : *tables) {
      const std::string item = enter(at, key, value, kNames);
      if (item.empty()) continue;
      if (!is_valid_name(key.str())) {
        report(item, shown(key.str()) + " is not a name", kNames);
      } else if (!value.is_table()) {
        wrong_type(value, item, "a table");
      } else {
        table(*value.as_table(), *add_entry<Message>(message, field, std::string(key.str())), item);
      }
    }
  }

  void single(const toml::node& node, Message& message, const FieldDescriptor& field,
              const std::string& at) {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        if (!node.is_table()) return wrong_type(node, at, "a table");
        Message& inner = field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                             : *reflection.MutableMessage(&message, &field);
        return table(*node.as_table(), inner, at);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string given;
        const auto number = node.value<double>();
        if (number && is_quantity(field)) {
          given = to_text(Value(*number));
        } else if (!text(node, at, given)) {
          return;
        }
        if (field.is_repeated()) return reflection.AddString(&message, &field, std::move(given));
        return reflection.SetString(&message, &field, std::move(given));
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        if (const auto flag = node.value_exact<bool>()) {
          return reflection.SetBool(&message, &field, *flag);
        }
        return wrong_type(node, at, "true or false");
      case FieldDescriptor::CPPTYPE_UINT32: return whole(node, message, field, at);
      case FieldDescriptor::CPPTYPE_ENUM: return choice(node, message, field, at);
      default: ACQ_CHECK(false);  // the schema has no other types
    }
  }

  void whole(const toml::node& node, Message& message, const FieldDescriptor& field,
             const std::string& at) {
    const Bound bound = bound_of(kNumberBounds, field);
    const auto given = node.value_exact<std::int64_t>();
    if (!given) {
      return report(at, std::string("must be a whole number, not ") + type_name(node),
                    range_of(bound));
    }
    if (*given < bound.min || *given > bound.max) {
      return report(at, std::to_string(*given) + " is out of range", range_of(bound));
    }
    message.GetReflection()->SetUInt32(&message, &field, static_cast<std::uint32_t>(*given));
  }

  void choice(const toml::node& node, Message& message, const FieldDescriptor& field,
              const std::string& at) {
    const EnumDescriptor& type = *field.enum_type();
    const auto given = node.value_exact<std::string>();
    std::string words;
    for (int i = 0; i < type.value_count(); ++i) {
      const std::string word = word_of(*type.value(i));
      if (given == word) {
        return message.GetReflection()->SetEnum(&message, &field, type.value(i));
      }
      words += (words.empty() ? "" : ", ") + word;
    }
    if (!given) return report(at, std::string("must be text, not ") + type_name(node), words);
    report(at, shown(*given) + " is not one of the choices", words);
  }

  bool text(const toml::node& node, const std::string& at, std::string& out) {
    const auto given = node.value_exact<std::string_view>();
    if (!given) {
      wrong_type(node, at, "text");
      return false;
    }
    if (given->size() > limits::kStringBytes || !is_clean_text(*given)) {
      const bool is_long = given->size() > limits::kStringBytes;
      report(at, is_long ? "is too long" : "has control characters",
             "at most " + std::to_string(limits::kStringBytes) +
                 " bytes of UTF-8 without control characters");
      return false;
    }
    out = *given;
    return true;
  }

  // A parameter: any value but a date.
  bool value(const toml::node& node, v1::Value& out, const std::string& at, int depth) {
    if (depth > limits::kNesting) {
      report(at, "is nested too deeply",
             "at most " + std::to_string(limits::kNesting) + " levels of lists and tables");
      return false;
    }
    if (const auto* list = node.as_array()) {
      bool is_good = true;
      v1::ValueList& items = *out.mutable_list();
      for (std::size_t i = 0; i < list->size(); ++i) {
        const toml::node& item = (*list)[i];
        is_good &= value(item, *items.add_items(), enter_item(at, i, item), depth + 1);
      }
      return is_good;
    }
    if (const auto* table = node.as_table()) {
      bool is_good = true;
      auto& entries = *out.mutable_table()->mutable_entries();
      for (const auto& [key, item] : *table) {
        const std::string inner = enter(at, key, item);
        is_good &= !inner.empty() && value(item, entries[std::string(key.str())], inner, depth + 1);
      }
      return is_good;
    }
    return scalar(node, out, at);
  }

  bool scalar(const toml::node& node, v1::Value& out, const std::string& at) {
    if (node.is_string()) return text(node, at, *out.mutable_text());
    if (const auto flag = node.value_exact<bool>()) {
      out.set_flag(*flag);
      return true;
    }
    if (!node.is_number()) {
      wrong_type(node, at, "text, a number, a flag, a list or a table");
      return false;
    }
    constexpr std::int64_t kExact = std::int64_t{1} << 53;  // whole numbers that float64 holds
    const auto whole = node.value_exact<std::int64_t>();
    const double number = whole ? static_cast<double>(*whole) : *node.value_exact<double>();
    if (!std::isfinite(number) || (whole && (*whole > kExact || *whole < -kExact))) {
      report(at, std::isfinite(number) ? "is too large" : "is not finite",
             "a finite number; whole ones from -2^53 to 2^53");
      return false;
    }
    out.set_number(number);
    return true;
  }

  bool count(std::size_t size, const FieldDescriptor& field, const std::string& at) {
    const Bound bound = bound_of(kCountBounds, field);
    if (size <= static_cast<std::size_t>(bound.max)) return true;
    report(at, "has " + std::to_string(size) + " items", "at most " + std::to_string(bound.max));
    return false;
  }

  void wrong_type(const toml::node& node, const std::string& at, const std::string& wanted) {
    report(at, "must be " + wanted + ", not " + type_name(node), wanted);
  }

  ConfigText& text_;
  std::vector<Problem>& problems_;
};

}  // namespace

void map_toml(std::string_view toml, v1::Config& message, ConfigText& text,
              std::vector<Problem>& problems) {
  Mapper mapper(text, problems);
  if (toml.size() > limits::kConfigBytes) {
    return mapper.report("", "the configuration has " + std::to_string(toml.size()) + " bytes",
                         "at most " + std::to_string(limits::kConfigBytes) + " bytes");
  }
  try {
    mapper.table(toml::parse(toml), message, "");
  } catch (const toml::parse_error& error) {
    problems.push_back({text.at_line(static_cast<int>(error.source().begin.line)), "",
                        "this is not TOML: " + cleaned(error.description()),
                        "[section] and key = value, text in quotes, each once"});
  }
}

}  // namespace acq
