#include "drivers/scpi/open.h"

#include <charconv>
#include <utility>

#include "drivers/scpi/address.h"
#include "drivers/scpi/hislip_link.h"
#include "drivers/scpi/raw_link.h"
#include "drivers/scpi/usbtmc.h"
#include "drivers/scpi/vxi11_link.h"
#include "drivers/transport/serial.h"
#include "drivers/transport/tcp.h"
#include "drivers/transport/usb.h"
#include "dsp/base/clock.h"

namespace acq::scpi {
namespace {

// The same as the type of the seam.
template <typename To, typename From>
Result<std::unique_ptr<To>> as(Result<std::unique_ptr<From>> made) {
  if (!made) return tl::unexpected<Error>(made.error());
  return std::move(*made);
}

// What ends a message to the instrument. Removed from the options: the rest belongs to the scheme.
Result<std::string> take_terminator(Address& address) {
  const auto option = address.options.extract("end");
  if (option.empty() || option.mapped() == "lf") return "\n";
  if (option.mapped() == "crlf") return "\r\n";
  return bad_address(address, "end cannot be " + quote(option.mapped()), "lf crlf");
}

Result<void> refuse_options(const Address& address, std::string_view allowed) {
  if (address.options.empty()) return {};
  return bad_address(address, "there is no option " + quote(address.options.begin()->first),
                     std::string(allowed));
}

Result<Opener> tcp(Address& address) {
  constexpr std::uint16_t kPort = 5025;  // LXI: scpi-raw
  const Result<std::string> terminator = take_terminator(address);
  if (!terminator) return tl::unexpected<Error>(terminator.error());
  if (Result<void> none = refuse_options(address, "end"); !none)
    return tl::unexpected<Error>(none.error());
  if (!address.path.empty())
    return bad_address(address, "a raw socket has no names behind its port", "tcp://host:port");
  const Result<HostPort> peer = host_and_port(address, kPort);
  if (!peer) return tl::unexpected<Error>(peer.error());
  const auto connect = [peer = *peer](const Until& until) { return connect_tcp(peer, until); };
  return [=, name = address.text, end = *terminator](const Until& until) {
    return as<Link>(RawLink::open(name, connect, RawLink::Recovery::kReconnect, end, until));
  };
}

Result<Opener> serial(Address& address) {
  const Result<std::string> terminator = take_terminator(address);
  if (!terminator) return tl::unexpected<Error>(terminator.error());
  if (!address.authority.empty() || address.path.empty())
    return bad_address(address, "a port is a path", "such as serial:///dev/ttyUSB0");
  SerialSettings settings;
  for (const auto& [name, value] : address.options) {
    if (Result<void> done = set_serial_option(settings, name, value); !done) {
      const bool is_unknown = done.error().code == Code::kNotFound;
      return bad_address(address, done.error().sentence,
                         done.error().allowed + (is_unknown ? " end" : ""));
    }
  }
  const auto connect = [path = address.path, settings](const Until&) {
    return open_serial(path, settings);
  };
  return [=, name = address.text, end = *terminator](const Until& until) {
    return as<Link>(RawLink::open(name, connect, RawLink::Recovery::kQuiet, end, until));
  };
}

// The name behind the host: one word after the slash.
Result<std::string> device_name(const Address& address, std::string_view fallback) {
  if (address.path.size() <= 1) return std::string(fallback);
  std::string name = address.path.substr(1);
  if (name.find('/') == std::string::npos && name.size() <= 256) return name;
  return bad_address(address, quote(address.path) + " is no name of a device",
                     "such as /" + std::string(fallback));
}

Result<Opener> hislip(Address& address) {
  if (Result<void> none = refuse_options(address, "none"); !none)
    return tl::unexpected<Error>(none.error());
  const Result<std::string> device = device_name(address, "hislip0");
  if (!device) return tl::unexpected<Error>(device.error());
  const Result<HostPort> peer = host_and_port(address, kHislipPort);
  if (!peer) return tl::unexpected<Error>(peer.error());
  const auto connect = [peer = *peer](const Until& until) { return connect_tcp(peer, until); };
  return [=, name = address.text, device = *device](const Until& until) {
    return as<Link>(HislipLink::open(name, connect, device, until));
  };
}

Result<std::uint16_t> take_mapper_port(Address& address) {
  const auto option = address.options.extract("mapper");
  if (option.empty()) return kPortMapperPort;
  std::uint16_t port = 0;
  const std::string& text = option.mapped();
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc{} && stop == text.data() + text.size() && port != 0) return port;
  return bad_address(address, "mapper cannot be " + quote(text), "1 to 65535");
}

Result<Opener> vxi11(Address& address) {
  const Result<std::uint16_t> mapper = take_mapper_port(address);
  if (!mapper) return tl::unexpected<Error>(mapper.error());
  if (Result<void> none = refuse_options(address, "mapper"); !none)
    return tl::unexpected<Error>(none.error());
  const Result<std::string> device = device_name(address, "inst0");
  if (!device) return tl::unexpected<Error>(device.error());
  const Result<HostPort> peer = host_and_port(address, 0);
  if (!peer) return tl::unexpected<Error>(peer.error());
  return [=, name = address.text, host = peer->host, core_port = peer->port, device = *device,
          mapper_port = *mapper](const Until& until) {
    const auto local = std::make_shared<std::uint32_t>(0);
    const auto connect = [=](std::uint16_t port, const Until& own) {
      auto stream = connect_tcp({.host = host, .port = port}, own);
      if (stream) *local = (*stream)->local_ipv4();
      return stream;
    };
    return as<Link>(Vxi11Link::open({.name = name,
                                     .connect = connect,
                                     .device = device,
                                     .core_port = core_port,
                                     .mapper_port = mapper_port,
                                     .local_ipv4 = [local] { return *local; }},
                                    until));
  };
}

Result<Opener> usb_device(Address& address) {
  if (!address.options.empty() || !address.path.empty())
    return bad_address(address, "a USB device has no options", "usb://vendor:product:serial");
  Result<usb::Identity> identity = usb::parse_identity(address.authority);
  if (!identity) return bad_address(address, identity.error().sentence, identity.error().allowed);
  identity->interface_class = kUsbtmcClass;
  return [name = address.text,
          identity = *identity](const Until& until) -> Result<std::unique_ptr<Link>> {
    const auto bus = usb::system_bus();
    if (!bus) return tl::unexpected(bus.error());
    auto device = (*bus)->open(identity);
    if (!device) return tl::unexpected(device.error());
    return as<Link>(UsbtmcLink::open(name, std::move(*device), system_clock(), until));
  };
}

struct Scheme {
  std::string_view name;
  Result<Opener> (*opener)(Address& address);  // may take options out of it
};
// A new kind of link is one function above and one line here.
constexpr Scheme kSchemes[] = {
    {"tcp", tcp}, {"serial", serial}, {"hislip", hislip}, {"vxi11", vxi11}, {"usb", usb_device},
};

}  // namespace

Result<Opener> link_opener(std::string_view text) {
  Result<Address> address = parse_address(text);
  if (!address) return tl::unexpected<Error>(address.error());
  std::string known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == address->scheme) return scheme.opener(*address);
    known += (known.empty() ? "" : " ") + std::string(scheme.name) + "://";
  }
  return fail(Code::kNotFound, "there is no way " + quote(address->scheme) + " to an instrument",
              quote(address->text), known);
}

Result<Opener> opener_of(const Params& params) {
  Result<Opener> opener = link_opener(params.text("address"));
  if (!opener) opener.error().where = "address";
  return opener;
}

Result<void> check_address(const Params& params) {
  return opener_of(params).map([](const Opener&) {});
}

Result<std::unique_ptr<Link>> open_link(std::string_view address, const Until& until) {
  const Result<Opener> opener = link_opener(address);
  if (!opener) return tl::unexpected<Error>(opener.error());
  return (*opener)(until);
}

}  // namespace acq::scpi
