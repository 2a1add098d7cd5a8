#include "daemon/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "daemon/describe.h"
#include "daemon/setting_path.h"
#include "dsp/base/units.h"
#include "proto/codec.h"
#include "proto/messages.h"

namespace acq {
namespace {

// `told`: what the instrument itself says of its settings. The rest is as it was asked for,
// converted and with its defaults.
void add_applied(const std::string& path, const Value* asked, const SettingPlace& place,
                 const Table& told, v1::Applied& out) {
  out.set_path(path);
  std::vector<Error> ignored;
  const Params params = Params::check(place.specs, *place.table, place.where, ignored);
  Table in_force = told;
  in_force.insert(params.values().begin(), params.values().end());
  if (asked != nullptr) to_wire(*asked, *out.mutable_asked());
  if (const auto value = in_force.find(place.spec->name); value != in_force.end())
    to_wire(value->second, *out.mutable_in_force());
  describe_setting(*place.spec, *place.table, in_force, *out.mutable_setting());
}

// The nearest value the declaration allows, and why it is not the one asked for.
Value nearest(const ParamSpec& spec, const Value& asked, std::string& why) {
  if (spec.type != ParamType::kNumber && spec.type != ParamType::kInteger) return asked;
  double value = 0;
  if (const auto* number = std::get_if<double>(&asked)) {
    value = *number;
  } else if (const auto* text = std::get_if<std::string>(&asked)) {
    const auto parsed = parse_quantity(*text, spec.unit);
    if (!parsed) return asked;
    value = *parsed;
  } else {
    return asked;
  }
  double legal = std::clamp(value, spec.min, spec.max);
  if (legal < value) why = "the largest is " + format_quantity(spec.max, spec.unit);
  if (legal > value) why = "the smallest is " + format_quantity(spec.min, spec.unit);
  if (spec.type == ParamType::kInteger && legal != std::round(legal)) {
    legal = std::clamp(std::round(legal), spec.min, spec.max);
    why = "only whole numbers";
  }
  return legal;
}

Error first_of(const std::vector<Problem>& problems) {
  const Problem& problem = problems.front();
  std::string sentence = problem.sentence;
  if (problems.size() > 1) sentence += fmt::format(" (and {} more)", problems.size() - 1);
  return {Code::kInvalid, sentence, problem.field, problem.allowed};
}

}  // namespace

void Verbs::hello(v1::Reply& reply) const {
  v1::HelloReply& hello = *reply.mutable_hello();
  hello.set_version(kWireVersion);
  hello.set_software(daemon_.software());
  hello.set_run_id(fmt::format("{:016x}", daemon_.run_id()));
  hello.set_config_revision(daemon_.revision());
}

void Verbs::list(const v1::List& request, v1::Reply& reply) const {
  v1::ListReply& list = *reply.mutable_list();
  const auto add = [&](std::string_view name, std::string_view text) {
    list.add_names(std::string(name));
    list.add_texts(std::string(text));
  };
  switch (request.what()) {
    case v1::List::INSTRUMENTS:
      for (const auto& [name, acquire] : daemon_.acquires()) {
        add(name, fmt::format("{} {} ({})", acquire->info().vendor, acquire->info().model,
                              acquire->driver().name));
      }
      return;
    case v1::List::TOPICS:
      for (const auto& [name, active] : daemon_.active()) {
        if (active.info) add(active.info->topic, "from " + active.info->source);
      }
      return;
    case v1::List::PIPELINES:
      for (const auto& [name, active] : daemon_.active()) {
        std::string text = active.config.from.front();
        for (const BlockConfig& block : active.config.blocks) text += " > " + block.block;
        add(name, text);
      }
      return;
    case v1::List::BLOCKS:
      for (const BlockEntry* entry : block_registry()) add(entry->name, entry->summary);
      return;
    case v1::List::DRIVERS:
      for (const DriverEntry* entry : driver_registry()) add(entry->name, entry->summary);
      return;
    default: break;
  }
  set_error({Code::kInvalid, "unknown list", "list.what",
             "INSTRUMENTS, TOPICS, PIPELINES, BLOCKS, DRIVERS"},
            reply);
}

// A topic or pipeline; an instrument or one of its streams; a block; a driver: the first of that name.
bool Verbs::find_described(const v1::Describe& request, v1::DescribeReply& out) const {
  const std::string& name = request.name();
  const auto may_be = [&](v1::List::What kind) {
    return !request.has_kind() || request.kind() == kind;
  };
  for (const auto& [pipeline, active] : daemon_.active()) {
    if (active.info == nullptr) continue;
    const bool is_it = (may_be(v1::List::TOPICS) && active.info->topic == name) ||
                       (may_be(v1::List::PIPELINES) && pipeline == name);
    if (is_it) return out.mutable_stream()->ParseFromString(active.info->descriptor);
  }
  const std::string instrument = name.substr(0, name.find('/'));
  const auto found = daemon_.acquires().find(instrument);
  if (may_be(v1::List::INSTRUMENTS) && found != daemon_.acquires().end()) {
    v1::InstrumentDescriptor described;
    describe_instrument(*found->second, described);
    if (instrument == name) {
      *out.mutable_instrument() = std::move(described);
      return true;
    }
    for (const v1::StreamDescriptor& stream : described.streams()) {
      if (instrument + "/" + stream.name() != name) continue;
      *out.mutable_stream() = stream;
      return true;
    }
  }
  if (const BlockEntry* block = may_be(v1::List::BLOCKS) ? find_block(name) : nullptr) {
    describe_block(*block, *out.mutable_plug_in());
    return true;
  }
  if (const DriverEntry* driver = may_be(v1::List::DRIVERS) ? find_driver(name) : nullptr) {
    describe_driver(*driver, *out.mutable_plug_in());
    return true;
  }
  return false;
}

void Verbs::describe(const v1::Describe& request, v1::Reply& reply) const {
  if (find_described(request, *reply.mutable_describe())) return;
  reply.clear_describe();
  const std::string name = request.name().substr(0, 64);
  set_error({Code::kNotFound, "nothing here is called '" + name + "'", "describe.name",
             "a topic, an instrument, instrument/stream, a pipeline, a block or a driver"},
            reply);
}

Table Verbs::told(const SettingPlace& place) const {
  constexpr std::string_view kPrefix = "instrument.";
  if (!place.where.starts_with(kPrefix)) return {};
  const auto found = daemon_.acquires().find(place.where.substr(kPrefix.size()));
  return found == daemon_.acquires().end() ? Table{} : found->second->told();
}

void Verbs::get_all(v1::GetReply& reply) const {
  Config config = daemon_.text().config;
  const auto add = [&](const std::string& path) {
    const auto place = find_setting(config, path);
    ACQ_CHECK(place.has_value());
    add_applied(path, nullptr, *place, told(*place), *reply.add_values());
  };
  for (const auto& [name, instrument] : config.instruments) {
    for (const ParamSpec& spec : find_driver(instrument.driver)->params) {
      add("instrument." + name + "." + std::string(spec.name));
    }
  }
  for (const auto& [name, pipeline] : config.pipelines) {
    for (std::size_t i = 0; i < pipeline.blocks.size(); ++i) {
      for (const ParamSpec& spec : find_block(pipeline.blocks[i].block)->params) {
        add("pipeline." + name + "." + std::to_string(i) + "." + std::string(spec.name));
      }
    }
  }
}

void Verbs::get(const v1::Get& request, v1::Reply& reply) const {
  v1::GetReply& out = *reply.mutable_get();
  out.set_config_revision(daemon_.revision());
  if (request.paths().empty()) return get_all(out);
  Config config = daemon_.text().config;
  for (const std::string& path : request.paths()) {
    const auto place = find_setting(config, path);
    if (!place) return set_error(place.error(), reply);
    add_applied(path, nullptr, *place, told(*place), *out.add_values());
  }
}

void Verbs::set(const Assignments& assignments, bool is_dry_run, v1::Reply& reply) {
  ConfigText text = daemon_.text();
  std::vector<SettingPlace> places;
  for (const v1::Assignment& assignment : assignments) {
    const auto place = find_setting(text.config, assignment.path());
    if (!place) return set_error(place.error(), reply);
    place->table->insert_or_assign(std::string(place->spec->name), from_wire(assignment.value()));
    places.push_back(*place);
  }
  const ApplyResult result = daemon_.apply(text, is_dry_run);
  if (!result.problems.empty()) return set_error(first_of(result.problems), reply);
  v1::SetReply& out = *reply.mutable_set();
  out.set_config_revision(daemon_.revision());
  out.set_change(std::string(to_string(result.change)));
  for (int i = 0; i < assignments.size(); ++i) {
    const Value asked = from_wire(assignments[i].value());
    const SettingPlace& place = places[static_cast<std::size_t>(i)];
    add_applied(assignments[i].path(), &asked, place, told(place), *out.add_applied());
  }
}

void Verbs::negotiate(const Assignments& assignments, v1::Reply& reply) {
  ConfigText text = daemon_.text();
  v1::SetReply& out = *reply.mutable_set();
  std::vector<SettingPlace> places;
  std::vector<std::string> reasons;
  for (const v1::Assignment& assignment : assignments) {
    const auto place = find_setting(text.config, assignment.path());
    if (!place) return set_error(place.error(), reply);
    reasons.emplace_back();
    place->table->insert_or_assign(
        std::string(place->spec->name),
        nearest(*place->spec, from_wire(assignment.value()), reasons.back()));
    places.push_back(*place);
  }
  const ApplyResult result = daemon_.apply(text, true);
  if (!result.problems.empty()) return set_error(first_of(result.problems), reply);
  out.set_config_revision(daemon_.revision());
  out.set_change(std::string(to_string(result.change)));
  for (int i = 0; i < assignments.size(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    const Value asked = from_wire(assignments[i].value());
    v1::Applied& applied = *out.add_applied();
    add_applied(assignments[i].path(), &asked, places[k], {}, applied);
    applied.set_why(reasons[k]);
  }
}

void Verbs::start(const std::string& instrument, v1::Reply& reply) {
  if (const auto done = daemon_.start_instrument(instrument); !done) set_error(done.error(), reply);
}

void Verbs::stop(const std::string& instrument, v1::Reply& reply) {
  if (const auto done = daemon_.stop_instrument(instrument); !done) set_error(done.error(), reply);
}

void Verbs::configure(const v1::Configure& request, v1::Reply& reply) {
  std::string toml = request.toml();
  if (request.what_case() == v1::Configure::kPatch) {
    const auto merged = merge_config_text(to_toml(daemon_.text().config), request.patch());
    if (!merged) return set_error(merged.error(), reply);
    toml = *merged;
  }
  std::vector<Problem> problems;
  ConfigText text = parse_config(toml, "", problems);
  if (!problems.empty()) return report({problems, Change::kNothing}, reply);
  // Whoever names no sockets means those there are.
  const Config& before = daemon_.text().config;
  if (text.config.publish_bind.empty()) text.config.publish_bind = before.publish_bind;
  if (text.config.control_bind.empty()) text.config.control_bind = before.control_bind;
  report(daemon_.apply(std::move(text), request.dry_run()), reply);
}

void Verbs::report(const ApplyResult& result, v1::Reply& reply) const {
  if (!result.problems.empty()) set_error(first_of(result.problems), reply);
  v1::ConfigureReply& out = *reply.mutable_configure();
  for (const Problem& problem : result.problems) {
    v1::Problem& p = *out.add_problems();
    p.set_where(problem.where);
    p.set_field(problem.field);
    p.set_sentence(problem.sentence);
    p.set_allowed(problem.allowed);
  }
  out.set_config_revision(daemon_.revision());
  out.set_change(std::string(to_string(result.change)));
  out.set_toml(to_toml(daemon_.text().config));
}

void Verbs::capture_transport(const v1::CaptureTransport& request, v1::Reply& reply) {
  const auto name =
      daemon_.capture_transport(request.instrument(), {request.seconds(), request.most_bytes()});
  if (!name) return set_error(name.error(), reply);
  reply.mutable_capture()->set_name(*name);
  reply.mutable_capture()->set_file(daemon_.captures().file_of(*name));
}

void Verbs::read_capture(const v1::ReadCapture& request, v1::Reply& reply) const {
  const auto part = daemon_.captures().read(request.name(), request.offset());
  if (!part) return set_error(part.error(), reply);
  v1::CaptureReply& out = *reply.mutable_capture();
  out.set_name(request.name());
  out.set_file(daemon_.captures().file_of(request.name()));
  out.set_is_written(part->is_written);
  out.set_size_bytes(part->file_bytes);
  out.set_not_stored(part->not_stored);
  out.set_part(part->bytes);
}

void Verbs::subscribe_info(v1::Reply& reply) const {
  v1::SubscribeInfoReply& out = *reply.mutable_subscribe_info();
  for (const std::string& endpoint : daemon_.publisher().endpoints()) out.add_endpoints(endpoint);
  for (const auto& [name, active] : daemon_.active()) {
    if (active.info) out.add_topics()->ParseFromString(active.info->descriptor);
  }
}

}  // namespace acq
