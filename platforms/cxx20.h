#ifndef IPC_CHANNEL_PLATFORMS_CXX20_H_
#define IPC_CHANNEL_PLATFORMS_CXX20_H_

// Every public header includes this one first, so that an older language
// standard is refused with one sentence. The #include of a file that cannot
// exist stops the compiler there; #error would let it go on to a page of errors
// from the headers below.

#if defined(_MSVC_LANG)
#define IPC_CHANNEL_CXX_STANDARD _MSVC_LANG
#else
#define IPC_CHANNEL_CXX_STANDARD __cplusplus
#endif

#if IPC_CHANNEL_CXX_STANDARD < 202002L
#include "ipc_channel needs C++20: build with --cxxopt=-std=c++20 --host_cxxopt=-std=c++20"
#endif

#undef IPC_CHANNEL_CXX_STANDARD

#endif  // IPC_CHANNEL_PLATFORMS_CXX20_H_
