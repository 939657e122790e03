#ifndef IPC_CHANNEL_SERIALIZE_TYPE_LIST_H_
#define IPC_CHANNEL_SERIALIZE_TYPE_LIST_H_

#include "ipc_channel/platforms/cxx20.h"

namespace ipc_channel::serialize::internal {

template <class... Ts>
struct TypeList {};

// The address of kTypeId<T> stands for the type T where a value is wanted.
template <class T>
inline constexpr char kTypeId = 0;

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_TYPE_LIST_H_
