// Where an instrument is, as one writes it: "tcp://scope.lab:5025", "serial:///dev/ttyS0?baud=9600".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "drivers/transport/tcp.h"
#include "dsp/base/result.h"

namespace acq::scpi {

// SCHEME://AUTHORITY/PATH?NAME=VALUE&NAME=VALUE, each as written: nothing is decoded.
struct Address {
  std::string text;
  std::string scheme;
  std::string authority;
  std::string path;  // with its slash; empty when there is none
  std::map<std::string, std::string, std::less<>> options;
};

// kInvalid: not of this form, or an option twice. `where` is the address.
Result<Address> parse_address(std::string_view text);

// The authority as host and port; `fallback` where no port is written. kInvalid.
Result<HostPort> host_and_port(const Address& address, std::uint16_t fallback);

// An error about an address, which it names.
tl::unexpected<Error> bad_address(const Address& address, std::string sentence,
                                  std::string allowed);

}  // namespace acq::scpi
