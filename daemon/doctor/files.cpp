// Who may open what.
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "daemon/doctor/finding.h"

namespace acq::doctor {

std::string group_of(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return {};
  const group* entry = getgrgid(info.st_gid);
  return entry == nullptr ? std::to_string(info.st_gid) : entry->gr_name;
}

std::string rights_text(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0) return {};
  char mode[16];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(info.st_mode & 07777U));
  const passwd* owner = getpwuid(info.st_uid);
  return std::string(mode) + " " +
         (owner == nullptr ? std::to_string(info.st_uid) : owner->pw_name) + " " + group_of(path);
}

bool is_open_to_us(const std::string& path) {
  return access(path.c_str(), R_OK | W_OK) == 0;
}

std::vector<std::string> drop_in_remedy(const std::string& example) {
  const std::string folder = "/etc/systemd/system/acqd.service.d";
  return {"sudo mkdir -p " + folder,
          "sudo cp /usr/share/doc/acqd/examples/" + example + " " + folder,
          "sudo systemctl daemon-reload", "sudo systemctl restart acqd"};
}

}  // namespace acq::doctor
