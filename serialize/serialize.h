#ifndef IPC_CHANNEL_SERIALIZE_SERIALIZE_H_
#define IPC_CHANNEL_SERIALIZE_SERIALIZE_H_

// Values to bytes and back, without I/O.
#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/serialize/bulk.h"          // IWYU pragma: export
#include "ipc_channel/serialize/decode.h"        // IWYU pragma: export
#include "ipc_channel/serialize/encode.h"        // IWYU pragma: export
#include "ipc_channel/serialize/handles.h"       // IWYU pragma: export
#include "ipc_channel/serialize/named.h"         // IWYU pragma: export
#include "ipc_channel/serialize/reader.h"        // IWYU pragma: export
#include "ipc_channel/serialize/schema.h"        // IWYU pragma: export
#include "ipc_channel/serialize/serializable.h"  // IWYU pragma: export
#include "ipc_channel/serialize/std_types.h"     // IWYU pragma: export
#include "ipc_channel/serialize/traits.h"        // IWYU pragma: export
#include "ipc_channel/serialize/utf8_string.h"   // IWYU pragma: export
#include "ipc_channel/serialize/writer.h"        // IWYU pragma: export

#endif  // IPC_CHANNEL_SERIALIZE_SERIALIZE_H_
