#include "drivers/transport/usb_events.h"

#include <libusb.h>
#include <pthread.h>
#include <sys/time.h>

#include <csignal>

#include "dsp/base/clock.h"

namespace acq::usb {
namespace {

constexpr long kLongestWait_s = 60;
constexpr std::int64_t kErrorPause_ns = 10'000'000;

void run(libusb_context* context, const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "usb-events");
  while (!stop.stop_requested()) {
    timeval wait{kLongestWait_s, 0};
    const int error = libusb_handle_events_timeout_completed(context, &wait, nullptr);
    if (error == LIBUSB_SUCCESS || error == LIBUSB_ERROR_INTERRUPTED) continue;
    system_clock().sleep_until(system_clock().now_ns() + kErrorPause_ns, stop);  // never spins
  }
}

}  // namespace

EventThread::EventThread(libusb_context* context) : context_(context) {
  // Signals are for the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::jthread([context](const std::stop_token& stop) { run(context, stop); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EventThread::~EventThread() {
  thread_.request_stop();
  libusb_interrupt_event_handler(context_);
}

}  // namespace acq::usb
