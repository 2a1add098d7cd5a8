// DNS messages, put together byte by byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/discovery/dns_message.h"

namespace acq::test {

class DnsBytes {
 public:
  // An answer with so many records to come.
  explicit DnsBytes(unsigned records) {
    for (const unsigned field : {0U, 0x8400U, 0U, records, 0U, 0U}) u16(field);
  }

  DnsBytes& u8(unsigned value) {
    bytes.push_back(static_cast<std::byte>(value));
    return *this;
  }
  DnsBytes& u16(unsigned value) { return u8(value >> 8U & 0xffU).u8(value & 0xffU); }
  DnsBytes& text(std::string_view text) {
    u8(static_cast<unsigned>(text.size()));
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
    return *this;
  }
  DnsBytes& name(std::string_view dotted) {
    for (const std::string& label : dns::Name::of(dotted).labels) text(label);
    return u8(0);
  }
  // The name, type, class, time to live and length of a record.
  DnsBytes& head(std::string_view owner, dns::Type type, std::size_t length, unsigned ttl = 120) {
    name(owner);
    return u16(static_cast<unsigned>(type))
        .u16(0x8001)
        .u16(0)
        .u16(ttl)
        .u16(static_cast<unsigned>(length));
  }
  DnsBytes& ptr(std::string_view owner, std::string_view target, unsigned ttl = 120) {
    return head(owner, dns::Type::kPtr, name_bytes(target), ttl).name(target);
  }
  DnsBytes& srv(std::string_view owner, unsigned port, std::string_view host) {
    head(owner, dns::Type::kSrv, 6 + name_bytes(host));
    return u16(0).u16(0).u16(port).name(host);
  }
  DnsBytes& txt(std::string_view owner, std::string_view line) {
    return head(owner, dns::Type::kTxt, 1 + line.size()).text(line);
  }
  DnsBytes& a(std::string_view owner, unsigned last) {
    return head(owner, dns::Type::kA, 4).u8(10).u8(0).u8(0).u8(last);
  }

  // first:: ... ::last
  DnsBytes& aaaa(std::string_view owner, unsigned first, unsigned last) {
    head(owner, dns::Type::kAaaa, 16).u16(first);
    for (int i = 0; i < 6; ++i) u16(0);
    return u16(last);
  }

  std::vector<std::byte> bytes;

 private:
  static std::size_t name_bytes(std::string_view dotted) {
    std::size_t size = 1;
    for (const std::string& label : dns::Name::of(dotted).labels) size += 1 + label.size();
    return size;
  }
};

}  // namespace acq::test
