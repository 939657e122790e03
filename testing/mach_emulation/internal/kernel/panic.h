#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PANIC_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PANIC_H_

// The end of the emulated kernel, and so of the test.

#include <string_view>

namespace ipc_channel_testing::mach_emulation {

// Says why and exits: the test's process dies with its launcher. For mistakes
// of the emulation itself; what a task does wrong by Mach's rules gives it an
// error, or kills it alone.
[[noreturn]] void Panic(std::string_view sentence);

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_KERNEL_PANIC_H_
