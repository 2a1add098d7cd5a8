#include "clients/tools/acqctl/json.h"

#include <google/protobuf/descriptor.h>

#include <charconv>
#include <cmath>
#include <cstdio>

namespace acq::tool {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void append_escaped(std::string_view value, std::string& out) {
  out += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
      out += buffer;
    } else {
      out += c;
    }
  }
  out += '"';
}

template <typename T>
void append_number(T value, std::string& out) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end.ptr);
}

std::string lower(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

std::string hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    char buffer[4];
    std::snprintf(buffer, sizeof buffer, "%02x", static_cast<unsigned char>(c));
    text += buffer;
  }
  return text;
}

// One value of a field: number `i` of a repeated one, the only one with i < 0.
void write_value(const Message& message, const FieldDescriptor& field, int i, JsonWriter& json) {
  const auto& at = *message.GetReflection();
  const bool many = i >= 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      json.integer(std::int64_t{many ? at.GetRepeatedInt32(message, &field, i)
                                     : at.GetInt32(message, &field)});
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      json.integer(std::int64_t{many ? at.GetRepeatedInt64(message, &field, i)
                                     : at.GetInt64(message, &field)});
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      json.integer(std::uint64_t{many ? at.GetRepeatedUInt32(message, &field, i)
                                      : at.GetUInt32(message, &field)});
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      json.integer(std::uint64_t{many ? at.GetRepeatedUInt64(message, &field, i)
                                      : at.GetUInt64(message, &field)});
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      json.number(many ? at.GetRepeatedDouble(message, &field, i) : at.GetDouble(message, &field));
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      json.number(many ? at.GetRepeatedFloat(message, &field, i) : at.GetFloat(message, &field));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      json.flag(many ? at.GetRepeatedBool(message, &field, i) : at.GetBool(message, &field));
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      json.text(lower(
          (many ? at.GetRepeatedEnum(message, &field, i) : at.GetEnum(message, &field))->name()));
      return;
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string value =
          many ? at.GetRepeatedString(message, &field, i) : at.GetString(message, &field);
      json.text(field.type() == FieldDescriptor::TYPE_BYTES ? hexadecimal(value) : value);
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      write_message(
          many ? at.GetRepeatedMessage(message, &field, i) : at.GetMessage(message, &field), json);
      return;
  }
}

// A map is an object; its keys are texts throughout the schema.
void write_map(const Message& message, const FieldDescriptor& field, JsonWriter& json) {
  const auto& at = *message.GetReflection();
  json.begin_object();
  for (int i = 0; i < at.FieldSize(message, &field); ++i) {
    const Message& entry = at.GetRepeatedMessage(message, &field, i);
    const auto& types = *entry.GetDescriptor();
    json.key(entry.GetReflection()->GetString(entry, types.map_key()));
    write_value(entry, *types.map_value(), -1, json);
  }
  json.end_object();
}

void write_list(const Message& message, const FieldDescriptor& field, JsonWriter& json) {
  json.begin_list();
  const int count = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < count; ++i) write_value(message, field, i, json);
  json.end_list();
}

}  // namespace

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::begin_list() {
  separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::end_list() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_escaped(name, out_);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  append_escaped(value, out_);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(value, out_);
  return *this;
}

JsonWriter& JsonWriter::number(float value) {
  if (!std::isfinite(value)) return null();
  separate();
  append_number(value, out_);
  return *this;
}

JsonWriter& JsonWriter::integer(std::uint64_t value) {
  separate();
  append_number(value, out_);
  return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_number(value, out_);
  return *this;
}

JsonWriter& JsonWriter::flag(bool value) {
  separate();
  out_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_ += "null";
  return *this;
}

void JsonWriter::clear() {
  out_.clear();
  needs_comma_ = false;
}

void write_message(const Message& message, JsonWriter& json) {
  const auto& type = *message.GetDescriptor();
  json.begin_object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool is_absent =
        field.has_presence() && !message.GetReflection()->HasField(message, &field);
    if (is_absent) continue;
    json.key(field.name());
    if (field.is_map()) {
      write_map(message, field, json);
    } else if (field.is_repeated()) {
      write_list(message, field, json);
    } else {
      write_value(message, field, -1, json);
    }
  }
  json.end_object();
}

std::string to_json(const Message& message) {
  JsonWriter json;
  write_message(message, json);
  return json.str();
}

}  // namespace acq::tool
