#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ipc_channel/examples/notebook/default_name.h"

namespace notebook {
namespace {

constexpr char kPath[] = "unix-path:";
constexpr char kAbstract[] = "unix-abstract:";

std::string OwnFolder() { return absl::StrCat("/tmp/notebook-", ::geteuid()); }

std::string NameInOwnFolder() {
  return absl::StrCat(kPath, OwnFolder(), "/socket");
}

}  // namespace

std::string DefaultName() {
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime == nullptr || runtime[0] != '/') return NameInOwnFolder();
  return absl::StrCat(kPath, runtime, "/notebook");
}

std::string DefaultAbstractName() {
  return absl::StrCat(kAbstract, "notebook-", ::geteuid());
}

absl::Status MakeFolderOf(const std::string& name) {
  if (name != NameInOwnFolder()) return absl::OkStatus();
  const std::string folder = OwnFolder();
  ::mkdir(folder.c_str(), 0700);  // if it is there already, it is looked at
  struct stat found = {};
  if (::lstat(folder.c_str(), &found) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot make ", folder));
  }
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid() ||
      (found.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(folder, " is no folder of this user alone"));
  }
  return absl::OkStatus();
}

void RemoveFolderOf(const std::string& name) {
  if (name == NameInOwnFolder()) ::rmdir(OwnFolder().c_str());
}

}  // namespace notebook
