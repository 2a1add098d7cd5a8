#include "drivers/scpi/profile.h"

#include <toml++/toml.h>

#include <algorithm>
#include <functional>
#include <regex>
#include <set>

namespace acq::scpi {
namespace {

using Where = const toml::node&;

// Reads the keys of one table; what is left over at the end is unknown.
class Reader {
 public:
  Reader(const toml::table& table, const std::string& file, std::optional<Error>& error)
      : table_(table), file_(file), error_(error) {}
  ~Reader() {
    for (const auto& [key, value] : table_)
      if (!known_.contains(std::string(key.str())))
        fail_at(value, "there is no key " + quote(key.str()));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  template <typename T>
  void value(std::string_view key, T& into, bool is_required = false) {
    const toml::node* node = find(key, is_required);
    if (node == nullptr) return;
    if (const auto got = node->value<T>()) {
      into = *got;
    } else {
      fail_at(*node, std::string(key) + " is of another type");
    }
  }

  // A list, or one value as a list of one.
  template <typename T>
  void list(std::string_view key, std::vector<T>& into, bool is_required = false) {
    const toml::node* node = find(key, is_required);
    if (node == nullptr) return;
    if (const auto one = node->value<T>()) {
      into = {*one};
      return;
    }
    const toml::array* all = node->as_array();
    if (all == nullptr) return fail_at(*node, std::string(key) + " is no list");
    for (const toml::node& item : *all) {
      const auto got = item.value<T>();
      if (!got) return fail_at(item, "a value of " + std::string(key) + " is of another type");
      into.push_back(*got);
    }
  }

  void table(std::string_view key, const std::function<void(const toml::table&)>& read,
             bool is_required = false) {
    const toml::node* node = find(key, is_required);
    if (node == nullptr) return;
    if (const toml::table* inner = node->as_table()) return read(*inner);
    fail_at(*node, std::string(key) + " is no table");
  }

  void tables(std::string_view key, const std::function<void(const toml::table&)>& read) {
    const toml::node* node = find(key, false);
    if (node == nullptr) return;
    const toml::array* all = node->as_array();
    if (all == nullptr) return fail_at(*node, std::string(key) + " is no list of tables");
    for (const toml::node& item : *all) {
      if (const toml::table* inner = item.as_table()) {
        read(*inner);
      } else {
        fail_at(item, std::string(key) + " is no list of tables");
      }
    }
  }

  void numbers(std::string_view key, Terms& into) {
    table(key, [&](const toml::table& inner) { all_numbers(inner, into); });
  }
  void all_numbers(const toml::table& inner, Terms& into) {
    for (const auto& [name, node] : inner) {
      if (const auto number = node.value<double>()) {
        into[std::string(name.str())] = *number;
      } else {
        fail_at(node, quote(name.str()) + " is no number");
      }
    }
  }

  void fail_at(Where node, std::string sentence) {
    if (error_) return;
    error_ = Error{Code::kInvalid, std::move(sentence),
                   file_ + ":" + std::to_string(node.source().begin.line)};
  }

 private:
  const toml::node* find(std::string_view key, bool is_required) {
    known_.insert(std::string(key));
    const toml::node* node = table_.get(key);
    if (node == nullptr && is_required) fail_at(table_, std::string(key) + " is missing");
    return node;
  }

  const toml::table& table_;
  const std::string& file_;
  std::optional<Error>& error_;
  std::set<std::string> known_;
};

// What the whole reading shares.
struct Context {
  const std::string& file;
  std::optional<Error> error = {};
};

ProfileSetting read_setting(const toml::table& table, Context& context) {
  ProfileSetting setting;
  Reader reader(table, context.file, context.error);
  reader.value("set", setting.set, true);
  reader.value("get", setting.get, true);
  reader.value("field", setting.field);
  reader.value("factor", setting.factor);
  reader.table("words", [&](const toml::table& words) {
    for (const auto& [ours, theirs] : words) {
      if (const auto text = theirs.value<std::string>()) {
        setting.words[std::string(ours.str())] = *text;
      } else {
        reader.fail_at(theirs, quote(ours.str()) + " is no text");
      }
    }
  });
  return setting;
}

ProfileTerms read_terms(const toml::table& table, Context& context) {
  static const std::map<std::string, ProfileTerms::Field::Type, std::less<>> kTypes = {
      {"i16", ProfileTerms::Field::Type::kI16},
      {"i32", ProfileTerms::Field::Type::kI32},
      {"f32", ProfileTerms::Field::Type::kF32},
      {"f64", ProfileTerms::Field::Type::kF64}};
  ProfileTerms terms;
  std::string separator = ",";
  Reader reader(table, context.file, context.error);
  reader.value("query", terms.query, true);
  reader.value("separator", separator);
  reader.list("names", terms.names);
  reader.tables("fields", [&](const toml::table& inner) {
    ProfileTerms::Field field;
    std::int64_t at = 0;
    std::string type;
    Reader field_reader(inner, context.file, context.error);
    field_reader.value("name", field.name, true);
    field_reader.value("at", at, true);
    field_reader.value("type", type, true);
    const auto known = kTypes.find(type);
    if (known == kTypes.end() || at < 0 || at > 65536)
      return reader.fail_at(inner, "a field needs a place and a type: i16, i32, f32 or f64");
    field.at = static_cast<std::size_t>(at);
    field.type = known->second;
    terms.fields.push_back(field);
  });
  if (separator.size() != 1) reader.fail_at(table, "a separator is one character");
  terms.separator = separator.empty() ? ',' : separator[0];
  if (terms.names.empty() == terms.fields.empty())
    reader.fail_at(table, "terms need either names or fields");
  return terms;
}

ProfileDepth read_depth(const toml::table& table, Context& context) {
  ProfileDepth depth;
  Reader reader(table, context.file, context.error);
  reader.list("setup", depth.setup);
  reader.list("window", depth.window);
  reader.value("chunk", depth.chunk);
  reader.value("points", depth.points, true);
  return depth;
}

void read_capture(const toml::table& table, Context& context, Profile& profile) {
  std::int64_t mask = 0;
  Reader reader(table, context.file, context.error);
  reader.list("single", profile.single, true);
  reader.list("run", profile.run, true);
  reader.list("stop", profile.stop, true);
  reader.value("state", profile.state, true);
  reader.list("finished", profile.finished);
  reader.value("mask", mask);
  reader.value("settled", profile.settled);
  profile.state_mask = static_cast<std::uint32_t>(mask);
  if (profile.finished.empty() == (mask == 0))
    reader.fail_at(table, "a capture needs either the words that say it is finished, or a mask");
}

void read_waveform(const toml::table& table, Context& context, Profile& profile) {
  static const std::map<std::string, Dtype, std::less<>> kSamples = {
      {"i8", Dtype::kI8}, {"u8", Dtype::kU8}, {"i16", Dtype::kI16}, {"u16", Dtype::kU16}};
  std::string sample;
  std::int64_t hole = -1, retries = 0;
  Reader reader(table, context.file, context.error);
  reader.value("sample", sample, true);
  reader.list("channel", profile.channel);
  reader.tables("terms", [&](const toml::table& inner) {
    profile.terms.push_back(read_terms(inner, context));
  });
  reader.value("data", profile.data, true);
  reader.value("scale", profile.scale, true);
  reader.value("offset", profile.offset, true);
  reader.list("interval", profile.interval, true);
  reader.value("start", profile.start, true);
  reader.value("hole", hole);
  reader.value("retries", retries);
  reader.table("require", [&](const toml::table& inner) {
    Reader values(inner, context.file, context.error);
    for (const auto& [name, node] : inner)
      values.list(name.str(), profile.require[std::string(name.str())]);
  });
  reader.table(
      "screen", [&](const toml::table& t) { profile.screen = read_depth(t, context); }, true);
  reader.table("deep", [&](const toml::table& t) { profile.deep = read_depth(t, context); }, true);
  const auto known = kSamples.find(sample);
  if (known == kSamples.end()) {
    reader.fail_at(table, "sample is i8, u8, i16 or u16");
  } else {
    profile.sample = known->second;
  }
  if (hole >= 0) profile.hole = static_cast<int>(hole);
  profile.retries = static_cast<int>(std::clamp<std::int64_t>(retries, 0, 20));
}

// Every expression names only terms there will be; every pattern is a regular expression.
void check_whole(Context& context, const Profile& profile) {
  const auto wrong = [&](std::string sentence) {
    if (!context.error) context.error = Error{Code::kInvalid, std::move(sentence), context.file};
  };
  Terms terms = profile.constants;
  for (const auto& [model, constants] : profile.models)
    terms.insert(constants.begin(), constants.end());
  for (const ProfileTerms& query : profile.terms) {
    for (const std::string& name : query.names) terms[name] = 1;
    for (const ProfileTerms::Field& field : query.fields) terms[field.name] = 1;
  }
  std::vector<std::string> expressions = {profile.scale, profile.offset, profile.start,
                                          profile.screen.points, profile.deep.points};
  expressions.insert(expressions.end(), profile.interval.begin(), profile.interval.end());
  for (const ProfileDepth* depth : {&profile.screen, &profile.deep})
    if (!depth->chunk.empty()) expressions.push_back(depth->chunk);
  for (const std::string& expression : expressions)
    if (const auto value = evaluate(expression, terms); !value) wrong(value.error().sentence);
  for (const auto& [name, values] : profile.require)
    if (!terms.contains(name)) wrong("there is no term " + quote(name));
  for (const std::string* pattern : {&profile.vendor, &profile.model}) {
    try {
      static_cast<void>(std::regex(*pattern));
    } catch (const std::regex_error&) {
      wrong(quote(*pattern) + " is no regular expression");
    }
  }
}

void read_whole(const toml::table& table, Context& context, Profile& profile) {
  std::int64_t channels = 4;
  {
    Reader reader(table, context.file, context.error);
    reader.value("name", profile.name, true);
    reader.value("vendor", profile.vendor, true);
    reader.value("model", profile.model, true);
    reader.value("channels", channels);
    reader.value("error_queue", profile.has_error_queue);
    reader.list("setup", profile.setup);
    reader.numbers("constants", profile.constants);
    reader.tables("models", [&](const toml::table& inner) {
      std::string model;
      Terms constants;
      Reader model_reader(inner, context.file, context.error);
      model_reader.value("model", model, true);
      model_reader.numbers("constants", constants);
      profile.models.emplace_back(model, constants);
    });
    reader.table(
        "settings",
        [&](const toml::table& inner) {
          for (const auto& [name, node] : inner) {
            if (const toml::table* setting = node.as_table()) {
              profile.settings[std::string(name.str())] = read_setting(*setting, context);
            } else {
              reader.fail_at(node, quote(name.str()) + " is no table");
            }
          }
        },
        true);
    reader.table("capture", [&](const toml::table& t) { read_capture(t, context, profile); }, true);
    reader.table(
        "waveform", [&](const toml::table& t) { read_waveform(t, context, profile); }, true);
    if (channels < 1 || channels > 8) reader.fail_at(table, "an oscilloscope has 1 to 8 channels");
  }
  profile.channels = static_cast<int>(channels);
}

}  // namespace

Result<Profile> parse_profile(std::string_view toml, const std::string& file) {
  Context context{file};
  Profile profile;
  profile.file = file;
  try {
    const toml::table table = toml::parse(toml, file);
    read_whole(table, context, profile);
    if (!context.error) check_whole(context, profile);
  } catch (const toml::parse_error& error) {
    return fail(Code::kInvalid, std::string(error.description()),
                file + ":" + std::to_string(error.source().begin.line));
  }
  if (context.error) return tl::unexpected<Error>(*context.error);
  return profile;
}

std::string filled(std::string_view command,
                   const std::map<std::string, std::string, std::less<>>& values) {
  std::string out;
  while (!command.empty()) {
    const std::size_t open = command.find('{');
    const std::size_t close = open == std::string_view::npos ? open : command.find('}', open);
    if (close == std::string_view::npos) return out.append(command);
    const auto found = values.find(command.substr(open + 1, close - open - 1));
    out.append(command.substr(0, open));
    if (found == values.end()) {
      out.append(command.substr(open, close - open + 1));
    } else {
      out.append(found->second);
    }
    command.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace acq::scpi
