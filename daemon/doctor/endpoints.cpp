// The daemon's sockets: whether it answers, and whether somebody else has their places.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "daemon/doctor/finding.h"
#include "daemon/service/loopback.h"
#include "drivers/transport/descriptor.h"

namespace acq::doctor {
namespace {

constexpr int kGreeting_ms = 1000;

struct Place {
  sockaddr_storage address{};
  socklen_t size = 0;
  std::string path;  // of an ipc endpoint
};

// None: not an endpoint of this machine, which checking the configuration tells of.
bool parse(const std::string& endpoint, Place& place) {
  if (endpoint.starts_with("ipc://")) {
    place.path = endpoint.substr(6);
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    if (place.path.empty() || place.path.size() >= sizeof local.sun_path) return false;
    std::memcpy(local.sun_path, place.path.c_str(), place.path.size() + 1);
    std::memcpy(&place.address, &local, sizeof local);
    place.size = sizeof local;
    return true;
  }
  const std::string text = endpoint.starts_with("tcp://") ? endpoint.substr(6) : endpoint;
  auto parsed = parse_loopback(text);
  if (!parsed) return false;
  std::memcpy(&place.address, parsed->get(), parsed->size);
  place.size = parsed->size;
  return true;
}

Descriptor open_socket(const Place& place) {
  return Descriptor(socket(place.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

// 0 or the errno of connecting.
int connect_to(const Descriptor& from, const Place& place) {
  const auto* address = reinterpret_cast<const sockaddr*>(&place.address);
  return connect(from.get(), address, place.size) == 0 ? 0 : errno;
}

// Whether the peer greets as ZeroMQ does (ZMTP 3): ff, eight bytes, 7f.
bool greets(const Descriptor& peer) {
  std::array<unsigned char, 10> greeting{};
  std::size_t size = 0;
  while (size < greeting.size()) {
    pollfd wait{peer.get(), POLLIN, 0};
    if (poll(&wait, 1, kGreeting_ms) <= 0) return false;
    const ssize_t got = read(peer.get(), greeting.data() + size, greeting.size() - size);
    if (got <= 0) return false;
    size += static_cast<std::size_t>(got);
  }
  return greeting.front() == 0xff && (greeting.back() & 1U) != 0;
}

int bind_error(const Place& place) {
  const Descriptor own = open_socket(place);
  const int on = 1;  // as the daemon does: what a connection left behind is in nobody's way
  setsockopt(own.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto* address = reinterpret_cast<const sockaddr*>(&place.address);
  return bind(own.get(), address, place.size) == 0 ? 0 : errno;
}

std::string port_of(const std::string& endpoint) {
  return endpoint.substr(endpoint.rfind(':') + 1);
}

void check_ipc(const Place& place, const std::string& endpoint, Findings& findings) {
  const Descriptor own = open_socket(place);
  const int error = connect_to(own, place);
  if (error == 0 && greets(own)) {
    findings.push_back({Level::kGood, "endpoints", endpoint, "a daemon has it"});
  } else if (error == 0) {
    findings.push_back({Level::kProblem,
                        "endpoints",
                        endpoint,
                        "another program listens there",
                        {"sudo fuser -v " + place.path}});
  } else if (error == ENOENT || error == ECONNREFUSED) {
    findings.push_back({Level::kGood, "endpoints", endpoint, "is free"});
  } else {
    findings.push_back({Level::kProblem,
                        "endpoints",
                        endpoint,
                        std::strerror(error),
                        {"ls -ld " + std::filesystem::path(place.path).parent_path().string() +
                         " " + place.path}});
  }
}

void check_tcp(const Place& place, const std::string& endpoint, Findings& findings) {
  const int error = bind_error(place);
  if (error == 0) {
    findings.push_back({Level::kGood, "endpoints", endpoint, "is free"});
    return;
  }
  const Descriptor own = open_socket(place);
  if (error == EADDRINUSE && connect_to(own, place) == 0 && greets(own)) {
    findings.push_back({Level::kGood, "endpoints", endpoint, "a daemon has it"});
    return;
  }
  findings.push_back({Level::kProblem,
                      "endpoints",
                      endpoint,
                      error == EADDRINUSE ? "another program has the port" : std::strerror(error),
                      {"sudo ss -ltnp 'sport = :" + port_of(endpoint) + "'"}});
}

}  // namespace

void check_daemon(const Machine& machine, Findings& findings) {
  Place place;
  if (!parse(machine.control, place)) {
    findings.push_back({Level::kNote,
                        "daemon",
                        machine.control,
                        "is no endpoint of this machine: not looked at",
                        {"acqctl status"}});
    return;
  }
  const Descriptor own = open_socket(place);
  const int error = connect_to(own, place);
  if (error == 0 && greets(own)) {
    findings.push_back({Level::kGood, "daemon", machine.control, "the daemon answers"});
  } else if (error == 0) {
    findings.push_back({Level::kProblem,
                        "daemon",
                        machine.control,
                        "whoever listens there does not answer as the daemon does",
                        {"systemctl status acqd", "journalctl -u acqd -e"}});
  } else if (error == EACCES || error == EPERM) {
    findings.push_back({Level::kProblem,
                        "daemon",
                        machine.control,
                        machine.user + " may not connect to the daemon",
                        {"sudo adduser " + machine.user + " acqd", "log in again"}});
  } else {
    findings.push_back({Level::kProblem,
                        "daemon",
                        machine.control,
                        std::string("no daemon: ") + std::strerror(error),
                        {"sudo systemctl start acqd", "journalctl -u acqd -e",
                         "acqctl --control ENDPOINT doctor, when it is elsewhere"}});
  }
}

void check_endpoints(const Machine& machine, Findings& findings) {
  std::vector<std::string> endpoints = machine.config.publish_bind;
  endpoints.insert(endpoints.end(), machine.config.control_bind.begin(),
                   machine.config.control_bind.end());
  if (!machine.config.prometheus.empty()) endpoints.push_back(machine.config.prometheus);
  for (const std::string& endpoint : endpoints) {
    Place place;
    if (!parse(endpoint, place) || endpoint.ends_with(":*")) continue;
    if (place.path.empty()) {
      check_tcp(place, endpoint, findings);
    } else {
      check_ipc(place, endpoint, findings);
    }
  }
}

}  // namespace acq::doctor
