#include "daemon/service/http_page.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "daemon/service/loopback.h"
#include "dsp/base/clock.h"

namespace acq {
namespace {

constexpr std::size_t kPeers = 8;
constexpr std::size_t kRequestBytes = 4096;
constexpr std::int64_t kPatience_ns = 2'000'000'000;

// The value of a header of a raw request, without the blanks around it; empty when absent.
std::string_view header_value(std::string_view raw_request, std::string_view name) {
  std::size_t line = raw_request.find("\r\n");
  while (line != std::string_view::npos && line + 2 < raw_request.size()) {
    line += 2;
    const std::size_t end = std::min(raw_request.find("\r\n", line), raw_request.size());
    const std::string_view text = raw_request.substr(line, end - line);
    if (text.size() > name.size() && text[name.size()] == ':' &&
        strncasecmp(text.data(), name.data(), name.size()) == 0) {
      std::string_view value = text.substr(name.size() + 1);
      while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
      while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
      return value;
    }
    line = end;
  }
  return {};
}

bool names_this_machine(std::string_view host) {
  if (host.empty()) return true;  // HTTP/1.0
  return is_loopback_host(host.front() == '[' ? host.substr(0, host.find(']') + 1)
                                              : host.substr(0, host.find(':')));
}

std::string reply(std::string_view status, std::string_view body, bool has_body = true) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
      "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, body.size(), has_body ? body : std::string_view{});
}

std::string answer(std::string_view raw_request, const std::function<std::string()>& text) {
  const std::string_view line = raw_request.substr(0, raw_request.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || line.substr(second + 1, 5) != "HTTP/") {
    return reply("400 Bad Request", "not an HTTP request\n");
  }
  const std::string_view method = line.substr(0, first);
  std::string_view path = line.substr(first + 1, second - first - 1);
  path = path.substr(0, path.find('?'));
  if (method != "GET" && method != "HEAD") {
    return reply("405 Method Not Allowed", "only GET and HEAD\n");
  }
  if (!names_this_machine(header_value(raw_request, "Host"))) {
    return reply("421 Misdirected Request", "only for this machine\n");
  }
  if (path != "/metrics") return reply("404 Not Found", "the page is /metrics\n");
  return reply("200 OK", text(), method == "GET");
}

// One connection: reads until the end of the headers, then writes the answer.
struct Peer {
  int fd = -1;
  std::int64_t deadline_ns = 0;
  std::string raw_request = {};
  std::string out = {};
  std::size_t sent = 0;

  [[nodiscard]] short events() const noexcept { return out.empty() ? POLLIN : POLLOUT; }
  // False when the connection is finished, one way or another.
  bool turn(const std::function<std::string()>& text);

 private:
  bool read(const std::function<std::string()>& text);
  bool write();
};

bool Peer::turn(const std::function<std::string()>& text) {
  return out.empty() ? read(text) && (out.empty() || write()) : write();
}

bool Peer::read(const std::function<std::string()>& text) {
  char buffer[kRequestBytes];
  const ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  raw_request.append(buffer, static_cast<std::size_t>(got));
  if (raw_request.find("\r\n\r\n") != std::string::npos) {
    out = answer(raw_request, text);
  } else if (raw_request.size() >= kRequestBytes) {
    out = reply("431 Request Header Fields Too Large", "at most 4096 bytes\n");
  }
  return true;
}

bool Peer::write() {
  const ssize_t put = send(fd, out.data() + sent, out.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (put < 0) return errno == EAGAIN || errno == EINTR;
  sent += static_cast<std::size_t>(put);
  return sent < out.size();
}

// Serves the peers that have an event; closes those that are finished or out of time.
void turn_all(std::vector<Peer>& peers, std::span<const pollfd> waits, std::int64_t now_ns,
              const std::function<std::string()>& text) {
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const bool has_event = waits[i].revents != 0;
    if (now_ns < peers[i].deadline_ns && (!has_event || peers[i].turn(text))) continue;
    close(std::exchange(peers[i].fd, -1));
  }
  std::erase_if(peers, [](const Peer& peer) { return peer.fd < 0; });
}

}  // namespace

Result<std::unique_ptr<HttpPage>> HttpPage::open(std::string_view address,
                                                 std::function<std::string()> text) {
  Result<LoopbackAddress> bound = parse_loopback(address);
  if (!bound) return tl::unexpected<Error>(std::move(bound.error()));
  const auto failed = [&](int fd) {
    std::string why = fmt::format("{}: {}", address, std::strerror(errno));
    if (fd >= 0) close(fd);
    return fail(Code::kIo, std::move(why));
  };
  const int listener = socket(bound->family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) return failed(listener);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, bound->get(), bound->size) != 0 || listen(listener, kPeers) != 0 ||
      getsockname(listener, bound->get(), &bound->size) != 0) {
    return failed(listener);
  }
  const int wake = eventfd(0, EFD_CLOEXEC);
  if (wake < 0) return failed(listener);
  return std::unique_ptr<HttpPage>(new HttpPage(listener, wake, bound->port(), std::move(text)));
}

HttpPage::HttpPage(int listener, int wake, std::uint16_t port, std::function<std::string()> text)
    : listener_(listener), wake_(wake), port_(port), text_(std::move(text)) {
  thread_ = std::thread([this] { serve(); });
}

HttpPage::~HttpPage() {
  const std::uint64_t one = 1;
  ACQ_CHECK(write(wake_, &one, sizeof one) == sizeof one);
  thread_.join();
  close(listener_);
  close(wake_);
}

void HttpPage::serve() {
  const Clock& clock = system_clock();
  std::vector<Peer> peers;
  std::vector<pollfd> waits;
  std::int64_t accept_from_ns = 0;
  for (;;) {
    const std::int64_t now_ns = clock.now_ns();
    // While the house is full, newcomers wait in the kernel's short queue.
    const bool has_room = peers.size() < kPeers && now_ns >= accept_from_ns;
    waits.assign({{.fd = wake_, .events = POLLIN, .revents = 0},
                  {.fd = has_room ? listener_ : -1, .events = POLLIN, .revents = 0}});
    std::int64_t until_ns = has_room || !peers.empty() ? now_ns + kPatience_ns : accept_from_ns;
    for (const Peer& peer : peers) {
      waits.push_back({.fd = peer.fd, .events = peer.events(), .revents = 0});
      until_ns = std::min(until_ns, peer.deadline_ns);
    }
    const std::int64_t wait_ms = std::max<std::int64_t>(until_ns - now_ns, 0) / 1'000'000 + 1;
    poll(waits.data(), waits.size(), static_cast<int>(wait_ms));
    if (waits[0].revents != 0) break;
    turn_all(peers, std::span(waits).subspan(2), clock.now_ns(), text_);
    if (waits[1].revents == 0) continue;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      peers.push_back({.fd = fd, .deadline_ns = clock.now_ns() + kPatience_ns});
    } else {
      // No descriptor left: asking again at once would only burn the processor.
      accept_from_ns = clock.now_ns() + kPatience_ns;
    }
  }
  for (const Peer& peer : peers) close(peer.fd);
}

}  // namespace acq
