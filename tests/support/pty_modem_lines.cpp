// Loaded before the C library by programs that insist on modem lines: pseudo-terminals have none, and
// refuse to be asked. Their requests are granted without effect.
#include <dlfcn.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdarg>

extern "C" int ioctl(int descriptor, unsigned long request, ...) noexcept {
  using Ioctl = int (*)(int, unsigned long, ...);
  static const auto kNext = reinterpret_cast<Ioctl>(dlsym(RTLD_NEXT, "ioctl"));
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  const int result = kNext(descriptor, request, argument);
  if (result == 0 || (errno != ENOTTY && errno != EINVAL)) return result;
  switch (request) {
    case TIOCMGET: *static_cast<int*>(argument) = 0; return 0;
    case TIOCMSET:
    case TIOCMBIS:
    case TIOCMBIC: return 0;
    default: return result;
  }
}
