#ifndef IPC_CHANNEL_SERIALIZE_INTERNAL_STD_REFUSED_H_
#define IPC_CHANNEL_SERIALIZE_INTERNAL_STD_REFUSED_H_

#include "ipc_channel/platforms/cxx20.h"

#include <any>
#include <atomic>
#include <functional>
#include <memory>
#include <queue>
#include <stack>

#include "ipc_channel/serialize/internal/problem.h"

namespace ipc_channel::serialize::internal {

// Why a class of the standard library is refused, where there is more to say
// than that it is unknown.
template <class T>
inline constexpr Problem kStdRefusal = Problem::kNone;

template <class T>
inline constexpr Problem kStdRefusal<std::weak_ptr<T>> = Problem::kWeakPointer;
template <class T>
inline constexpr Problem kStdRefusal<std::function<T>> = Problem::kFunction;
template <class T>
inline constexpr Problem kStdRefusal<std::reference_wrapper<T>> =
    Problem::kReference;
template <>
inline constexpr Problem kStdRefusal<std::any> = Problem::kAny;
template <class T>
inline constexpr Problem kStdRefusal<std::atomic<T>> = Problem::kAtomic;
template <class T, class Container>
inline constexpr Problem kStdRefusal<std::queue<T, Container>> =
    Problem::kAdaptor;
template <class T, class Container>
inline constexpr Problem kStdRefusal<std::stack<T, Container>> =
    Problem::kAdaptor;
template <class T, class Container, class Compare>
inline constexpr Problem
    kStdRefusal<std::priority_queue<T, Container, Compare>> = Problem::kAdaptor;

}  // namespace ipc_channel::serialize::internal

#endif  // IPC_CHANNEL_SERIALIZE_INTERNAL_STD_REFUSED_H_
