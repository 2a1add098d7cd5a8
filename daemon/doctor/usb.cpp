// USB instruments: the right to open them, who has them, memory for their transfers, firmware.
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "daemon/doctor/finding.h"
#include "drivers/discovery/kinds.h"
#include "drivers/discovery/scan.h"
#include "drivers/transport/usb_reader.h"

namespace acq::doctor {
namespace {

using discovery::UsbDevice;

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kUsbtmcBytes = kMiB;  // of its few transfers, generously
constexpr const char* kRules = "60-acqd.rules";

bool has_rules(const discovery::Root& root) {
  constexpr std::array kFolders{"/etc/udev/rules.d/", "/run/udev/rules.d/", "/lib/udev/rules.d/",
                                "/usr/lib/udev/rules.d/"};
  return std::any_of(kFolders.begin(), kFolders.end(), [&](const std::string& folder) {
    return std::filesystem::exists(root.at(folder + kRules));
  });
}

void check_rights(const Machine& machine, const UsbDevice& device, const std::string& subject,
                  Findings& findings) {
  const std::string node = machine.root.at(device.node);
  const std::string rights = rights_text(node);
  if (rights.empty()) {
    findings.push_back({Level::kProblem,
                        "usb_rights",
                        subject,
                        "there is no " + device.node +
                            ": in a container or a sandbox USB has to be "
                            "passed on",
                        {"ls -l /dev/bus/usb"}});
    return;
  }
  if (is_open_to_us(node)) {
    findings.push_back({Level::kGood, "usb_rights", subject, machine.user + " may open it"});
    return;
  }
  Finding finding{Level::kProblem, "usb_rights", subject,
                  machine.user + " may not open " + device.node + " (" + rights + ")"};
  if (!has_rules(machine.root)) {
    finding.sentence += "; the udev rules of acqd are not installed";
    finding.remedy.push_back("sudo cp systemd/60-acqd.rules /etc/udev/rules.d/");
  }
  finding.remedy.push_back("sudo adduser " + machine.user + " acqd");
  finding.remedy.push_back("sudo udevadm control --reload");
  finding.remedy.push_back("sudo udevadm trigger --subsystem-match=usb --action=change");
  findings.push_back(std::move(finding));
}

void check_claims(const UsbDevice& device, const std::string& subject, Findings& findings) {
  for (const UsbDevice::Interface& interface : device.interfaces) {
    if (interface.driver.empty()) continue;
    const std::string which = subject + ", interface " + std::to_string(interface.number);
    const std::string path = "/sys/bus/usb/devices/" + device.port_path + "/";
    if (interface.driver == "usbfs") {
      findings.push_back({Level::kNote,
                          "usb_claimed",
                          which,
                          "a program has it open; acqd, if it is that program, and nobody else may",
                          {"sudo fuser -v " + device.node}});
    } else if (interface.driver == "dvb_usb_rtl28xxu") {
      findings.push_back(
          {Level::kProblem,
           "usb_claimed",
           which,
           "the kernel uses it for television (dvb_usb_rtl28xxu)",
           {"echo 'blacklist dvb_usb_rtl28xxu' | sudo tee /etc/modprobe.d/acqd-radio.conf",
            "sudo modprobe -r dvb_usb_rtl28xxu"}});
    } else {
      findings.push_back({Level::kNote,
                          "usb_claimed",
                          which,
                          "the kernel's driver " + interface.driver +
                              " has it; acqd takes it from there while it runs",
                          {"sudo modprobe -r " + interface.driver}});
    }
  }
}

// What the transfers of an instrument may hold at most.
std::size_t needed_bytes(const InstrumentConfig& instrument) {
  if (!instrument.is_enabled) return 0;
  if (instrument.driver == "fx2lafw") return usb::kMostAheadBytes;
  const auto address = instrument.params.find("address");
  if (address == instrument.params.end()) return 0;
  const auto* text = std::get_if<std::string>(&address->second);
  return text != nullptr && text->starts_with("usb://") ? kUsbtmcBytes : 0;
}

}  // namespace

void check_usb(const Machine& machine, Findings& findings) {
  const std::vector<UsbDevice> devices = discovery::usb_devices(machine.root);
  int instruments = 0;
  for (const UsbDevice& device : devices) {
    const auto found = discovery::found_on_usb({&device, 1});
    if (found.empty()) continue;
    ++instruments;
    const std::string subject = device.port_path + " " + found.front().title;
    check_rights(machine, device, subject, findings);
    check_claims(device, subject, findings);
  }
  if (instruments == 0)
    findings.push_back({Level::kNote,
                        "usb_rights",
                        "USB",
                        "no instrument is plugged in",
                        {"acqctl scan --usb", "lsusb"}});
}

void check_usb_memory(const Machine& machine, Findings& findings) {
  std::size_t needed = 0;
  for (const auto& [name, instrument] : machine.config.instruments)
    needed += needed_bytes(instrument);
  if (needed == 0) return;
  constexpr std::string_view kPath = "/sys/module/usbcore/parameters/usbfs_memory_mb";
  const std::string text = discovery::read_line(machine.root.at(kPath));
  std::size_t allowed_mb = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), allowed_mb);
  const std::string subject = "memory for USB transfers";
  const std::size_t needed_mb = (needed + kMiB - 1) / kMiB;
  if (error != std::errc{} || stop != text.data() + text.size()) {
    findings.push_back({Level::kNote, "usb_memory", subject,
                        std::string(kPath) +
                            " cannot be read; usbfs allows 16 MiB unless told "
                            "otherwise, and the instruments configured may take " +
                            std::to_string(needed_mb) + " MiB"});
  } else if (allowed_mb == 0 || needed_mb <= allowed_mb) {  // 0: no limit
    findings.push_back(
        {Level::kGood, "usb_memory", subject,
         "the instruments configured take " + std::to_string(needed_mb) +
             " MiB at "
             "most, usbfs allows " +
             (allowed_mb == 0 ? "any amount" : std::to_string(allowed_mb) + " MiB")});
  } else {
    const std::string wanted = std::to_string(2 * needed_mb);
    findings.push_back({Level::kProblem,
                        "usb_memory",
                        subject,
                        "the instruments configured may take " + std::to_string(needed_mb) +
                            " MiB, usbfs allows " + std::to_string(allowed_mb) +
                            " MiB for all devices together",
                        {"echo " + wanted + " | sudo tee " + std::string(kPath),
                         "echo 'options usbcore usbfs_memory_mb=" + wanted +
                             "' | sudo tee /etc/modprobe.d/acqd-usb.conf"}});
  }
}

void check_firmware(const Machine& machine, Findings& findings) {
  bool is_needed = std::any_of(machine.config.instruments.begin(), machine.config.instruments.end(),
                               [](const auto& one) { return one.second.driver == "fx2lafw"; });
  for (const UsbDevice& device : discovery::usb_devices(machine.root)) {
    const auto* known = discovery::find_known_usb(device.vendor_id, device.product_id);
    is_needed = is_needed || (known != nullptr && known->kind == discovery::Kind::kLogic);
  }
  if (!is_needed) return;
  constexpr std::string_view kFolder = "/usr/share/sigrok-firmware";
  const auto names = discovery::names_in(machine.root.at(kFolder));
  const bool is_there = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with("fx2lafw-") && name.ends_with(".fw");
  });
  if (is_there) {
    findings.push_back(
        {Level::kGood, "firmware", "FX2 boards", "their firmware is in " + std::string(kFolder)});
  } else {
    findings.push_back({Level::kProblem,
                        "firmware",
                        "FX2 boards",
                        "an FX2 board needs firmware, and there is none in " + std::string(kFolder),
                        {"sudo apt install sigrok-firmware-fx2lafw"}});
  }
}

}  // namespace acq::doctor
