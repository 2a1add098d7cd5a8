// acqctl report: everything for some seconds, then the sums.
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "clients/cpp/subscriber.h"
#include "clients/tools/acqctl/accounts.h"
#include "clients/tools/acqctl/interrupt.h"
#include "clients/tools/acqctl/json.h"
#include "clients/tools/acqctl/losses.h"
#include "clients/tools/acqctl/measure.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"
#include "clients/tools/acqctl/values.h"
#include "proto/limits.h"

namespace acq::tool {
namespace {

struct Request {
  double seconds = 20;
  std::string peaks;
  bool leaves_stopped = false;
};

struct Report {
  Measure measure;
  v1::Status status;
  std::map<std::string, client::Losses> losses;
  std::vector<std::string> silent;
  client::Malformed malformed;
  std::string peaks_topic;

  [[nodiscard]] bool is_good() const { return sums_agree(status) && silent.empty(); }
};

std::vector<std::string> running_instruments(const v1::Status& status) {
  std::vector<std::string> names;
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    if (instrument.state() == v1::InstrumentDescriptor::ACQUIRING ||
        instrument.state() == v1::InstrumentDescriptor::DEGRADED) {
      names.push_back(instrument.name());
    }
  }
  return names;
}

Result<std::vector<std::string>> topics_of(client::Control& control, const std::string& peaks) {
  const auto info = control.subscribe_info();
  if (!info) return tl::unexpected(info.error());
  std::vector<std::string> topics;
  bool has_peaks = peaks.empty();
  for (const v1::StreamDescriptor& topic : info->topics()) {
    if (topic.topic() == peaks && topic.kind() != v1::SPECTRUM) {
      return fail(Code::kInvalid, peaks + " is not a spectrum", "--peaks");
    }
    has_peaks = has_peaks || topic.topic() == peaks;
    topics.push_back(topic.topic());
  }
  if (!has_peaks) return fail(Code::kNotFound, "there is no topic " + peaks, "--peaks");
  if (topics.empty()) return fail(Code::kNotFound, "the daemon publishes no topic");
  if (topics.size() > limits::kTopicsPerPeer) {
    return fail(Code::kOverflow,
                "the daemon publishes " + std::to_string(topics.size()) + " topics", "topics",
                "at most " + std::to_string(limits::kTopicsPerPeer) + " a subscriber");
  }
  return topics;
}

// The status once everything made has been dealt with. While the workers still run, counters read
// one after the other need not agree; a sum that is really short stays so.
Result<v1::Status> settled_status(client::Control& control) {
  constexpr int kTries = 30;
  Result<v1::Status> status = control.status();
  for (int i = 0; i < kTries && status && !sums_agree(*status); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    status = control.status();
  }
  return status;
}

Result<Report> make_report(const Options& options, const Request& request) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  const auto topics = topics_of(*control, request.peaks);
  if (!topics) return tl::unexpected(topics.error());
  const auto before = control->status();
  if (!before) return tl::unexpected(before.error());
  const auto endpoint = data_endpoint(options, *control);
  if (!endpoint) return tl::unexpected(endpoint.error());
  auto subscriber =
      client::Subscriber::connect(*endpoint, {.budget_bytes = std::size_t{256} << 20});
  if (!subscriber) return tl::unexpected(subscriber.error());
  for (const std::string& topic : *topics) {
    if (auto ok = subscriber->subscribe(topic); !ok) return tl::unexpected(ok.error());
  }

  Report report;
  report.peaks_topic = request.peaks;
  catch_interrupts();
  const auto measured = measure(*subscriber, std::chrono::duration<double>(request.seconds),
                                request.peaks, report.measure);
  if (!measured) return tl::unexpected(measured.error());
  const std::vector<std::string> running = running_instruments(*before);
  for (const std::string& name : running) {
    if (auto ok = control->stop(name); !ok) return tl::unexpected(ok.error());
  }
  if (auto ok = drain(*subscriber, report.measure); !ok) return tl::unexpected(ok.error());
  auto status = settled_status(*control);
  if (!status) return tl::unexpected(status.error());
  report.status = std::move(*status);
  for (const std::string& name : running) {
    if (request.leaves_stopped) break;
    if (auto ok = control->start(name); !ok) return tl::unexpected(ok.error());
  }
  for (const std::string& topic : *topics) {
    report.losses[topic] = subscriber->state(topic).losses;
    if (report.measure.topics[topic].frames == 0) report.silent.push_back(topic);
  }
  report.malformed = subscriber->malformed();
  return report;
}

std::string topics_text(const Report& report) {
  Table table({{"TOPIC"},
               {"FRAMES", Align::kRight},
               {"RATE", Align::kRight},
               {"DATA", Align::kRight},
               {"P50", Align::kRight},
               {"P99", Align::kRight},
               {"LOST IN TRANSPORT", Align::kRight},
               {"UPSTREAM", Align::kRight}});
  for (const auto& [name, topic] : report.measure.topics) {
    const client::Losses& losses = report.losses.at(name);
    const double rate = static_cast<double>(topic.latency_s.count()) / report.measure.seconds;
    table.add({name, std::to_string(topic.frames), si_text(rate, "1") + "/s",
               si_text(static_cast<double>(topic.bytes) / report.measure.seconds, "B/s"),
               si_text(topic.latency_s.at(0.5), "s"), si_text(topic.latency_s.at(0.99), "s"),
               std::to_string(losses.transport_frames) + " frames",
               std::to_string(losses.upstream.samples) + " samples"});
  }
  return table.str();
}

std::string peaks_text(const Report& report) {
  if (report.peaks_topic.empty()) return "";
  Table table(
      {{"PEAKS OF " + report.peaks_topic}, {"AT", Align::kRight}, {"HEIGHT", Align::kRight}});
  for (const ChannelPeaks& channel : report.measure.peaks) {
    for (const SpectralPeak& peak : channel.peaks) {
      table.add({channel.channel, si_text(peak.position, channel.x_unit),
                 si_text(peak.height, channel.unit)});
    }
  }
  return "\n" +
         (table.is_empty() ? "no spectrum of " + report.peaks_topic + " came\n" : table.str());
}

std::string report_text(const Report& report) {
  std::string text = accounts_text(report.status) + "\n" + topics_text(report) + peaks_text(report);
  text += sums_agree(report.status) ? "\nevery sample is accounted for\n"
                                    : "\nSAMPLES ARE NOT ACCOUNTED FOR: see DIFFERENCE\n";
  for (const std::string& topic : report.silent) text += "SILENT: " + topic + "\n";
  if (report.malformed.total() > 0) {
    text += std::to_string(report.malformed.total()) +
            " malformed messages, the last: " + report.malformed.last + "\n";
  }
  return text;
}

void write_accounts(const v1::Status& status, JsonWriter& json) {
  json.key("streams").begin_list();
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    for (const v1::StreamStatus& stream : instrument.streams()) {
      for (const v1::ConsumerStatus& consumer : stream.consumers()) {
        json.begin_object().key("stream").text(stream.stream());
        json.key("consumer").text(consumer.worker()).key("made").integer(consumer.made());
        json.key("delivered").integer(consumer.delivered()).key("lost").begin_object();
        for (const v1::LossCount& loss : consumer.lost()) {
          json.key(loss.reason()).integer(loss.samples());
        }
        json.end_object().key("queued").integer(consumer.queued());
        json.key("difference").integer(difference(consumer)).end_object();
      }
    }
  }
  json.end_list();
}

std::string report_json(const Report& report) {
  JsonWriter json;
  json.begin_object().key("seconds").number(report.measure.seconds);
  write_accounts(report.status, json);
  json.key("topics").begin_list();
  for (const auto& [name, topic] : report.measure.topics) {
    const double rate = static_cast<double>(topic.latency_s.count()) / report.measure.seconds;
    json.begin_object().key("topic").text(name).key("rate_hz").number(rate);
    json.key("bytes").integer(topic.bytes);
    json.key("latency_p50_s").number(topic.latency_s.at(0.5));
    json.key("latency_p99_s").number(topic.latency_s.at(0.99));
    write_losses(report.losses.at(name), json);
    json.end_object();
  }
  json.end_list().key("peaks").begin_list();
  for (const ChannelPeaks& channel : report.measure.peaks) {
    for (const SpectralPeak& peak : channel.peaks) {
      json.begin_object().key("channel").text(channel.channel).key("x").number(peak.position);
      json.key("x_unit").text(channel.x_unit).key("height").number(peak.height);
      json.key("unit").text(channel.unit).end_object();
    }
  }
  json.end_list().key("silent").begin_list();
  for (const std::string& topic : report.silent) json.text(topic);
  json.end_list().key("malformed").integer(report.malformed.total());
  json.key("sums_agree").flag(sums_agree(report.status));
  json.key("ok").flag(report.is_good()).end_object();
  return json.str() + "\n";
}

Result<int> run_report(const Options& options, const Request& request) {
  const auto report = make_report(options, request);
  if (!report) return tl::unexpected(report.error());
  const auto printed = print(options.is_json ? report_json(*report) : report_text(*report));
  if (!printed) return tl::unexpected(printed.error());
  return report->is_good() ? 0 : kSumsDiffer;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand(
      "report", "Subscribe to every topic for some seconds, stop, and check all sums");
  auto request = std::make_shared<Request>();
  command->add_option("--seconds", request->seconds, "how long to measure")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  command->add_option("--peaks", request->peaks, "name the largest peaks of this spectrum topic");
  command->add_flag("--leave-stopped", request->leaves_stopped,
                    "do not start the instruments again");
  command->callback([&action, request] {
    action = [request](const Options& options) { return run_report(options, *request); };
  });
}

}  // namespace acq::tool
