#ifndef IPC_CHANNEL_TRANSPORT_UNIX_HELD_SENDERS_H_
#define IPC_CHANNEL_TRANSPORT_UNIX_HELD_SENDERS_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "ipc_channel/transport/lane.h"
#include "ipc_channel/transport/mutex.h"

namespace ipc_channel::transport::unix_backend {

// The senders that this process holds, by the cookies of their sockets, so that
// one that comes again is known again. Keeps none of them alive: a lane takes
// itself out when it dies, and so there are never more entries than lanes.
//
// A cookie is either true, by the kernel's word, or claimed by the peer from
// whom the sender came. The truth displaces a claim, and never the reverse: so
// claims can neither fill the table nor keep the right lane out of it.
//
// Thread-safe. Does not block: no system call and no destructor of a lane runs
// under its lock.
class HeldSenders {
 public:
  enum class Word { kClaimed, kTrue };

  HeldSenders() = default;
  HeldSenders(const HeldSenders&) = delete;
  HeldSenders& operator=(const HeldSenders&) = delete;

  // The one of this process; never destroyed.
  static HeldSenders& OfThisProcess();

  // The lane under `cookie`, which may be only claimed; null if there is none.
  std::shared_ptr<SenderLane> Find(std::uint64_t cookie);

  // Puts `lane` under `cookie` and returns null; or returns the other lane that
  // has the better right to the place, or an equal one and was first.
  std::shared_ptr<SenderLane> Add(std::uint64_t cookie, Word word,
                                  const std::shared_ptr<SenderLane>& lane);

  // Takes `lane` away from under `cookie`, if it stands there.
  void Remove(std::uint64_t cookie, const SenderLane* lane);

  // For tests.
  std::size_t size();

 private:
  struct Entry {
    const SenderLane* address = nullptr;  // that of `lane`, dying or not
    std::weak_ptr<SenderLane> lane;
    Word word = Word::kClaimed;
  };

  Mutex mutex_;
  // Not one of Abseil's: they must not be used any more once memory ran out
  // while they grew. Nor one with a hash that peers can foresee.
  std::map<std::uint64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ipc_channel::transport::unix_backend

#endif  // IPC_CHANNEL_TRANSPORT_UNIX_HELD_SENDERS_H_
