#ifndef IPC_CHANNEL_BOOTSTRAP_COMMAND_H_
#define IPC_CHANNEL_BOOTSTRAP_COMMAND_H_

#include "ipc_channel/platforms/cxx20.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc_channel/transport/channel_options.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel {

// What a child has as its standard input, output or error. Move-only;
// thread-compatible.
class Stdio {
 public:
  enum class Kind { kInherit, kNull, kPipe, kDescriptor };

  // What this process has there; closed if that is closed or close-on-exec.
  Stdio() = default;
  static Stdio Inherit() { return Stdio(); }
  // /dev/null: nothing to read, and what is written is gone.
  static Stdio Null() { return Stdio(Kind::kNull); }
  // A pipe, whose other end is in StdioPipes.
  static Stdio Pipe() { return Stdio(Kind::kPipe); }
  // This open file. Spawn() closes it here, whatever comes of it.
  static Stdio Descriptor(transport::UniqueFd descriptor) {
    Stdio result(Kind::kDescriptor);
    result.descriptor_ = std::move(descriptor);
    return result;
  }

  Kind kind() const { return kind_; }
  transport::BorrowedFd descriptor() const { return descriptor_.Borrow(); }

 private:
  explicit Stdio(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::kInherit;
  transport::UniqueFd descriptor_;
};

// This process's ends of the pipes that were asked for; the others are not
// valid. They are ordinary pipes: close-on-exec, blocking, and writing to one
// that nobody reads any more raises SIGPIPE.
struct StdioPipes {
  transport::UniqueFd input;   // write what the child reads
  transport::UniqueFd output;  // read what the child writes
  transport::UniqueFd error;
};

// What becomes of a child that still runs when its Child is destroyed.
enum class ChildAtDestruction {
  kKill,  // SIGKILL, then it is waited for: no longer than dying takes
  kWait,  // it is waited for, however long it runs
};

// A program to be run by Spawn() (spawn.h), and how.
struct Command {
  // The path of the executable; a relative one is looked up from
  // `working_directory`.
  std::string program;

  // Looks a program without a '/' up in PATH, this process's, as a shell does.
  bool search_path = false;

  // All but the first, which is `program`.
  std::vector<std::string> arguments = {};

  // The child's environment: this process's, or none, changed by these: a
  // variable that is set, or removed.
  bool inherit_environment = true;
  std::map<std::string, std::optional<std::string>> environment = {};

  // Empty: that of this process.
  std::string working_directory = {};

  Stdio standard_input = {};
  Stdio standard_output = {};
  Stdio standard_error = {};

  // Of the two channels. The limits of a message hold at this process's ends;
  // the child may set those at its own.
  transport::ChannelOptions to_child = {};
  transport::ChannelOptions to_parent = {};

  ChildAtDestruction at_destruction = ChildAtDestruction::kKill;
};

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_COMMAND_H_
