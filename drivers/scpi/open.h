// Opening the way to an instrument from its address.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/scpi/link.h"
#include "dsp/base/params.h"

namespace acq::scpi {

// Opens a link, as often as it is called.
using Opener = std::function<Result<std::unique_ptr<Link>>(const Until&)>;

// What an address means; nothing is connected to. kInvalid with what is wrong in it and what is
// allowed, kNotFound for a scheme nobody knows.
//
//   tcp://HOST[:5025][?end=lf]                     end: lf, crlf
//   hislip://HOST[:4880][/hislip0]
//   vxi11://HOST[:PORT][/inst0][?mapper=111]       PORT: of the core channel; without, the port
//                                                  mapper is asked
//   usb://1ab1:04ce[:SERIAL], usb://1-2.4          VENDOR:PRODUCT or the port
//   serial:///dev/ttyUSB0[?baud=9600&bits=8&parity=none&stop=1&flow=none&rts=on&dtr=on&end=lf]
Result<Opener> link_opener(std::string_view address);

// The same for a driver's parameter `address`, which is where its errors are.
Result<Opener> opener_of(const Params& params);
Result<void> check_address(const Params& params);

// Both in one. Errors of opening as the link's own open() has them.
Result<std::unique_ptr<Link>> open_link(std::string_view address, const Until& until);

}  // namespace acq::scpi
