#include "drivers/scpi/address.h"

#include <gtest/gtest.h>

#include "drivers/scpi/open.h"

namespace acq::scpi {
namespace {

TEST(Address, IsTakenApartAsWritten) {
  const Address address = parse_address("serial:///dev/ttyUSB0?baud=9600&end=lf").value();
  EXPECT_EQ(address.scheme, "serial");
  EXPECT_EQ(address.authority, "");
  EXPECT_EQ(address.path, "/dev/ttyUSB0");
  EXPECT_EQ(address.options.at("baud"), "9600");
  EXPECT_EQ(address.options.at("end"), "lf");
  EXPECT_EQ(parse_address("usb://1ab1:04ce/DS1Z").value().authority, "1ab1:04ce");
  EXPECT_EQ(parse_address("tcp://a?end=lf").value().path, "");
}

TEST(Address, NamesHostAndPort) {
  const auto at = [](const char* text) { return host_and_port(parse_address(text).value(), 5025); };
  EXPECT_EQ(to_string(at("tcp://scope.lab").value()), "scope.lab:5025");
  EXPECT_EQ(to_string(at("tcp://scope.lab:5555").value()), "scope.lab:5555");
  EXPECT_EQ(to_string(at("tcp://[fe80::1%eth0]:1").value()), "[fe80::1%eth0]:1");
  EXPECT_EQ(at("tcp://[::1]").value().host, "::1");
  for (const char* wrong :
       {"tcp://", "tcp://:5025", "tcp://a:", "tcp://a:0", "tcp://a:65536", "tcp://a:b",
        "tcp://a:1:2", "tcp://[::1", "tcp://[::1]5025", "tcp://[]"})
    EXPECT_FALSE(at(wrong).has_value()) << wrong;
}

// The exact words: people read them.
TEST(Address, SaysWhatIsWrongInItAndWhatIsAllowed) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"scope:5025",
       "invalid: the address has no scheme (at 'scope:5025'; allowed: "
       "scheme://host:port/name?option=value)"},
      {"tcp://a b",
       "invalid: the address is too long or not printable ASCII (at 'tcp://a b'; allowed: "
       "scheme://host:port/name?option=value)"},
      {"tcp://a:x", "invalid: ':x' is no port (at 'tcp://a:x'; allowed: :1 to :65535)"},
      {"tcp://a/b",
       "invalid: a raw socket has no names behind its port (at 'tcp://a/b'; allowed: "
       "tcp://host:port)"},
      {"tcp://a?baud=1", "invalid: there is no option 'baud' (at 'tcp://a?baud=1'; allowed: end)"},
      {"tcp://a?end=cr", "invalid: end cannot be 'cr' (at 'tcp://a?end=cr'; allowed: lf crlf)"},
      {"tcp://a?end",
       "invalid: the option 'end' has no value (at 'tcp://a?end'; allowed: "
       "name=value)"},
      {"tcp://a?end=lf&end=lf",
       "invalid: the option 'end' comes twice (at 'tcp://a?end=lf&end=lf'; allowed: once)"},
      {"serial://ttyUSB0",
       "invalid: a port is a path (at 'serial://ttyUSB0'; allowed: such as serial:///dev/ttyUSB0)"},
      {"serial:///dev/ttyS0?baud=fast",
       "invalid: baud cannot be 'fast' (at 'serial:///dev/ttyS0?baud=fast'; allowed: 50 to "
       "4000000)"},
      {"serial:///dev/ttyS0?speed=1",
       "invalid: a serial line has no setting 'speed' (at 'serial:///dev/ttyS0?speed=1'; allowed: "
       "baud bits parity stop flow rts dtr end)"},
  };
  for (const auto& [text, error] : kWrong) {
    const Result<Opener> opener = link_opener(text);
    ASSERT_FALSE(opener.has_value()) << text;
    EXPECT_EQ(to_string(opener.error()), error);
  }
  const Result<Opener> unknown = link_opener("gpib://7");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code, Code::kNotFound);
  EXPECT_EQ(unknown.error().sentence, "there is no way 'gpib' to an instrument");
  EXPECT_TRUE(unknown.error().allowed.starts_with("tcp:// serial://")) << unknown.error().allowed;
}

TEST(Address, IsCheckedWithoutConnecting) {
  EXPECT_TRUE(link_opener("tcp://nobody.invalid").has_value());
  EXPECT_TRUE(link_opener("serial:///dev/no-such-port?baud=115200&parity=even").has_value());
  EXPECT_EQ(open_link("serial:///dev/no-such-port", {.deadline_ns = INT64_MAX}).error().code,
            Code::kNotFound);
}

}  // namespace
}  // namespace acq::scpi
