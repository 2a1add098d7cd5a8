// The control socket: requests from clients, answered one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/daemon.h"
#include "daemon/status.h"

namespace acq::v1 {
class Reply;
class Request;
}  // namespace acq::v1

namespace acq {

// Owns the ROUTER socket. Every request is one part of at most 64 KiB, checked before anything is
// done; each gets one reply with a code and, when refused, the field and what is allowed. A peer
// that asks too often is answered `busy`. One thread: the control thread.
class Control {
 public:
  Control(Daemon& daemon, StatusReport& status, const Clock& clock);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // kIo names the endpoint that could not be bound.
  Result<void> bind(const std::vector<std::string>& endpoints);
  [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return endpoints_; }
  // For waiting on the socket.
  [[nodiscard]] void* handle() noexcept;
  // Answers what has come in, a bounded number of requests.
  void serve();

  // Called for the verbs that concern the whole program.
  std::function<ApplyResult(bool is_dry_run)> on_reload;
  std::function<void()> on_shutdown;

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t filled_ns = 0;
  };

  [[nodiscard]] bool admit(const std::string& peer);
  void answer(const v1::Request& request, v1::Reply& reply);

  Daemon& daemon_;
  StatusReport& status_;
  const Clock& clock_;
  std::unique_ptr<zmq::socket_t> socket_;
  std::vector<std::string> endpoints_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace acq
