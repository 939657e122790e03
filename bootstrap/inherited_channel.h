#ifndef IPC_CHANNEL_BOOTSTRAP_INHERITED_CHANNEL_H_
#define IPC_CHANNEL_BOOTSTRAP_INHERITED_CHANNEL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

#include "absl/status/statusor.h"
#include "ipc_channel/bootstrap/internal/inherited_ends.h"
#include "ipc_channel/bootstrap/internal/raw_inherited_ends.h"
#include "ipc_channel/channel/internal/channel_content.h"
#include "ipc_channel/channel/receiver.h"
#include "ipc_channel/channel/sender.h"

namespace ipc_channel {

// A spawned process's ends of the channels from and to its parent.
template <class ToChild, class ToParent>
struct InheritedEnds {
  Receiver<ToChild> receiver;
  Sender<ToParent> sender;
};

// In a process that Spawn<ToChild, ToParent>() (spawn.h) has started: its ends
// of the two channels, once. To be called early in main(), in any case before
// the process starts others or has threads that use the environment: it makes
// the descriptors close-on-exec, and removes the variable by which it found
// them (whose format is in docs/bootstrap.md), whatever comes of the call.
// Until then a process that this one starts would inherit both.
//
// Nothing is believed that the variable says: the descriptors must lead to the
// very sockets that the parent made, or they are left alone.
//
// Where channels are Mach ports there is a right in place of the descriptors,
// which no other process inherits at any time, nor a program that this one
// executes in its place.
//
// Once the parent has ended or has given up its ends the receiver says
// UNAVAILABLE when everything is received, and so does the sender.
//
// Thread-safe, but for the environment. Does not block, but where channels are
// Mach ports: there it waits for the parent's answer, a minute at most.
//
//   FAILED_PRECONDITION  this process was not started by Spawn(), or the ends
//                        have been taken
//   INVALID_ARGUMENT     the parent was built with other definitions of what
//                        goes through the channels: both are closed, and the
//                        parent is told. Or the variable is not of Spawn(), or
//                        its descriptors have been closed since
//   DEADLINE_EXCEEDED    the parent does not answer (Mach ports); the ends are
//                        lost
//   RESOURCE_EXHAUSTED   no memory
template <class ToChild, class ToParent>
absl::StatusOr<InheritedEnds<ToChild, ToParent>> InheritedChannel() {
  absl::StatusOr<internal::RawInheritedEnds> raw =
      internal::TakeInheritedEnds(internal::SpawnContents{
          .to_child = internal::ContentFingerprint<ToChild>(),
          .to_parent = internal::ContentFingerprint<ToParent>()});
  if (!raw.ok()) return raw.status();
  return InheritedEnds<ToChild, ToParent>{
      Receiver<ToChild>(std::move(raw->receiver)),
      Sender<ToParent>(std::move(raw->sender))};
}

}  // namespace ipc_channel

#endif  // IPC_CHANNEL_BOOTSTRAP_INHERITED_CHANNEL_H_
