#include "drivers/transport/usb_events.h"

#include <libusb.h>
#include <pthread.h>
#include <sys/time.h>

#include <csignal>
#include <utility>

#include "dsp/base/clock.h"

namespace acq::usb {
namespace {

constexpr long kLongestWait_s = 60;
constexpr std::int64_t kErrorPause_ns = 10'000'000;

std::function<void()>& beginning() {
  static std::function<void()> first;
  return first;
}

void run(libusb_context* context, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    timeval wait{kLongestWait_s, 0};
    const int error = libusb_handle_events_timeout_completed(context, &wait, nullptr);
    if (error == LIBUSB_SUCCESS || error == LIBUSB_ERROR_INTERRUPTED) continue;
    system_clock().sleep_until(system_clock().now_ns() + kErrorPause_ns, stop);  // never spins
  }
}

}  // namespace

EventThread::EventThread(libusb_context* context) : context_(context) {
  // Signals are for the program's own threads, but for the one that tells a thread that it spins.
  sigset_t others;
  sigset_t before;
  sigfillset(&others);
  sigdelset(&others, SIGXCPU);
  pthread_sigmask(SIG_SETMASK, &others, &before);
  thread_ = std::jthread([context, first = beginning()](const std::stop_token& stop) {
    pthread_setname_np(pthread_self(), "usb-events");
    if (first) first();
    run(context, stop);
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EventThread::~EventThread() {
  thread_.request_stop();
  libusb_interrupt_event_handler(context_);
}

void begin_event_threads_with(std::function<void()> first) {
  beginning() = std::move(first);
}

}  // namespace acq::usb
