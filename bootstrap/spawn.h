#ifndef IPC_CHANNEL_BOOTSTRAP_SPAWN_H_
#define IPC_CHANNEL_BOOTSTRAP_SPAWN_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/child.h"
#include "ipc_channel/bootstrap/command.h"
#include "ipc_channel/bootstrap/exit_status.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/bootstrap/internal/raw_spawn.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel {

// A child process and this process's ends of the channels to and from it. The
// ends are closed before the Child is destroyed, by the destructor as by an
// assignment, so that a child that is waited for there learns that it is time
// to end. Move-only; thread-compatible.
template <class ToChild, class ToParent>
struct Spawned {
  Spawned() = default;
  Spawned(Child child, Sender<ToChild> sender, Receiver<ToParent> receiver,
          StdioPipes pipes)
      : child(std::move(child)),
        sender(std::move(sender)),
        receiver(std::move(receiver)),
        pipes(std::move(pipes)) {}
  Spawned(Spawned&&) noexcept = default;
  Spawned& operator=(Spawned&& other) noexcept {
    Spawned before(std::move(other));
    std::swap(before.child, child);
    std::swap(before.sender, sender);
    std::swap(before.receiver, receiver);
    std::swap(before.pipes, pipes);
    return *this;
  }

  Child child;
  Sender<ToChild> sender;
  Receiver<ToParent> receiver;
  StdioPipes pipes;  // where the Command asked for them
};

// Starts `command`, a program that calls InheritedChannel<ToChild, ToParent>()
// (inherited_channel.h), with a channel to it and a channel from it. Returns
// when the program runs; it need not have called that yet, and what is sent
// waits for it.
//
// The channels have no name, so nobody else can connect. The child inherits
// their descriptors as its 3 and 4, and is told of them by one variable of its
// environment, IPC_CHANNEL_INHERITED. It has these, its standard ones, and no
// other descriptor of this process, close-on-exec or not. Where channels are
// Mach ports it has the standard ones alone, and asks for its ends: a thread of
// this process answers it, and waits for that until the child has asked or
// ended, or its Child is destroyed (docs/bootstrap.md). No signal is blocked
// or ignored in it, whatever is here. All else is as for any program that is
// executed: working directory, user, limits, process group.
//
// It is the memory of this process that the kernel lends to the child until it
// has executed the program (posix_spawn()): nothing is copied however large
// this process is, its other threads run on, and no handler of pthread_atfork()
// is called.
//
// UNAVAILABLE from the receiver means that the child has ended, or has given
// its end up; `child` tells which. A program that was built with other
// definitions of ToChild or ToParent is refused by InheritedChannel(): the
// receiver then gives DATA_LOSS (unless ToParent is Bytes), and UNAVAILABLE.
//
// Thread-safe while nobody changes the environment. Waits until the program has
// been loaded. After any status but OK there is no child (where no descriptor
// was left to hold it by, there was one for a moment), and everything that
// `command` owned is closed.
//
//   INVALID_ARGUMENT    no such program or directory, not a program, no
//                       descriptor where one was given, a '\0' or a name that
//                       is none in the command
//   PERMISSION_DENIED   the program may not be executed, or the directory not
//                       entered
//   RESOURCE_EXHAUSTED  no descriptors, memory or processes (RLIMIT_NPROC)
//   OUT_OF_RANGE        arguments and environment are too long for the system,
//                       or it does not allow such a capacity of the channels
//   INTERNAL            the system says something else
template <class ToChild, class ToParent>
absl::StatusOr<Spawned<ToChild, ToParent>> Spawn(Command command) {
  absl::StatusOr<internal::RawSpawned> raw = internal::RawSpawn(
      std::move(command),
      internal::SpawnContents{
          .to_child = internal::ContentFingerprint<ToChild>(),
          .to_parent = internal::ContentFingerprint<ToParent>()});
  if (!raw.ok()) return raw.status();
  return Spawned<ToChild, ToParent>(
      std::move(raw->child), Sender<ToChild>(std::move(raw->sender)),
      Receiver<ToParent>(std::move(raw->receiver)), std::move(raw->pipes));
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_SPAWN_H_
