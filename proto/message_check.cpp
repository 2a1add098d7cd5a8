#include "proto/message_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/limits.h"
#include "proto/text.h"

namespace acq::wire {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Text of many lines: bounded by the message's own size, checked by whoever parses it.
constexpr std::array<std::string_view, 4> kTexts = {
    "acq.v1.Configure.toml", "acq.v1.Configure.patch", "acq.v1.ConfigureReply.toml",
    "acq.v1.PlugInDescriptor.header"};
// Limits that may be absent.
constexpr std::array<std::string_view, 2> kMayBeInfinite = {"acq.v1.Setting.min",
                                                            "acq.v1.Setting.max"};

template <typename Names>
bool contains(const Names& names, const FieldDescriptor& field) {
  return std::find(names.begin(), names.end(), field.full_name()) != names.end();
}

// What is wrong, with the path grown from the inside to the outside.
struct Finding {
  std::string path;
  std::string what;
  std::string allowed;

  Finding in(std::string_view outer) && {
    const bool joins = !path.empty() && path.front() != '[';
    path.insert(0, std::string(outer) + (joins ? "." : ""));
    return std::move(*this);
  }
};
using Check = std::optional<Finding>;

class Checker {
 public:
  explicit Checker(const CheckRules& rules) : rules_(rules) {}

  Check message(const Message& message) const {
    const Reflection& reflection = *message.GetReflection();
    const auto& unknown = reflection.GetUnknownFields(message);
    if (rules_.refuses_unknown && !unknown.empty()) {
      return Finding{"",
                     "has the unknown field number " + std::to_string(unknown.field(0).number()),
                     "the fields of " + message.GetDescriptor()->full_name()};
    }
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      Check found = field->is_repeated() ? list(message, *field) : single(message, *field);
      if (found) return std::move(*found).in(field->name());
    }
    if (message.GetDescriptor()->full_name() == "acq.v1.Value" && fields.empty()) {
      return Finding{"", "holds no value", "number, text, flag, list, table"};
    }
    return {};
  }

 private:
  Check list(const Message& message, const FieldDescriptor& field) const {
    const Reflection& reflection = *message.GetReflection();
    const int count = reflection.FieldSize(message, &field);
    if (static_cast<std::size_t>(count) > rules_.list_items) {
      return Finding{"", "has " + std::to_string(count) + " items",
                     "at most " + std::to_string(rules_.list_items)};
    }
    for (int i = 0; i < count; ++i) {
      if (Check found = item(message, field, i)) {
        return std::move(*found).in("[" + std::to_string(i) + "]");
      }
    }
    return {};
  }

  Check item(const Message& message, const FieldDescriptor& field, int i) const {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return this->message(reflection.GetRepeatedMessage(message, &field, i));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        return text(reflection.GetRepeatedStringReference(message, &field, i, &scratch), field);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return number(reflection.GetRepeatedDouble(message, &field, i), field);
      case FieldDescriptor::CPPTYPE_ENUM:
        return choice(reflection.GetRepeatedEnumValue(message, &field, i), field);
      default: return {};
    }
  }

  Check single(const Message& message, const FieldDescriptor& field) const {
    const Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return this->message(reflection.GetMessage(message, &field));
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        return text(reflection.GetStringReference(message, &field, &scratch), field);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return number(reflection.GetDouble(message, &field), field);
      case FieldDescriptor::CPPTYPE_ENUM:
        return choice(reflection.GetEnumValue(message, &field), field);
      default: return {};
    }
  }

  Check text(const std::string& raw, const FieldDescriptor& field) const {
    if (contains(kTexts, field)) return {};
    const std::string limit = "at most " + std::to_string(rules_.string_bytes) + " bytes";
    if (raw.size() > rules_.string_bytes) {
      return Finding{"", "has " + std::to_string(raw.size()) + " bytes", limit};
    }
    if (field.type() == FieldDescriptor::TYPE_BYTES || is_clean_text(raw)) return {};
    return Finding{"", "is not clean text", limit + " of UTF-8 without control characters"};
  }

  static Check number(double value, const FieldDescriptor& field) {
    if (std::isfinite(value) || (std::isinf(value) && contains(kMayBeInfinite, field))) return {};
    return Finding{"", "is not finite", "a finite number"};
  }

  Check choice(int value, const FieldDescriptor& field) const {
    const auto& type = *field.enum_type();
    if (!rules_.refuses_unknown || type.FindValueByNumber(value) != nullptr) return {};
    return Finding{"", "is " + std::to_string(value) + ", which is not known",
                   "0 to " + std::to_string(type.value(type.value_count() - 1)->number())};
  }

  const CheckRules& rules_;
};

}  // namespace

Result<void> check_message(const Message& message, const CheckRules& rules) {
  Check found = Checker(rules).message(message);
  if (!found) return {};
  if (found->path.empty()) found->path = "message";
  return fail(Code::kInvalid, found->path + " " + found->what, found->path, found->allowed);
}

}  // namespace acq::wire
