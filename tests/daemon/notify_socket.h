// A service manager as far as a service can tell: a datagram socket named in the environment.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace acq {

class NotifySocket {
 public:
  // `watchdog_us` is what the manager asks for; empty: no watchdog.
  explicit NotifySocket(const std::string& watchdog_us = {}) {
    char folder[] = "/tmp/acq-notify-XXXXXX";
    EXPECT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
    path_ = folder_ + "/socket";
    fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    setenv("NOTIFY_SOCKET", path_.c_str(), 1);
    if (!watchdog_us.empty()) setenv("WATCHDOG_USEC", watchdog_us.c_str(), 1);
  }
  ~NotifySocket() {
    close_socket();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    rmdir(folder_.c_str());
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  void close_socket() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
    unlink(path_.c_str());
  }

  // Every message that has arrived.
  std::vector<std::string> take() {
    std::vector<std::string> messages;
    char buffer[4096];
    for (ssize_t got = 0; (got = recv(fd_, buffer, sizeof buffer, 0)) >= 0;) {
      messages.emplace_back(buffer, static_cast<std::size_t>(got));
    }
    return messages;
  }

 private:
  std::string folder_;
  std::string path_;
  int fd_ = -1;
};

}  // namespace acq
