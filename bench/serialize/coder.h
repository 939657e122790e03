#ifndef IPC_CHANNEL_BENCH_SERIALIZE_CODER_H_
#define IPC_CHANNEL_BENCH_SERIALIZE_CODER_H_

#include <concepts>
#include <cstddef>
#include <span>

namespace ipc_channel_bench {

// One way to write and read a T. It is made from a T, which it borrows; what
// its constructor does is not measured, and bytes() are there after it. A call
// each:
//   Write       the value into a buffer that was used before
//   ReadFresh   the bytes into an object made for it, which is then destroyed
//   ReadReused  the bytes into the same object as before
// False means that it failed. No call's work may be optimized away.
template <class C, class T>
concept CoderOf = std::constructible_from<C, const T&> && requires(C coder) {
  { coder.Write() } -> std::same_as<bool>;
  { coder.ReadFresh() } -> std::same_as<bool>;
  { coder.ReadReused() } -> std::same_as<bool>;
  { coder.bytes() } -> std::same_as<std::span<const std::byte>>;
};

}  // namespace ipc_channel_bench

#endif  // IPC_CHANNEL_BENCH_SERIALIZE_CODER_H_
