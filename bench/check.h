#ifndef IPC_CHANNEL_BENCH_CHECK_H_
#define IPC_CHANNEL_BENCH_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace ipc_channel_bench {

// A benchmark in which something failed has nothing to say: the functions here
// end the process, with the reason, unless all is well. Thread-safe.

[[noreturn]] inline void Stop(std::string_view reason) {
  std::cerr << reason << "\n";
  std::_Exit(1);
}

// For system calls: the message is that of errno.
inline void CheckCall(bool ok, const char* what) {
  if (ok) return;
  std::perror(what);
  std::_Exit(1);
}

inline void Check(const absl::Status& status) {
  if (!status.ok()) Stop(status.ToString());
}

template <class T>
T Check(absl::StatusOr<T> value) {
  Check(value.status());
  return *std::move(value);
}

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_CHECK_H_
