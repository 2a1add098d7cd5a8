#include "drivers/discovery/scpi_found.h"

namespace acq::discovery {

void use_scpi(Found& found, Kind kind, std::string address) {
  found.kind = to_string(kind);
  found.scpi_kind = kind;
  found.driver.clear();
  found.remark.clear();
  if (found.addresses.empty()) found.addresses = {address};
  found.entries = {{"address", std::move(address)}};
  found.stream = "reading";
  switch (kind) {
    case Kind::kScope:
      found.driver = "scope";
      found.stream = "wave";
      return;
    case Kind::kMeter: found.driver = "scpi_meter"; return;
    case Kind::kCounter: found.driver = "scpi_counter"; return;
    case Kind::kSupply: found.driver = "scpi_supply"; return;
    case Kind::kGenerator: found.driver = "scpi_generator"; return;
    case Kind::kOtherScpi: found.remark = "no driver measures with this kind of instrument"; return;
    default:
      found.driver = "scpi_meter";
      found.remark =
          "what it measures is not known: scope, scpi_counter, scpi_supply and scpi_generator are "
          "the other drivers for it";
  }
}

}  // namespace acq::discovery
