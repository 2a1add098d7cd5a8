#include "drivers/scpi/address.h"

#include <algorithm>
#include <charconv>

namespace acq::scpi {
namespace {

constexpr std::string_view kForm = "scheme://host:port/name?option=value";
constexpr std::size_t kLongest_bytes = 1024;

bool is_printable(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Result<void> parse_options(Address& address, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view option = text.substr(0, end);
    const std::size_t equals = option.find('=');
    if (equals == 0 || equals == std::string_view::npos)
      return bad_address(address, "the option " + quote(option) + " has no value", "name=value");
    const auto [place, is_new] =
        address.options.emplace(option.substr(0, equals), option.substr(equals + 1));
    if (!is_new)
      return bad_address(address, "the option " + quote(place->first) + " comes twice", "once");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

}  // namespace

tl::unexpected<Error> bad_address(const Address& address, std::string sentence,
                                  std::string allowed) {
  return fail(Code::kInvalid, std::move(sentence), quote(address.text), std::move(allowed));
}

Result<Address> parse_address(std::string_view text) {
  Address address{.text = std::string(text.substr(0, kLongest_bytes))};
  if (text.size() > kLongest_bytes || !is_printable(text))
    return bad_address(address, "the address is too long or not printable ASCII",
                       std::string(kForm));
  const std::size_t colon = text.find("://");
  if (colon == 0 || colon == std::string_view::npos)
    return bad_address(address, "the address has no scheme", std::string(kForm));
  address.scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 3);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  const std::string_view place = rest.substr(0, question);
  rest.remove_prefix(std::min(question + 1, rest.size()));
  const std::size_t slash = std::min(place.find('/'), place.size());
  address.authority = place.substr(0, slash);
  address.path = place.substr(slash);
  if (Result<void> done = parse_options(address, rest); !done)
    return tl::unexpected<Error>(done.error());
  return address;
}

Result<HostPort> host_and_port(const Address& address, std::uint16_t fallback) {
  const std::string_view text = address.authority;
  HostPort found{.host = {}, .port = fallback};
  std::size_t end = std::min(text.find(':'), text.size());
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos)
      return bad_address(address, "the bracket is not closed", "[::1]:5025");
    found.host = text.substr(1, bracket - 1);
    end = bracket + 1;
  } else {
    found.host = text.substr(0, end);
  }
  if (found.host.empty())
    return bad_address(address, "the address names no host", "host or host:port");
  if (end == text.size()) return found;
  const std::string_view port = text.substr(std::min(end + 1, text.size()));
  const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), found.port);
  if (text[end] != ':' || error != std::errc{} || stop != port.data() + port.size() ||
      found.port == 0)
    return bad_address(address, quote(text.substr(end)) + " is no port", ":1 to :65535");
  return found;
}

}  // namespace acq::scpi
