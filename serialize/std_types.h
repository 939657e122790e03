#ifndef IPC_CHANNEL_SERIALIZE_STD_TYPES_H_
#define IPC_CHANNEL_SERIALIZE_STD_TYPES_H_

// The traits of all standard types that have some. std::array, std::pair,
// std::tuple and std::monostate need none.
#include "ipc_channel/platforms/cxx20.h"

#include "ipc_channel/serialize/internal/std_bitset.h"    // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_choice.h"    // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_chrono.h"    // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_complex.h"   // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_list.h"      // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_map.h"       // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_multimap.h"  // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_path.h"      // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_sequence.h"  // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_set.h"       // IWYU pragma: export
#include "ipc_channel/serialize/internal/std_shared_ptr.h"  // IWYU pragma: export

#endif  // IPC_CHANNEL_SERIALIZE_STD_TYPES_H_
