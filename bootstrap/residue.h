#ifndef IPC_CHANNEL_BOOTSTRAP_RESIDUE_H_
#define IPC_CHANNEL_BOOTSTRAP_RESIDUE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <string>
#include <vector>

#include "ipc_channel/testing/fd_leak_check.h"

namespace ipc_channel {

// Where a test sees what processes leave behind that it starts and that die.
// Until it is destroyed an empty folder is XDG_RUNTIME_DIR, TMPDIR and the
// working directory, and orphans become children of this process, whose network
// namespace is a new one, where the system allows that.
//
// The destructor adds a test failure if anything is left then: a file in the
// folder, a socket, a process or zombie, a descriptor of this process. One
// object at a time. Thread-compatible; this process has one thread.
class ResidueCheck {
 public:
  ResidueCheck();
  ResidueCheck(const ResidueCheck&) = delete;
  ResidueCheck& operator=(const ResidueCheck&) = delete;
  ~ResidueCheck();

  // An absolute path, short enough for sockets in it.
  const std::string& folder() const { return folder_; }

  // A word that is no other process's.
  std::string word() const;

  // All that lies in the folder, at any depth, as paths from there; sorted.
  std::vector<std::string> Files() const;

  // The lines of the system's list of Unix sockets that are of the test: all,
  // in a network namespace of its own, else those that contain the word.
  std::vector<std::string> Sockets() const;

 private:
  const ipc_channel_testing::ExpectNoFdLeak no_leak_;
  const bool has_own_network_;
  std::string folder_;
  std::string folder_before_;
};

// Waits until all children of this process have ended, adopted ones too, and
// reaps them; gives how many there were. A test failure is added for one that
// did not end with code 0, or in a minute.
int ReapAllChildren();

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_RESIDUE_H_
