#include "proto/messages.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <string_view>
#include <utility>

#include "proto/limits.h"
#include "proto/message_check.h"
#include "proto/text.h"
#include "proto/wire.h"

namespace acq {
namespace {

constexpr wire::CheckRules kStrict = {.refuses_unknown = true,
                                      .string_bytes = limits::kStringBytes,
                                      .list_items = limits::kListItems};
constexpr wire::CheckRules kOpen = {.refuses_unknown = false,
                                    .string_bytes = limits::kReplyBytes,
                                    .list_items = limits::kReplyBytes};

template <typename Message>
Result<Message> decode(std::span<const std::byte> raw, std::string_view what, std::size_t most,
                       const wire::CheckRules& rules, int nesting) {
  if (raw.size() > most) {
    return fail(Code::kOverflow,
                "the " + std::string(what) + " has " + std::to_string(raw.size()) + " bytes",
                std::string(what), "at most " + std::to_string(most) + " bytes");
  }
  Message message;
  if (!wire::parse(message, raw, nesting)) {
    return fail(
        Code::kInvalid, "the " + std::string(what) + " is not a valid message", std::string(what),
        "well-formed protobuf, text in UTF-8, nested at most " + std::to_string(nesting) + " deep");
  }
  if (auto ok = wire::check_message(message, rules); !ok) {
    return tl::unexpected<Error>(std::move(ok.error()));
  }
  return message;
}

Result<void> check_count(int count, const char* field) {
  if (static_cast<std::size_t>(count) <= limits::kAssignments) return {};
  return fail(Code::kInvalid, std::string(field) + " has " + std::to_string(count) + " items",
              field, "at most " + std::to_string(limits::kAssignments));
}

Result<void> check_request(const v1::Request& request) {
  switch (request.verb_case()) {
    case v1::Request::VERB_NOT_SET:
      return fail(Code::kInvalid, "the request has no verb", "verb",
                  "one of the verbs of acq.v1.Request");
    case v1::Request::kGet: return check_count(request.get().paths_size(), "get.paths");
    case v1::Request::kSet: return check_count(request.set().assignments_size(), "set.assignments");
    case v1::Request::kNegotiate:
      return check_count(request.negotiate().assignments_size(), "negotiate.assignments");
    case v1::Request::kConfigure:
      if (request.configure().what_case() != v1::Configure::WHAT_NOT_SET) return {};
      return fail(Code::kInvalid, "configure does not say what", "configure",
                  "toml, patch or reload");
    default: return {};
  }
}

}  // namespace

Result<v1::Request> decode_request(std::span<const std::byte> raw) {
  auto request =
      decode<v1::Request>(raw, "request", limits::kControlBytes, kStrict, limits::kNesting);
  if (!request) return request;
  if (auto ok = check_request(*request); !ok) return tl::unexpected<Error>(std::move(ok.error()));
  return request;
}

Result<v1::Reply> decode_reply(std::span<const std::byte> raw) {
  return decode<v1::Reply>(raw, "reply", limits::kReplyBytes, kOpen, limits::kReplyNesting);
}

Result<v1::Status> decode_status(std::span<const std::byte> raw) {
  return decode<v1::Status>(raw, "status", limits::kReplyBytes, kOpen, limits::kReplyNesting);
}

Result<v1::Event> decode_event(std::span<const std::byte> raw) {
  return decode<v1::Event>(raw, "event", limits::kControlBytes, kOpen, limits::kReplyNesting);
}

Result<v1::StreamDescriptor> decode_descriptor(std::span<const std::byte> raw) {
  return decode<v1::StreamDescriptor>(raw, "description", limits::kControlBytes, kOpen,
                                      limits::kReplyNesting);
}

std::string encode(const google::protobuf::MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  const bool is_written = message.SerializeToCodedStream(&coded);
  ACQ_CHECK(is_written);
  coded.Trim();
  return bytes;
}

std::string encode_reply(const v1::Reply& reply) {
  std::string bytes = encode(reply);
  if (bytes.size() <= limits::kReplyBytes) return bytes;
  v1::Reply refusal;
  refusal.set_id(reply.id());
  set_error({Code::kOverflow, "the reply has " + std::to_string(bytes.size()) + " bytes", "reply",
             "at most " + std::to_string(limits::kReplyBytes) + " bytes: ask for less at once"},
            refusal);
  return encode(refusal);
}

void set_error(const Error& error, v1::Reply& reply) {
  reply.clear_result();
  reply.set_code(static_cast<v1::Code>(error.code));
  // A driver may quote its instrument; text that is not clean would make the reply unreadable.
  reply.set_sentence(cleaned(error.sentence));
  reply.set_field(cleaned(error.where));
  reply.set_allowed(cleaned(error.allowed));
}

Error error_of(const v1::Reply& reply) {
  const bool is_known = v1::Code_IsValid(reply.code()) && reply.code() != v1::OK;
  return {is_known ? static_cast<Code>(reply.code()) : Code::kInternal, reply.sentence(),
          reply.field(), reply.allowed()};
}

void to_wire(const Value& value, v1::Value& out) {
  if (const auto* flag = std::get_if<bool>(&value)) return out.set_flag(*flag);
  if (const auto* number = std::get_if<double>(&value)) return out.set_number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return out.set_text(*text);
  if (const auto* list = std::get_if<List>(&value)) {
    v1::ValueList& items = *out.mutable_list();
    for (const Value& item : *list) to_wire(item, *items.add_items());
    return;
  }
  auto& entries = *out.mutable_table()->mutable_entries();
  for (const auto& [key, item] : std::get<Table>(value)) to_wire(item, entries[key]);
}

Value from_wire(const v1::Value& value) {
  switch (value.kind_case()) {
    case v1::Value::kFlag: return value.flag();
    case v1::Value::kNumber: return value.number();
    case v1::Value::kText: return value.text();
    case v1::Value::kList: {
      List list;
      for (const v1::Value& item : value.list().items()) list.push_back(from_wire(item));
      return list;
    }
    case v1::Value::kTable: {
      Table table;
      for (const auto& [key, item] : value.table().entries()) table.emplace(key, from_wire(item));
      return table;
    }
    case v1::Value::KIND_NOT_SET: break;
  }
  return std::string{};
}

}  // namespace acq
