#ifndef IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_CALLBACK_SCOPE_H_
#define IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_CALLBACK_SCOPE_H_

namespace ipc_channel::router_internal {

// While one lives, this thread runs users' code on behalf of `owner`: it must
// not wait for that to end. Nests, as a callback may run those of another.
class CallbackScope {
 public:
  explicit CallbackScope(const void* owner);
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;
  ~CallbackScope();

  // Whether this thread is in a scope of `owner`.
  static bool IsIn(const void* owner);

 private:
  const void* const owner_;
  const CallbackScope* const outer_;
};

}  // namespace ipc_channel::router_internal

#endif  // IPC_CHANNEL_CHANNEL_ROUTER_INTERNAL_CALLBACK_SCOPE_H_
