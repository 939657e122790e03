#ifndef IPC_CHANNEL_PLATFORMS_CXX20_H_
#define IPC_CHANNEL_PLATFORMS_CXX20_H_

// Every public header includes this one first, so that an older language standard is refused with one sentence. The
// #include of a file that cannot exist is what stops the compiler there; #error alone would let it go on to a page of
// errors from the headers below.

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#include "ipc_channel needs C++20: build with --cxxopt=-std=c++20 --host_cxxopt=-std=c++20"
#endif

#endif  // IPC_CHANNEL_PLATFORMS_CXX20_H_
