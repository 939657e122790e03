#ifndef IPC_CHANNEL_SERIALIZE_ABSEIL_ABSEIL_H_
#define IPC_CHANNEL_SERIALIZE_ABSEIL_ABSEIL_H_

#include "ipc_channel/platforms/cxx20.h"

// The traits of Abseil's types.
#include "ipc_channel/serialize/abseil/btree.h"        // IWYU pragma: export
#include "ipc_channel/serialize/abseil/cord.h"         // IWYU pragma: export
#include "ipc_channel/serialize/abseil/hash_tables.h"  // IWYU pragma: export
#include "ipc_channel/serialize/abseil/int128.h"       // IWYU pragma: export
#include "ipc_channel/serialize/abseil/sequence.h"     // IWYU pragma: export
#include "ipc_channel/serialize/abseil/status.h"       // IWYU pragma: export
#include "ipc_channel/serialize/abseil/time.h"         // IWYU pragma: export

#endif  // IPC_CHANNEL_SERIALIZE_ABSEIL_ABSEIL_H_
