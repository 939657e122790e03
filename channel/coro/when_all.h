#ifndef IPC_CHANNEL_CHANNEL_CORO_WHEN_ALL_H_
#define IPC_CHANNEL_CHANNEL_CORO_WHEN_ALL_H_

#include "ipc_channel/platforms/cxx20.h"

#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ipc_channel/channel/coro/task.h"
#include "ipc_channel/channel/coro/task_group.h"
#include "ipc_channel/transport/out_of_memory.h"

namespace ipc_channel::coro {
namespace internal {

template <class T>
using ValueOf = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
Task<> RunInto(Task<T> task, std::optional<ValueOf<T>>& value) {
  if constexpr (std::is_void_v<T>) {
    co_await std::move(task);
    value.emplace();
  } else {
    value.emplace(co_await std::move(task));
  }
}

template <class T>
absl::Status SpawnInto(TaskGroup& group, std::optional<ValueOf<T>>& value,
                       Task<T>& task) {
  return TaskGroupAccess::TrySpawn(group, RunInto(std::move(task), value));
}

template <class... T>
absl::Status SpawnAllInto(TaskGroup& group,
                          std::tuple<std::optional<ValueOf<T>>...>& values,
                          Task<T>&... tasks) {
  return transport::OrOutOfMemory([&] {
    absl::Status status;
    const auto spawn = [&](auto& value, auto& task) {
      status = SpawnInto(group, value, task);
      return status.ok();
    };
    std::apply(
        [&](auto&... value) {
          static_cast<void>((spawn(value, tasks) && ...));
        },
        values);
    return status;
  });
}

template <class T>
absl::Status SpawnAllInto(TaskGroup& group,
                          std::vector<std::optional<ValueOf<T>>>& values,
                          std::vector<Task<T>>& tasks) {
  return transport::OrOutOfMemory([&] {
    values.resize(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      absl::Status spawned = SpawnInto(group, values[i], tasks[i]);
      if (!spawned.ok()) return spawned;
    }
    return absl::OkStatus();
  });
}

template <class... T>
std::tuple<T...> TakeAll(std::tuple<std::optional<T>...>& values) {
  return std::apply(
      [](auto&... value) { return std::tuple<T...>(*std::move(value)...); },
      values);
}

template <class T>
absl::StatusOr<std::vector<T>> TakeAll(std::vector<std::optional<T>>& values) {
  return transport::OrOutOfMemory([&]() -> absl::StatusOr<std::vector<T>> {
    std::vector<T> all;
    all.reserve(values.size());
    for (auto& value : values) all.push_back(*std::move(value));
    return all;
  });
}

}  // namespace internal

// Runs tasks beside each other and gives what each of them gave, in their
// order, when all have ended; a Task<> gives a std::monostate.
//
//   auto both = co_await coro::WhenAll(Load(a), Load(b));
//   if (!both.ok()) co_return both.status();
//   auto& [one, other] = *both;
//
// Destroying it destroys those that have not ended (task.h).
//
//   RESOURCE_EXHAUSTED  no memory for all of them: those that had begun are
//                       destroyed. Or, once all have ended, one did so by
//                       std::bad_alloc
template <class... T>
Task<absl::StatusOr<std::tuple<internal::ValueOf<T>...>>> WhenAll(
    Task<T>... tasks) {
  std::tuple<std::optional<internal::ValueOf<T>>...> values;
  TaskGroup group;
  absl::Status spawned = internal::SpawnAllInto<T...>(group, values, tasks...);
  if (!spawned.ok()) co_return spawned;
  absl::Status joined = co_await group.Join();
  if (!joined.ok()) co_return joined;
  co_return internal::TakeAll(values);
}

// The same for any number of tasks of one type.
template <class T>
Task<absl::StatusOr<std::vector<internal::ValueOf<T>>>> WhenAll(
    std::vector<Task<T>> tasks) {
  std::vector<std::optional<internal::ValueOf<T>>> values;
  TaskGroup group;
  absl::Status spawned = internal::SpawnAllInto<T>(group, values, tasks);
  if (!spawned.ok()) co_return spawned;
  absl::Status joined = co_await group.Join();
  if (!joined.ok()) co_return joined;
  co_return internal::TakeAll(values);
}

}  // namespace ipc_channel::coro

#endif  // IPC_CHANNEL_CHANNEL_CORO_WHEN_ALL_H_
