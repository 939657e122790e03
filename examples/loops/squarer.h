#ifndef IPC_CHANNEL_EXAMPLES_LOOPS_SQUARER_H_
#define IPC_CHANNEL_EXAMPLES_LOOPS_SQUARER_H_

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "absl/status/statusor.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"

namespace loops {

// The other process of the examples: a child that squares numbers. What it gets
// is this one message, and then it works until no more numbers can come.
struct SquarerWork {
  ipc_channel::Receiver<std::int64_t> numbers;
  ipc_channel::Sender<std::int64_t> squares;
};

// The parent's side. The channel of numbers has room for few of them, and the
// child takes none before Begin(): whoever sends more finds it full.
struct Squarer {
  ipc_channel::Sender<std::int64_t> numbers;
  ipc_channel::Receiver<std::int64_t> squares;
  ipc_channel::Sender<SquarerWork> start;
  SquarerWork work;
  pid_t pid = -1;

  // Gives the child its work. Does not block. If that fails, both ends of the
  // parent's show that nobody is there, as if the child had died.
  void Begin();

  // Waits until the child has exited: true if by itself and with success.
  bool WaitForExit() const;
};

// Starts this program again, as RunSquarer(). A mortal child dies after ten
// numbers, without a word.
absl::StatusOr<Squarer> StartSquarer(bool is_mortal);

// Whether this process is that child; then main() returns what RunSquarer()
// does.
bool IsSquarer(std::span<char*> arguments);
int RunSquarer(std::span<char*> arguments);

}  // namespace loops

#endif  // IPC_CHANNEL_EXAMPLES_LOOPS_SQUARER_H_
