// A daemon of one's own that plays a recording.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "clients/cpp/control.h"
#include "dsp/base/result.h"

namespace acq::tool {

// A new folder below the system's for temporary files; removed with everything in it at the end.
class PlayFolder {
 public:
  static Result<PlayFolder> make();
  PlayFolder(PlayFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PlayFolder& operator=(PlayFolder&&) = delete;
  ~PlayFolder();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  explicit PlayFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// The child process. One thread. It is told to end, and after a while killed, by the destructor.
class PlayDaemon {
 public:
  // Runs `program` ("": the acqd beside this program, else the one on the PATH) with the configuration in
  // `folder`/acqd.toml, and waits until it answers. Errors have the end of its log.
  static Result<std::unique_ptr<PlayDaemon>> start(const std::string& program,
                                                   const std::string& folder, bool is_reproducible);
  PlayDaemon(const PlayDaemon&) = delete;
  PlayDaemon& operator=(const PlayDaemon&) = delete;
  ~PlayDaemon();

  [[nodiscard]] client::Control& control() noexcept { return control_; }
  // Ends it in good order: what is on its way is still written. kInternal: it did not end well.
  Result<void> stop();
  [[nodiscard]] bool is_running();

 private:
  PlayDaemon(pid_t child, std::string folder, client::Control control)
      : child_(child), folder_(std::move(folder)), control_(std::move(control)) {}
  [[nodiscard]] std::string log_end() const;
  // False: it still runs.
  bool wait(int timeout_ms);

  pid_t child_;
  std::string folder_;
  client::Control control_;
  int status_ = 0;
  bool has_ended_ = false;
};

}  // namespace acq::tool
