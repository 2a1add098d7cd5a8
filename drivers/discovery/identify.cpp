#include "drivers/discovery/identify.h"

#include <algorithm>

#include "drivers/discovery/scpi_found.h"
#include "drivers/scpi/open.h"
#include "drivers/scpi/profiles.h"
#include "dsp/base/clock.h"

namespace acq::discovery {
namespace {

bool is_word(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// What else comes from a line, such as what a terminal echoes, names no vendor and no model.
Result<scpi::Identity> ask(const std::string& address, const Until& until) {
  auto link = scpi::open_link(address, until);
  if (!link) return tl::unexpected(link.error());
  scpi::Session session(std::move(*link), {.error_query = "", .answer_bytes = 1024});
  auto identity = session.identify(until);
  if (identity && !(is_word(identity->vendor) && is_word(identity->model)))
    return fail(Code::kInvalid, "the answer to *IDN? names no instrument", address);
  return identity;
}

std::string text_of(const scpi::Identity& identity) {
  std::string text = identity.vendor + " " + identity.model;
  if (!identity.serial.empty()) text += ", serial " + identity.serial;
  if (!identity.firmware.empty()) text += ", firmware " + identity.firmware;
  return text;
}

}  // namespace

void use_identity(Found& found, const std::string& address, const scpi::Identity& identity,
                  std::span<const scpi::Profile> profiles) {
  const auto profile =
      scpi::choose_profile({profiles.begin(), profiles.end()}, "", identity.vendor, identity.model);
  Kind kind = profile ? Kind::kScope : kind_of_model(identity.model);
  if (kind == Kind::kScpi) kind = found.scpi_kind;
  found.identity = text_of(identity);
  // A name begins with a letter, which "34461A" does not.
  const bool is_number = identity.model.front() >= '0' && identity.model.front() <= '9';
  found.name = is_number ? identity.vendor + " " + identity.model : identity.model;
  use_scpi(found, kind, address);
  if (kind == Kind::kCounter)
    found.entries.emplace_back("family", std::string(counter_family(identity.model)));
  if (profile) {
    found.entries.emplace_back("profile", profile->name);
  } else if (kind == Kind::kScope) {
    found.remark = "no profile fits: " + profile.error().allowed + "; or write one";
  }
}

void ask_identity(Found& found, const Until& until, std::span<const scpi::Profile> profiles) {
  std::string reason;
  auto left = static_cast<std::int64_t>(found.addresses.size());
  for (const std::string& address : found.addresses) {
    const std::int64_t now_ns = system_clock().now_ns();
    const std::int64_t share_ns = (until.deadline_ns - now_ns) / left--;
    const auto identity = ask(address, {now_ns + share_ns, until.stop});
    if (identity) return use_identity(found, address, *identity, profiles);
    if (reason.empty()) reason = to_string(identity.error());
  }
  if (reason.empty()) return;
  found.remark += (found.remark.empty() ? "" : "; ") + ("it does not say who it is: " + reason);
}

}  // namespace acq::discovery
