// acqctl describe: one topic, instrument, stream, block or driver, whole.
#include "clients/tools/acqctl/describe.h"

#include <fmt/format.h>

#include <memory>

#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"
#include "clients/tools/acqctl/values.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

// "name  value" lines, those without a value left out.
class Facts {
 public:
  Facts& add(const std::string& name, const std::string& value) {
    if (!value.empty())
      text_ +=
          name + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') + cleaned(value) + "\n";
    return *this;
  }
  [[nodiscard]] const std::string& str() const noexcept { return text_; }

 private:
  std::string text_;
};

std::string rate_text(const v1::Rational& rate) {
  if (rate.num() == 0 || rate.den() == 0) return "";
  return si_text(static_cast<double>(rate.num()) / static_cast<double>(rate.den()), "S/s");
}

std::string delay_text(const v1::Rational& delay) {
  if (delay.num() == 0 || delay.den() == 0) return "";
  const double samples = static_cast<double>(delay.num()) / static_cast<double>(delay.den());
  return si_text(samples, "1") + " samples at the input rate";
}

std::string range_text(const v1::Channel& channel) {
  if (channel.range_min() >= channel.range_max()) return "";
  return si_text(channel.range_min(), channel.unit()) + " to " +
         si_text(channel.range_max(), channel.unit());
}

std::string channels_text(const v1::StreamDescriptor& stream) {
  Table table({{"CHANNEL"},
               {"LABEL"},
               {"QUANTITY"},
               {"UNIT"},
               {"RANGE"},
               {"SCALE", Align::kRight},
               {"OFFSET", Align::kRight}});
  for (const v1::Channel& channel : stream.channels()) {
    table.add({channel.id(), channel.label(), channel.quantity(), channel.unit(),
               range_text(channel), si_text(channel.scale(), "1"), si_text(channel.offset(), "1")});
  }
  return table.is_empty() ? "" : "\n" + table.str();
}

// What the channels can be traced to; nothing where nobody calibrated them.
std::string calibrations_text(const v1::StreamDescriptor& stream) {
  Table table({{"CALIBRATED"}, {"CERTIFICATE"}, {"DATE"}, {"DUE"}, {"COEFFICIENTS"}});
  for (const v1::Channel& channel : stream.channels()) {
    if (!channel.has_calibration()) continue;
    const v1::Calibration& calibration = channel.calibration();
    table.add({channel.id(), calibration.id().empty() ? "none" : calibration.id(),
               calibration.date(), calibration.due(), fmt::format("{:016x}", calibration.hash())});
  }
  return table.is_empty() ? "" : "\n" + table.str();
}

std::string pipeline_text(const v1::StreamDescriptor& stream) {
  Table table({{"STEP", Align::kRight}, {"BLOCK"}, {"TAP"}, {"PARAMETERS"}});
  for (int i = 0; i < stream.pipeline_size(); ++i) {
    const v1::PipelineStep& step = stream.pipeline(i);
    // The schema's map has no order: shown sorted.
    const std::map<std::string, std::string> sorted(step.parameters().begin(),
                                                    step.parameters().end());
    std::string parameters;
    for (const auto& [name, value] : sorted) {
      parameters += (parameters.empty() ? "" : ", ") + name + " = " + value;
    }
    table.add({std::to_string(i), step.block(), step.tap(), parameters});
  }
  return table.is_empty() ? "" : "\n" + table.str();
}

std::string axes_text(const v1::StreamDescriptor& stream) {
  std::string text;
  for (const v1::Axis& axis : stream.axes()) {
    if (axis.rule() == v1::Axis::LIST) {
      text += (text.empty() ? "" : "; ") + axis.name() + " in " + axis.unit() + " at " +
              std::to_string(axis.values_size()) + " listed positions";
      continue;
    }
    text += (text.empty() ? "" : "; ") + axis.name() + " from " +
            si_text(axis.start(), axis.unit()) +
            (axis.rule() == v1::Axis::LOG ? ", times " + si_text(axis.step(), "1")
                                          : " in steps of " + si_text(axis.step(), axis.unit()));
  }
  return text;
}

std::string results_text(const v1::StreamDescriptor& stream) {
  std::string text;
  for (int i = 0; i < stream.result_names_size(); ++i) {
    const std::string unit = i < stream.result_units_size() ? stream.result_units(i) : "";
    text += (text.empty() ? "" : ", ") + stream.result_names(i);
    if (!unit.empty() && unit != "1") text += " (" + unit + ")";
  }
  return text;
}

Result<int> run_describe(const Options& options, const std::string& name) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  const auto reply = control->describe(name);
  if (!reply) return tl::unexpected(reply.error());
  return print_reply(options, *reply, [&] {
    switch (reply->what_case()) {
      case v1::DescribeReply::kStream: return describe_text(reply->stream());
      case v1::DescribeReply::kInstrument: return describe_text(reply->instrument());
      case v1::DescribeReply::kPlugIn: return describe_text(reply->plug_in());
      case v1::DescribeReply::WHAT_NOT_SET: break;
    }
    return std::string("nothing known\n");
  });
}

}  // namespace

std::string settings_text(const google::protobuf::RepeatedPtrField<v1::Setting>& settings) {
  Table table({{"SETTING"}, {"VALUE"}, {"DEFAULT"}, {"LIVE"}, {"TEXT"}, {"ALLOWED"}});
  for (const v1::Setting& setting : settings) {
    const std::string value = setting.coerced().empty() ? setting.value() : setting.coerced();
    table.add({setting.name(), value, setting.required() ? "(required)" : setting.default_value(),
               setting.live() ? "yes" : "no", setting.text(), allowed_text(setting)});
  }
  return table.is_empty() ? "" : "\n" + table.str();
}

std::string describe_text(const v1::StreamDescriptor& stream) {
  Facts facts;
  facts.add("topic", stream.topic())
      .add("source", stream.source())
      .add("kind", word(v1::Kind_Name(stream.kind())))
      .add("dtype", word(v1::Dtype_Name(stream.dtype())))
      .add("rate", rate_text(stream.rate_hz()))
      .add("axes", axes_text(stream))
      .add("results", results_text(stream))
      .add("group delay", delay_text(stream.group_delay()))
      .add("published", stream.on_demand() ? "while somebody subscribes" : "always")
      .add("software", stream.software());
  return facts.str() + channels_text(stream) + calibrations_text(stream) + pipeline_text(stream);
}

std::string describe_text(const v1::InstrumentDescriptor& instrument) {
  Facts facts;
  facts.add("instrument", instrument.name())
      .add("driver", instrument.driver())
      .add("vendor", instrument.vendor())
      .add("model", instrument.model())
      .add("serial", instrument.serial())
      .add("firmware", instrument.firmware())
      .add("transport", instrument.transport())
      .add("state", word(v1::InstrumentDescriptor::State_Name(instrument.state())))
      .add("last error", instrument.last_error())
      .add("epoch", std::to_string(instrument.epoch()))
      .add("loss report", word(v1::InstrumentDescriptor::LossReport_Name(instrument.loss_report())))
      .add("read back", instrument.settings_read_back() ? "yes" : "no");
  std::string text = facts.str();
  for (const v1::StreamDescriptor& stream : instrument.streams()) {
    text += "\nstream " + cleaned(stream.name()) + ", " + rate_text(stream.rate_hz()) + ", " +
            word(v1::Dtype_Name(stream.dtype())) + channels_text(stream);
  }
  return text + settings_text(instrument.settings());
}

std::string describe_text(const v1::PlugInDescriptor& plug_in) {
  std::string header = plug_in.header();
  if (!header.empty() && header.back() != '\n') header += '\n';
  return cleaned(plug_in.name()) + ": " + cleaned(plug_in.summary()) + "\n" +
         settings_text(plug_in.params()) + (header.empty() ? "" : "\n" + header);
}

void add_describe(CLI::App& app, Action& action) {
  auto* describe = app.add_subcommand("describe", "Describe one thing whole");
  auto name = std::make_shared<std::string>();
  describe
      ->add_option("name", *name,
                   "a topic, an instrument, INSTRUMENT/STREAM, a pipeline, a block or a driver")
      ->required();
  describe->callback([&action, name] {
    action = [name](const Options& options) { return run_describe(options, *name); };
  });
}

}  // namespace acq::tool
