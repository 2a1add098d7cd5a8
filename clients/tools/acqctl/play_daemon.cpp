#include "clients/tools/acqctl/play_daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <thread>

#include "clients/tools/acqctl/interrupt.h"

namespace acq::tool {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr auto kStart = std::chrono::seconds(30);
constexpr int kStop_ms = 60'000;
constexpr auto kTurn = std::chrono::milliseconds(20);

std::string program_beside() {
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path() / "acqd";
  return !error && fs::exists(beside, error) ? beside.string() : "acqd";
}

// In the child: never returns.
[[noreturn]] void run_child(const char* const* arguments, const char* log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  const int out = ::open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0) ::_exit(1);
  ::dup2(in, 0);
  ::dup2(out, 1);
  ::dup2(out, 2);
  ::setpgid(0, 0);  // a person's Ctrl-C is for acqctl, which ends it in good order
  ::execvp(arguments[0], const_cast<char* const*>(arguments));
  const char* why = std::strerror(errno);
  static_cast<void>(!::write(2, why, std::strlen(why)));
  ::_exit(127);
}

}  // namespace

Result<PlayFolder> PlayFolder::make() {
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "acqd-play-XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr)
    return fail(Code::kIo, std::string("cannot make a folder: ") + std::strerror(errno), path);
  return PlayFolder(path);
}

PlayFolder::~PlayFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<std::unique_ptr<PlayDaemon>> PlayDaemon::start(const std::string& program,
                                                      const std::string& folder,
                                                      bool is_reproducible) {
  auto control = client::Control::connect("ipc://" + folder + "/control");
  if (!control) return tl::unexpected<Error>(control.error());
  const std::string path = program.empty() ? program_beside() : program;
  const std::string config = folder + "/acqd.toml";
  const std::string state = folder + "/state";
  const std::string log = folder + "/log";
  const char* arguments[] = {
      path.c_str(),  "--config",      config.c_str(), "--state-dir",
      state.c_str(), "--runtime-dir", folder.c_str(), is_reproducible ? "--reproducible" : nullptr,
      nullptr};
  std::error_code error;
  fs::create_directory(state, error);
  if (error) return fail(Code::kIo, "cannot make a folder: " + error.message(), state);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return fail(Code::kIo, std::string("cannot start acqd: ") + std::strerror(errno));
  if (child == 0) run_child(arguments, log.c_str(), parent);
  std::unique_ptr<PlayDaemon> daemon(new PlayDaemon(child, folder, std::move(*control)));
  for (const auto end = Steady::now() + kStart; Steady::now() < end && !is_interrupted();) {
    if (daemon->control_.hello("acqctl")) return daemon;
    if (!daemon->is_running()) break;
    std::this_thread::sleep_for(kTurn);
  }
  return fail(Code::kInternal, path + " does not play the recording: " + daemon->log_end(), "acqd");
}

PlayDaemon::~PlayDaemon() {
  if (has_ended_) return;
  ::kill(child_, SIGTERM);
  if (wait(kStop_ms)) return;
  ::kill(child_, SIGKILL);
  wait(kStop_ms);
}

Result<void> PlayDaemon::stop() {
  if (!has_ended_) ::kill(child_, SIGTERM);
  if (!wait(kStop_ms)) return fail(Code::kTimeout, "acqd does not end: " + log_end(), "acqd");
  if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0)
    return fail(Code::kInternal, "acqd did not end well: " + log_end(), "acqd");
  return {};
}

bool PlayDaemon::is_running() {
  return !wait(0);
}

bool PlayDaemon::wait(int timeout_ms) {
  const auto end = Steady::now() + std::chrono::milliseconds(timeout_ms);
  while (!has_ended_) {
    if (::waitpid(child_, &status_, WNOHANG) == child_) has_ended_ = true;
    if (has_ended_ || Steady::now() >= end) break;
    std::this_thread::sleep_for(kTurn);
  }
  return has_ended_;
}

// Every error it told, else its last line.
std::string PlayDaemon::log_end() const {
  std::ifstream file(folder_ + "/log");
  std::string errors;
  std::string last = "it says nothing";
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) continue;
    constexpr std::string_view kError = "error: ";
    const std::size_t at = line.find(kError);
    if (at != std::string::npos)
      errors += (errors.empty() ? "" : "; ") + line.substr(at + kError.size());
    last = line;
  }
  return errors.empty() ? last : errors;
}

}  // namespace acq::tool
