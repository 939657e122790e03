#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_TYPE_LIST_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_TYPE_LIST_H_

#include "ipc_channel/platforms/cxx20.h"

namespace ipc_channel::serialize::internal {

template <class... Ts>
struct TypeList {};

template <class T>
struct TypeId {
  static constexpr char kAddress = 0;
};

// Stands for the type T where a value is wanted. As a template argument it
// makes compilers print the name of T.
template <class T>
inline constexpr const char* kTypeId = &TypeId<T>::kAddress;

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_TYPE_LIST_H_
