#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipc_channel/examples/sandbox/empty_root.h"

namespace sandbox {
namespace {

// Any folder will do to mount the new root on; everybody has this one.
constexpr char kMountPoint[] = "/proc";

bool MountEmptyFileSystem() {
  // Not to be seen by the namespace that this one is a copy of.
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("empty", kMountPoint, "tmpfs",
                 MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 "mode=0555,nr_inodes=1") == 0;
}

// Over the old root, which is then taken away from below it.
bool MakeItTheRoot() {
  return ::chdir(kMountPoint) == 0 &&
         ::syscall(SYS_pivot_root, ".", ".") == 0 &&
         ::umount2(".", MNT_DETACH) == 0 && ::chdir("/") == 0;
}

}  // namespace

bool EnterEmptyRoot() {
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0 &&
         MountEmptyFileSystem() && MakeItTheRoot();
}

}  // namespace sandbox
