// acqd scan: what instruments there are, as a configuration.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "daemon/commands.h"
#include "drivers/discovery/identify.h"
#include "drivers/discovery/mdns.h"
#include "drivers/discovery/near.h"
#include "drivers/discovery/scan.h"
#include "drivers/scpi/profiles.h"
#include "dsp/base/clock.h"

namespace acq {
namespace {

using discovery::Found;

struct Options {
  bool is_json = false;
  bool usb = false;
  bool lan = false;
  bool serial = false;
  bool audio = false;
  bool no_ask = false;
  bool ask_serial = false;
  bool ask_far = false;
  double timeout_s = 3;
  discovery::Root root;

  [[nodiscard]] bool has_choice() const { return usb || lan || serial || audio; }
  // Writing to an unknown serial line may disturb what is there: only where it is wanted.
  [[nodiscard]] bool asks(const Found& found) const {
    return found.way == "serial" ? ask_serial : !no_ask;
  }
};

void append(std::vector<Found> more, std::vector<Found>& all) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// 0, or the status of a network that was asked for and is not there.
int scan_lan(const Options& options, std::vector<Found>& all) {
  const auto timeout_ns = static_cast<std::int64_t>(options.timeout_s * 1e9);
  const Clock& clock = system_clock();
  const auto services = dns::browse(discovery::service_types(), Until{clock.now_ns() + timeout_ns});
  if (services) {
    append(discovery::found_on_lan(*services), all);
    return 0;
  }
  std::fprintf(stderr, "scan: %s\n", to_string(services.error()).c_str());
  return options.lan ? static_cast<int>(services.error().code) : 0;
}

// All at the same time and with one deadline: however many are silent, they cost it once.
void ask_all(const Options& options, std::vector<Found>& all) {
  constexpr std::int64_t kAnswers_ns = 3'000'000'000;
  constexpr std::size_t kMostAsked = 64;
  const auto profiles = scpi::load_profiles("");
  ACQ_CHECK(profiles.has_value());  // those built in
  const std::vector<discovery::Subnet> own = discovery::own_subnets();
  const Until until{system_clock().now_ns() + kAnswers_ns};
  std::vector<std::jthread> threads;
  for (Found& found : all) {
    if (!options.asks(found) || found.addresses.empty()) continue;
    if (found.way == "lan" && !options.ask_far) discovery::leave_out_far(found, own);
    if (found.addresses.empty()) continue;
    if (threads.size() == kMostAsked) {
      found.remark +=
          (found.remark.empty() ? "" : "; ") + std::string("not asked: one of too many");
      continue;
    }
    threads.emplace_back([&] { ask_identity(found, until, *profiles); });
  }
}

std::string json_of(const std::vector<Found>& all) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Found& found : all) {
    list.push_back({{"way", found.way},
                    {"place", found.place},
                    {"title", found.title},
                    {"kind", found.kind},
                    {"name", found.name},
                    {"driver", found.driver},
                    {"identity", found.identity},
                    {"remark", found.remark},
                    {"config", discovery::snippet(found)}});
  }
  // What devices tell of themselves need not be UTF-8.
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string text_of(const std::vector<Found>& all) {
  if (all.empty()) return "# no instrument was found\n";
  std::string text;
  for (const Found& found : all) text += (text.empty() ? "" : "\n") + discovery::snippet(found);
  return text;
}

int scan(const Options& options) {
  const bool is_all = !options.has_choice();
  std::vector<Found> all;
  if (is_all || options.usb) append(found_on_usb(discovery::usb_devices(options.root)), all);
  if (is_all || options.serial) append(found_on_serial(discovery::serial_ports(options.root)), all);
  if (is_all || options.audio) append(found_in_audio(discovery::sound_cards(options.root)), all);
  const int status = is_all || options.lan ? scan_lan(options, all) : 0;
  // The devices of another folder are not this machine's to be opened.
  if (options.root.folder.empty()) ask_all(options, all);
  discovery::make_names_unique(all);
  const std::string text = options.is_json ? json_of(all) : text_of(all);
  std::fputs(text.c_str(), stdout);
  return status;
}

}  // namespace

void add_scan(CLI::App& app, Command& command) {
  auto* scan_command =
      app.add_subcommand("scan", "Find instruments and print a configuration that uses them");
  auto options = std::make_shared<Options>();
  scan_command->add_flag("--json", options->is_json, "print JSON");
  scan_command->add_flag("--usb", options->usb, "look on USB; with no choice: everywhere");
  scan_command->add_flag("--lan", options->lan, "ask the local network (multicast DNS)");
  scan_command->add_flag("--serial", options->serial, "list serial lines");
  scan_command->add_flag("--audio", options->audio, "list sound cards");
  scan_command->add_flag("--no-ask", options->no_ask,
                         "do not ask instruments on USB and the network who they are (*IDN?)");
  auto* ask_serial = scan_command->add_flag("--ask-serial", options->ask_serial,
                                            "ask serial lines too: writes to what is connected");
  scan_command->add_flag("--ask-far", options->ask_far,
                         "ask what is announced beyond this machine's own networks too");
  scan_command->add_option("--timeout", options->timeout_s, "seconds to wait for the network")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  scan_command
      ->add_option("--root", options->root.folder,
                   "look at the /sys, /dev and /proc below this folder; asks nobody")
      ->excludes(ask_serial);
  scan_command->callback([&command, options] { command = [options] { return scan(*options); }; });
}

}  // namespace acq
