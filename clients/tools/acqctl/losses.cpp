#include "clients/tools/acqctl/losses.h"

namespace acq::tool {

std::string reasons_text(const Gap& gap) {
  std::string text;
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    if ((gap.reasons & (1U << bit)) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(gap_reason_name(bit));
  }
  return text;
}

std::string losses_text(const client::Losses& losses, const client::Malformed& malformed) {
  const auto count = [](std::uint64_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  };
  std::string text = count(losses.frames, "frame") + ", " + count(losses.samples, "sample") +
                     "; lost in transport " + count(losses.transport_frames, "frame");
  if (losses.transport_samples > 0) {
    text += " (" + std::string(losses.transport_samples_exact ? "" : "at least ") +
            count(losses.transport_samples, "sample") + ")";
  }
  text += ", upstream " + std::string(losses.upstream.is_exact ? "" : "about ") +
          count(losses.upstream.samples, "sample");
  if (losses.upstream.reasons != 0) text += " (" + reasons_text(losses.upstream) + ")";
  if (losses.unannounced_samples > 0) {
    text += ", skipped unannounced " + count(losses.unannounced_samples, "sample");
  }
  if (losses.epochs > 0) text += "; " + count(losses.epochs, "new epoch");
  if (losses.restarts > 0) text += "; " + count(losses.restarts, "restart");
  if (losses.index_faults > 0) text += "; " + count(losses.index_faults, "index fault");
  if (malformed.total() > 0) {
    text += "; " + count(malformed.total(), "malformed message") + ", the last: " + malformed.last;
  }
  return text;
}

void write_losses(const client::Losses& losses, JsonWriter& json) {
  json.key("frames").integer(losses.frames).key("samples").integer(losses.samples);
  json.key("transport_frames").integer(losses.transport_frames);
  json.key("transport_samples").integer(losses.transport_samples);
  json.key("transport_samples_exact").flag(losses.transport_samples_exact);
  json.key("upstream_samples").integer(losses.upstream.samples);
  json.key("upstream_reasons").begin_list();
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    if ((losses.upstream.reasons & (1U << bit)) != 0) json.text(gap_reason_name(bit));
  }
  json.end_list().key("upstream_exact").flag(losses.upstream.is_exact);
  json.key("unannounced_samples").integer(losses.unannounced_samples);
  json.key("index_faults").integer(losses.index_faults);
  json.key("late").integer(losses.late).key("duplicates").integer(losses.duplicates);
  json.key("epochs").integer(losses.epochs).key("restarts").integer(losses.restarts);
}

std::string losses_json(const client::Losses& losses, const client::Malformed& malformed) {
  JsonWriter json;
  json.begin_object();
  write_losses(losses, json);
  json.key("malformed").integer(malformed.total()).end_object();
  return json.str();
}

}  // namespace acq::tool
