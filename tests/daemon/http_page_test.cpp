#include "daemon/service/http_page.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "dsp/base/clock.h"

namespace acq {
namespace {

// A connection to the page. Reads give up after ten seconds, so that a fault fails and does not
// hang.
class Visitor {
 public:
  explicit Visitor(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~Visitor() { close(fd_); }
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  void say(std::string_view text) { send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  // Everything until the page closes the connection.
  std::string hear() {
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int fd_;
};

class HttpPageTest : public testing::Test {
 protected:
  std::string ask(std::string_view request) {
    Visitor visitor(page->port());
    visitor.say(request);
    return visitor.hear();
  }
  static std::string first_line(const std::string& reply) {
    return reply.substr(0, reply.find('\r'));
  }

  std::string text = "up 1\n";
  std::unique_ptr<HttpPage> page =
      std::move(*HttpPage::open("127.0.0.1:0", [this] { return text; }));
};
using HttpPageOnLoopback = HttpPageTest;

TEST_F(HttpPageOnLoopback, ServesTheTextWithItsLength) {
  const std::string reply = ask("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9464\r\n\r\n");
  EXPECT_EQ(first_line(reply), "HTTP/1.1 200 OK");
  EXPECT_NE(reply.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos);
  EXPECT_NE(reply.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_EQ(reply.substr(reply.find("\r\n\r\n")), "\r\n\r\nup 1\n");
}

TEST_F(HttpPageOnLoopback, ServesATextLargerThanASocketBuffer) {
  text = std::string(8 << 20, 'x');
  const std::string reply = ask("GET /metrics HTTP/1.0\r\n\r\n");
  EXPECT_EQ(reply.size() - reply.find("\r\n\r\n") - 4, text.size());
}

TEST_F(HttpPageOnLoopback, AnswersHeadWithoutTheText) {
  const std::string reply = ask("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(first_line(reply), "HTTP/1.1 200 OK");
  EXPECT_NE(reply.find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_EQ(reply.substr(reply.size() - 4), "\r\n\r\n");
}

TEST_F(HttpPageOnLoopback, ReadsARequestThatComesInPieces) {
  Visitor visitor(page->port());
  for (const char* piece : {"GET /met", "rics HTTP/1.1\r\nhost:", "  [::1]:9464 \r", "\n\r\n"}) {
    visitor.say(piece);
  }
  EXPECT_EQ(first_line(visitor.hear()), "HTTP/1.1 200 OK");
}

TEST_F(HttpPageOnLoopback, RefusesOtherPathsMethodsAndHosts) {
  const std::pair<const char*, const char*> cases[] = {
      {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404 Not Found"},
      {"GET /metricsx HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 404 Not Found"},
      {"POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
      {"GET /metrics HTTP/1.1\r\nHost: evil.example:9464\r\n\r\n",
       "HTTP/1.1 421 Misdirected Request"},
      {"GET /metrics HTTP/1.1\r\nHost: 192.168.0.1\r\n\r\n", "HTTP/1.1 421 Misdirected Request"},
      {"GET /metrics HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n", "HTTP/1.1 421 Misdirected Request"},
      {"GET /metrics HTTP/1.1\r\nHost: [::1\r\n\r\n", "HTTP/1.1 421 Misdirected Request"},
      {"GET /metrics\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET  HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
  };
  for (const auto& [request, status] : cases)
    EXPECT_EQ(first_line(ask(request)), status) << request;
}

TEST_F(HttpPageOnLoopback, RefusesARequestAboveItsLimit) {
  const std::string reply = ask("GET /metrics HTTP/1.1\r\nX: " + std::string(4096, 'x'));
  EXPECT_EQ(first_line(reply), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST_F(HttpPageOnLoopback, CutsOffAVisitorThatNeverFinishesAndServesTheOthersMeanwhile) {
  Visitor slow(page->port());
  slow.say("GET /metrics HTTP/1.1\r\n");
  EXPECT_EQ(first_line(ask("GET /metrics HTTP/1.0\r\n\r\n")), "HTTP/1.1 200 OK");
  EXPECT_EQ(slow.hear(), "");
}

TEST_F(HttpPageOnLoopback, ServesNewcomersAfterAFullHouseOfSilentOnes) {
  std::vector<std::unique_ptr<Visitor>> silent;
  for (int i = 0; i < 12; ++i) silent.push_back(std::make_unique<Visitor>(page->port()));
  EXPECT_EQ(first_line(ask("GET /metrics HTTP/1.0\r\n\r\n")), "HTTP/1.1 200 OK");
}

TEST_F(HttpPageOnLoopback, StopsAtOnceThoughAVisitorIsStillConnected) {
  Visitor silent(page->port());
  const std::int64_t before_ns = system_clock().now_ns();
  page.reset();
  EXPECT_LT(system_clock().now_ns() - before_ns, 5'000'000'000);  // the daemon's whole budget
  EXPECT_EQ(silent.hear(), "");
}

TEST_F(HttpPageOnLoopback, SaysThatThePortIsTaken) {
  const auto second =
      HttpPage::open("127.0.0.1:" + std::to_string(page->port()), [] { return ""; });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kIo);
  EXPECT_NE(second.error().sentence.find("Address already in use"), std::string::npos);
}

TEST(HttpPageElsewhere, IsDenied) {
  const auto page = HttpPage::open("0.0.0.0:0", [] { return ""; });
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::kDenied);
}

}  // namespace
}  // namespace acq
