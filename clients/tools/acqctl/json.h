// JSON out of replies and of the tool's own figures.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace acq::tool {

// Appends JSON to a string; puts the commas itself.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_list();
  JsonWriter& end_list();
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  // Shortest text that reads back the same; null for what is not finite.
  JsonWriter& number(double value);
  JsonWriter& number(float value);
  JsonWriter& integer(std::uint64_t value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& flag(bool value);
  JsonWriter& null();

  [[nodiscard]] const std::string& str() const noexcept { return out_; }
  void clear();

 private:
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

// Every field by its name in the schema, unset ones too; enums as lower-case words, 64-bit
// integers as numbers, bytes as hexadecimal text.
std::string to_json(const google::protobuf::Message& message);
void write_message(const google::protobuf::Message& message, JsonWriter& json);

}  // namespace acq::tool
