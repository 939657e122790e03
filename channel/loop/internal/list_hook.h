#ifndef IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_LIST_HOOK_H_
#define IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_LIST_HOOK_H_

#include "ipc_channel/platforms/cxx20.h"

#include <utility>

namespace ipc_channel::internal {

// A place of a T in a list of such, or, without a T, the head of a list: the
// place before its first element and after its last one. Alone at first, and
// alone again once destroyed. Entering and leaving a list allocate nothing.
// Thread-compatible.
template <class T>
class ListHook {
 public:
  ListHook() = default;
  explicit ListHook(T* owner) : owner_(owner) {}
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { Unlink(); }

  bool is_linked() const { return next_ != this; }

  // Whose the next place is; null if that is the head.
  T* next() const { return next_->owner_; }

  void Unlink() {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = this;
  }

  // Makes this the last of the list that `head` stands for.
  void AppendTo(ListHook& head) {
    Unlink();
    prev_ = head.prev_;
    next_ = &head;
    prev_->next_ = this;
    head.prev_ = this;
  }

  // Moves all elements of the list whose head this is to the empty one whose
  // head `other` is.
  void MoveTo(ListHook& other) {
    if (!is_linked()) return;
    other.AppendTo(*this);
    Unlink();
  }

 private:
  T* owner_ = nullptr;
  ListHook* prev_ = this;
  ListHook* next_ = this;
};

}  // namespace ipc_channel::internal

#endif  // IPC_CHANNEL_CHANNEL_LOOP_INTERNAL_LIST_HOOK_H_
