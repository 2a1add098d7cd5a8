// acqctl status: how the daemon is doing.
#include <cstdio>
#include <memory>

#include "clients/tools/acqctl/accounts.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/table.h"
#include "clients/tools/acqctl/values.h"
#include "proto/text.h"

namespace acq::tool {
namespace {

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

std::string mean_text(std::uint64_t total_ns, std::uint64_t count) {
  return count == 0 ? "-" : si_text(seconds(total_ns) / static_cast<double>(count), "s");
}

std::string uptime_text(std::int64_t ns) {
  const std::int64_t s = ns / 1'000'000'000;
  char text[48];
  std::snprintf(text, sizeof text, "%lld d %02lld:%02lld:%02lld", static_cast<long long>(s / 86400),
                static_cast<long long>(s / 3600 % 24), static_cast<long long>(s / 60 % 60),
                static_cast<long long>(s % 60));
  return text;
}

std::string head_text(const v1::Status& status) {
  std::string text = cleaned(status.version()) + ", up " + uptime_text(status.uptime_ns()) +
                     ", configuration " + std::to_string(status.config_revision()) + ", " +
                     si_text(static_cast<double>(status.rss_bytes()), "B") + " resident, run " +
                     cleaned(status.run_id()) + "\n" + std::to_string(status.publisher_peers()) +
                     " subscriptions, " + std::to_string(status.control_requests()) +
                     " requests, " + std::to_string(status.control_refused()) + " refused\n";
  for (const std::string& note : status.notes()) text += "note: " + cleaned(note) + "\n";
  return text;
}

std::string instruments_text(const v1::Status& status) {
  Table table({{"INSTRUMENT"},
               {"STATE"},
               {"RATE", Align::kRight},
               {"EPOCH", Align::kRight},
               {"RECONNECTS", Align::kRight},
               {"POOL FREE", Align::kRight},
               {"LAST ERROR"}});
  for (const v1::InstrumentStatus& instrument : status.instruments()) {
    double rate_hz = 0;
    for (const v1::StreamStatus& stream : instrument.streams()) rate_hz += stream.rate_hz();
    table.add({instrument.name(), word(v1::InstrumentDescriptor::State_Name(instrument.state())),
               si_text(rate_hz, "S/s"), std::to_string(instrument.epoch()),
               std::to_string(instrument.reconnects()),
               std::to_string(instrument.pool_low_water()) + "/" +
                   std::to_string(instrument.pool_packets()),
               instrument.last_error()});
  }
  return table.is_empty() ? "no instruments\n" : table.str();
}

std::string pipelines_text(const v1::Status& status) {
  Table table({{"PIPELINE"},
               {"TOPIC"},
               {"STATE"},
               {"SUBS", Align::kRight},
               {"FRAMES", Align::kRight},
               {"RATE", Align::kRight},
               {"SENT", Align::kRight},
               {"DROPPED FRAMES", Align::kRight},
               {"SAMPLES", Align::kRight},
               {"SEND ERRORS", Align::kRight}});
  for (const v1::PipelineStatus& pipeline : status.pipelines()) {
    table.add({pipeline.name(), pipeline.topic().empty() ? "-" : pipeline.topic(),
               pipeline.active() ? "active" : "idle", std::to_string(pipeline.subscribers()),
               std::to_string(pipeline.frames()), si_text(pipeline.frame_rate_hz(), "1") + "/s",
               si_text(static_cast<double>(pipeline.bytes()), "B"),
               std::to_string(pipeline.dropped_frames()),
               std::to_string(pipeline.dropped_samples()), std::to_string(pipeline.send_errors())});
  }
  return table.is_empty() ? "no pipelines\n" : table.str();
}

std::string workers_text(const v1::Status& status) {
  Table table({{"WORKER"},
               {"PACKETS", Align::kRight},
               {"WAIT", Align::kRight},
               {"WORST", Align::kRight},
               {"BUSY", Align::kRight},
               {"WORST", Align::kRight},
               {"SWAPS", Align::kRight}});
  for (const v1::WorkerStatus& worker : status.workers()) {
    table.add({worker.name(), std::to_string(worker.packets()),
               mean_text(worker.wait_ns(), worker.packets()),
               si_text(seconds(worker.worst_wait_ns()), "s"),
               mean_text(worker.busy_ns(), worker.packets()),
               si_text(seconds(worker.worst_busy_ns()), "s"), std::to_string(worker.swaps())});
  }
  return table.is_empty() ? "no workers\n" : table.str();
}

std::string blocks_text(const v1::Status& status) {
  Table table({{"PIPELINE"},
               {"BLOCK"},
               {"CALLS", Align::kRight},
               {"BUSY", Align::kRight},
               {"WORST", Align::kRight}});
  for (const v1::PipelineStatus& pipeline : status.pipelines()) {
    for (const v1::BlockStatus& block : pipeline.blocks()) {
      table.add({pipeline.name(), block.block(), std::to_string(block.calls()),
                 mean_text(block.busy_ns(), block.calls()),
                 si_text(seconds(block.worst_ns()), "s")});
    }
  }
  return table.is_empty() ? "no blocks\n" : table.str();
}

Result<int> run_status(const Options& options) {
  auto control = connect_control(options);
  if (!control) return tl::unexpected(control.error());
  const auto status = control->status();
  if (!status) return tl::unexpected(status.error());
  return print_reply(options, *status, [&] {
    return head_text(*status) + "\n" + instruments_text(*status) + "\n" + accounts_text(*status) +
           "\n" + pipelines_text(*status) + "\n" + workers_text(*status) + "\n" +
           blocks_text(*status) +
           (status->recordings().empty() ? "" : "\n" + recordings_text(status->recordings()));
  });
}

}  // namespace

void add_status(CLI::App& app, Action& action) {
  auto* status = app.add_subcommand(
      "status", "Show states, sums of samples, rates, times and losses of the daemon");
  status->callback([&action] { action = run_status; });
}

}  // namespace acq::tool
