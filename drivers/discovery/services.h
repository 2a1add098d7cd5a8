// What the services of a network are, put together from the answers that tell of them (RFC 6763).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/discovery/dns_message.h"

namespace acq::dns {

struct Service {
  std::string instance;  // as a person reads it: "Rigol DS1104Z"
  std::string type;      // "_lxi._tcp"
  std::string host;      // "scope.local"
  // In figures: IPv4 where there is one, a link-local one, with its network, where there is no
  // other; empty: not told.
  std::string address;
  std::uint16_t port = 0;
  std::map<std::string, std::string> texts;  // keys in lower case
};

// Takes answers in any order. What is told again replaces what was told; a time to live of 0 takes
// it back.
class ServiceTable {
 public:
  // Types such as "_lxi._tcp", in the domain "local". Others are not kept.
  explicit ServiceTable(std::span<const std::string_view> types);

  // `network` is the interface it came by, which a link-local address cannot be used without; empty:
  // not known.
  void add(const Message& message, std::string_view network = {});
  // For the types, and for what is not told yet of the instances and hosts that are known.
  [[nodiscard]] std::vector<Question> questions() const;
  // Those whose host and port are known, by name.
  [[nodiscard]] std::vector<Service> services() const;

 private:
  // So many names of each kind are kept, whoever answers.
  static constexpr std::size_t kMostNames = 256;
  struct Instance {
    Name type;
    bool has_server = false;
    bool has_texts = false;
    Server server;
    Texts texts;
  };
  struct Host {
    std::string ipv4;
    std::string ipv6;
    std::string link_local;
  };

  void add(const Record& record, std::string_view network);
  static void add(Host& host, const Ipv6& address, std::string_view network);
  static std::string address_of(const Host& host);
  [[nodiscard]] const Name* type_of(const Name& instance) const;

  std::vector<Name> types_;
  std::map<Name, Instance> instances_;
  std::map<Name, Host> hosts_;
};

}  // namespace acq::dns
