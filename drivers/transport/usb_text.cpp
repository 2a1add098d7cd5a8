#include "drivers/transport/usb_text.h"

#include <nlohmann/json.hpp>

namespace acq::usb {

using nlohmann::json;

json to_json(const DeviceInfo& info) {
  json interfaces = json::array();
  for (const Interface& one : info.interfaces) {
    json endpoints = json::array();
    for (const Endpoint& endpoint : one.endpoints)
      endpoints.push_back({{"address", endpoint.address},
                           {"type", static_cast<int>(endpoint.type)},
                           {"packet_bytes", endpoint.packet_bytes}});
    interfaces.push_back({{"number", one.number},
                          {"alternate", one.alternate},
                          {"class", one.class_code.class_code},
                          {"subclass", one.class_code.subclass},
                          {"protocol", one.protocol},
                          {"endpoints", endpoints}});
  }
  return {{"vendor", info.vendor_id},    {"product", info.product_id},
          {"release", info.release},     {"manufacturer", info.manufacturer},
          {"name", info.product},        {"serial", info.serial},
          {"port_path", info.port_path}, {"interfaces", interfaces}};
}

Result<DeviceInfo> device_from_json(const json& device) {
  try {
    DeviceInfo info{.vendor_id = device.at("vendor"),
                    .product_id = device.at("product"),
                    .release = device.at("release"),
                    .manufacturer = device.at("manufacturer"),
                    .product = device.at("name"),
                    .serial = device.at("serial"),
                    .port_path = device.at("port_path"),
                    .interfaces = {}};
    for (const json& one : device.at("interfaces")) {
      Interface interface{.number = one.at("number"),
                          .alternate = one.at("alternate"),
                          .class_code = {one.at("class"), one.at("subclass")},
                          .protocol = one.at("protocol"),
                          .endpoints = {}};
      for (const json& endpoint : one.at("endpoints"))
        interface.endpoints.push_back({endpoint.at("address"),
                                       static_cast<TransferType>(endpoint.at("type").get<int>()),
                                       endpoint.at("packet_bytes")});
      info.interfaces.push_back(std::move(interface));
    }
    return info;
  } catch (const json::exception& error) {
    return fail(Code::kInvalid, std::string("no description of a USB device: ") + error.what());
  }
}

}  // namespace acq::usb
