// Serial lines and sound cards: what is behind them they do not tell.
#include "drivers/discovery/scan.h"

namespace acq::discovery {

std::vector<Found> found_on_serial(std::span<const SerialPort> ports) {
  std::vector<Found> all;
  for (const SerialPort& port : ports) {
    Found found{.way = "serial", .place = port.node};
    found.title = port.name.empty() ? "serial line" : port.name;
    if (!port.driver.empty()) found.title += " (" + port.driver + ")";
    found.kind = "what is connected is not known";
    found.name = port.node.substr(port.node.rfind('/') + 1);
    found.driver = "scpi_meter";
    found.stream = "reading";
    for (const char* baud : {"9600", "115200"})
      found.addresses.push_back("serial://" + port.path + "?baud=" + baud);
    found.entries = {{"address", found.addresses.front()}};
    found.remark =
        "for a multimeter with a protocol of its own: driver = \"serial_dmm\", port and meter; for "
        "Modbus: driver = \"modbus\"";
    all.push_back(std::move(found));
  }
  return all;
}

std::vector<Found> found_in_audio(std::span<const SoundCard> cards) {
  std::vector<Found> all;
  for (const SoundCard& card : cards) {
    all.push_back({.way = "audio",
                   .place = card.device,
                   .title = card.name.empty() ? "sound card" : card.name,
                   .kind = "sound card",
                   .name = card.name,
                   .driver = "alsa",
                   .entries = {{"device", card.device}},
                   .stream = "audio",
                   .remark = {}});
  }
  return all;
}

}  // namespace acq::discovery
