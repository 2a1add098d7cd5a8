// Which services are instruments, and the best way to each.
#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "drivers/discovery/kinds.h"
#include "drivers/discovery/scan.h"
#include "drivers/discovery/scpi_found.h"

namespace acq::discovery {
namespace {

constexpr std::string_view kHislip = "_hislip._tcp";
constexpr std::string_view kVxi11 = "_vxi-11._tcp";
constexpr std::string_view kRaw = "_scpi-raw._tcp";
constexpr std::string_view kLxi = "_lxi._tcp";
constexpr std::string_view kIio = "_iio._tcp";
// The best way first. The page of an instrument (LXI) is no way to its measurements.
constexpr std::array kTypes{kHislip, kVxi11, kRaw, kLxi, kIio};

constexpr std::uint16_t kMapperPort = 111;

// Printable, and nothing in it that would end a host in an address. The network of a link-local
// address is told by the system, not by a peer.
bool is_host(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.' || c == ':' || c == '%';
  });
}

std::string host_of(const dns::Service& service) {
  return service.address.empty() ? service.host : service.address;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string text_of(const dns::Service& service, const std::string& key) {
  const auto text = service.texts.find(key);
  return text == service.texts.end() ? std::string() : text->second;
}

std::string address_of(const dns::Service& service) {
  const std::string host = bracketed(host_of(service));
  const std::string port = std::to_string(service.port);
  if (service.type == kHislip) return "hislip://" + host + ":" + port + "/hislip0";
  if (service.type == kRaw) return "tcp://" + host + ":" + port;
  // VXI-11 tells the port of its port mapper.
  return "vxi11://" + host + "/inst0" + (service.port == kMapperPort ? "" : "?mapper=" + port);
}

// The services of one instrument: those of one host.
struct Instrument {
  std::vector<const dns::Service*> ways;
  std::string model;  // LXI: its texts tell
  std::string title;
};

std::size_t rank(const dns::Service& service) {
  return static_cast<std::size_t>(std::find(kTypes.begin(), kTypes.end(), service.type) -
                                  kTypes.begin());
}

void note(Instrument& instrument, const dns::Service& service) {
  const std::string model = text_of(service, "model");
  if (instrument.model.empty() && !model.empty()) {
    instrument.model = model;
    instrument.title = text_of(service, "manufacturer");
    instrument.title += (instrument.title.empty() ? "" : " ") + model;
    if (const std::string serial = text_of(service, "serialnumber"); !serial.empty())
      instrument.title += ", serial " + serial;
  }
  instrument.ways.push_back(&service);
}

// Of its web page alone nothing is known but that something behind it may understand SCPI.
void guess(Found& found, Kind kind, const dns::Service& page) {
  const std::string host = bracketed(host_of(page));
  found.kind = to_string(kind);
  found.scpi_kind = kind;
  found.addresses = {"vxi11://" + host, "tcp://" + host + ":5025"};
  found.remark = "tells of its web page alone; try address = \"" + found.addresses[0] + "\" or \"" +
                 found.addresses[1] + "\"";
}

Found found_from(Instrument& instrument) {
  // Of one type, in the order in which they were told.
  std::sort(instrument.ways.begin(), instrument.ways.end(), [](const auto* a, const auto* b) {
    return std::pair(rank(*a), a) < std::pair(rank(*b), b);
  });
  const dns::Service& service = *instrument.ways.front();
  Found found{.way = "lan", .place = host_of(service) + " " + std::to_string(service.port)};
  found.title = instrument.title.empty() ? service.instance : instrument.title;
  found.title += " at " + service.host;
  found.name = instrument.model.empty() ? service.instance : instrument.model;
  const Kind kind = kind_of_model(instrument.model.empty() ? service.instance : instrument.model);
  if (service.type == kLxi) {
    guess(found, kind, service);
    return found;
  }
  for (const dns::Service* way : instrument.ways)
    if (way->type != kLxi) found.addresses.push_back(address_of(*way));
  use_scpi(found, kind, found.addresses.front());
  return found;
}

Found iio_found(const dns::Service& service) {
  Found found{.way = "lan", .place = host_of(service) + " " + std::to_string(service.port)};
  found.title = service.instance + " at " + service.host;
  found.kind = "devices behind iiod";
  found.name = service.host.substr(0, service.host.find('.'));
  found.driver = "iiod";
  found.stream = "scan";
  found.entries = {{"host", host_of(service)}, {"port", std::to_string(service.port)}};
  found.remark = "with more than one device: device = \"NAME\" chooses one";
  return found;
}

}  // namespace

std::span<const std::string_view> service_types() noexcept {
  return kTypes;
}

std::vector<Found> found_on_lan(std::span<const dns::Service> services) {
  std::vector<Found> all;
  std::map<std::string, Instrument> instruments;  // by host
  for (const dns::Service& service : services) {
    if (!is_host(host_of(service))) continue;  // no name of a host: a broken peer
    if (service.type == kIio) {
      all.push_back(iio_found(service));
    } else {
      note(instruments[host_of(service)], service);
    }
  }
  for (auto& [host, instrument] : instruments) all.push_back(found_from(instrument));
  return all;
}

}  // namespace acq::discovery
