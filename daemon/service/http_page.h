// One page of text over HTTP, for a program on this machine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "dsp/base/result.h"

namespace acq {

// Serves GET /metrics on a loopback address, from a thread of its own.
//
// Bounded in everything a peer can spend: 8 connections at a time, 4 KiB of request, 2 s for each
// connection whatever it does, one answer, then closed. Requests for another host's name are
// refused, so that a page in a browser cannot read it by pointing a name of its own at loopback.
class HttpPage {
 public:
  // `address` is "127.0.0.1:9464", "[::1]:9464" or "localhost:9464"; port 0 takes any free one.
  // `text` makes the page, on the page's thread. kDenied: not loopback; kInvalid: not an address;
  // kIo: the port cannot be had.
  static Result<std::unique_ptr<HttpPage>> open(std::string_view address,
                                                std::function<std::string()> text);
  ~HttpPage();
  HttpPage(const HttpPage&) = delete;
  HttpPage& operator=(const HttpPage&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  HttpPage(int listener, int wake, std::uint16_t port, std::function<std::string()> text);
  void serve();

  const int listener_;
  const int wake_;  // an eventfd that ends serve()
  const std::uint16_t port_;
  const std::function<std::string()> text_;
  std::thread thread_;
};

}  // namespace acq
