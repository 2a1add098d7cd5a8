// An emulated iiod with three devices: a converter with channels of every kind of format and
// timestamps, a radio, and an output that cannot be scanned.
//
// Every sample is a function of its number, so that all of a stream can be checked. Validated by
// iio_info, iio_readdev and libiio's Python binding, in tests/system/test_iio.py.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/emulators/loopback_server.h"

namespace acq::test {

class IiodServer {
 public:
  // How it breaks the protocol in answers to READBUF.
  enum class Lie : std::uint8_t {
    kNone,
    kTooLong,
    kNoMask,
    kOtherMask,
    kGarbage,
    kError,
    kCutScan
  };

  struct Options {
    std::uint16_t port = 0;
    bool is_unpaced = false;
    Lie lie = Lie::kNone;
    std::string xml;  // instead of its own
  };
  struct Channel {
    std::string_view id;
    std::string_view format;
    int bits = 0;
    int storage_bytes = 0;
    int shift = 0;
    bool is_signed = true;
    bool is_big_endian = false;
  };

  IiodServer() : IiodServer(Options()) {}
  explicit IiodServer(Options options);

  [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }
  void unplug() { server_.unplug(); }
  void plug() { server_.plug(); }
  void hold(bool holds) { holds_ = holds; }
  // Scans made and not sent, as when a buffer overflows.
  void lose(std::uint64_t scans) { to_lose_ += scans; }
  // All lines received, in order.
  void list_commands(std::ostream& out) const;
  // The value of "iio:device0 sampling_frequency", "iio:device0 INPUT voltage0 scale" ...
  [[nodiscard]] std::string attribute(const std::string& path) const;

  // The channels that can be scanned of device 0 and 1.
  static const std::vector<Channel>& channels(int device);
  // What scan `n` holds there, sign-extended.
  static std::int64_t value(int device, std::size_t channel, std::uint64_t n);
  // The timestamp of scan `n`, ns.
  static std::int64_t timestamp_ns(std::uint64_t n, double rate_hz);
  static std::string context_xml();

 private:
  struct Session;

  void serve(Peer& peer);
  bool execute(Session& session, const std::vector<std::string>& words);
  bool read_attribute(Peer& peer, const std::string& path);
  bool write_attribute(Peer& peer, const std::vector<std::string>& words);
  bool open(Session& session, const std::vector<std::string>& words);
  bool read_buffer(Session& session, const std::vector<std::string>& words);
  bool wait(Session& session, std::uint64_t scans);
  std::vector<std::byte> scans(Session& session, std::size_t count);

  const Options options_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> attributes_;
  std::vector<std::string> lines_;
  std::atomic<bool> holds_ = false;
  std::atomic<std::uint64_t> to_lose_ = 0;
  LoopbackServer server_;  // last: its threads use the rest
};

}  // namespace acq::test
