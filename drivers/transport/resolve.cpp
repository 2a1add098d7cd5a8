#include "drivers/transport/resolve.h"

#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "drivers/transport/wait.h"

namespace acq {
namespace {

// One query to the name service. The C library works on it in a thread of its own, so it must stay
// where it is until that thread is done.
class Lookup {
 public:
  Lookup(std::string host, std::uint16_t port, int flags)
      : host_(std::move(host)), service_(std::to_string(port)) {
    hints_.ai_socktype = SOCK_STREAM;
    hints_.ai_flags = flags | AI_NUMERICSERV;
    request_.ar_name = host_.c_str();
    request_.ar_service = service_.c_str();
    request_.ar_request = &hints_;
  }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup() {
    if (request_.ar_result != nullptr) ::freeaddrinfo(request_.ar_result);
  }

  // Without asking anybody: for addresses in figures.
  int run_now() noexcept {
    return ::getaddrinfo(host_.c_str(), service_.c_str(), &hints_, &request_.ar_result);
  }

  int start() noexcept {
    gaicb* list[] = {&request_};
    return ::getaddrinfo_a(GAI_NOWAIT, list, 1, nullptr);
  }
  [[nodiscard]] int status() noexcept { return ::gai_error(&request_); }

  void wait(std::int64_t wait_ns) noexcept {
    constexpr std::int64_t kSecond_ns = 1'000'000'000;
    const timespec timeout{.tv_sec = wait_ns / kSecond_ns, .tv_nsec = wait_ns % kSecond_ns};
    const gaicb* list[] = {&request_};
    ::gai_suspend(list, 1, &timeout);
  }
  // Whether the C library lets go of it at once.
  bool cancel() noexcept { return ::gai_cancel(&request_) != EAI_NOTCANCELED; }

  [[nodiscard]] std::vector<SocketAddress> addresses() const {
    std::vector<SocketAddress> found;
    for (const addrinfo* info = request_.ar_result; info != nullptr; info = info->ai_next) {
      SocketAddress address;
      if (info->ai_addrlen > sizeof(address.storage)) continue;
      std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
      address.length = info->ai_addrlen;
      found.push_back(address);
    }
    return found;
  }

 private:
  std::string host_;
  std::string service_;
  addrinfo hints_{};
  gaicb request_{};
};

// Lookups nobody waits for any more; each is freed by the first abandon() after its end.
void abandon(std::unique_ptr<Lookup> lookup) {
  static std::mutex mutex;
  static std::vector<std::unique_ptr<Lookup>> abandoned;
  const std::lock_guard lock(mutex);
  std::erase_if(abandoned, [](const auto& old) { return old->status() != EAI_INPROGRESS; });
  abandoned.push_back(std::move(lookup));
}

Result<std::vector<SocketAddress>> refuse(const std::string& host, int status) {
  const bool is_unknown = status == EAI_NONAME || status == EAI_NODATA;
  return fail(is_unknown ? Code::kNotFound : Code::kIo,
              "cannot find the host " + quote(host) + ": " + ::gai_strerror(status));
}

}  // namespace

Result<std::vector<SocketAddress>> resolve(const std::string& host, std::uint16_t port,
                                           const Until& until) {
  if (Lookup numeric(host, port, AI_NUMERICHOST); numeric.run_now() == 0)
    return numeric.addresses();
  auto lookup = std::make_unique<Lookup>(host, port, AI_ADDRCONFIG);
  if (const int status = lookup->start(); status != 0) return refuse(host, status);
  constexpr std::int64_t kSlice_ns = 20'000'000;
  while (lookup->status() == EAI_INPROGRESS) {
    const std::int64_t left_ns = remaining_ns(until);
    if (left_ns == 0) {
      if (!lookup->cancel()) abandon(std::move(lookup));
      return fail(Code::kTimeout, "the name service did not find " + quote(host) + " in time");
    }
    lookup->wait(std::min(left_ns, kSlice_ns));
  }
  if (const int status = lookup->status(); status != 0) return refuse(host, status);
  return lookup->addresses();
}

}  // namespace acq
