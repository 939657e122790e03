#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_VM_REGION_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_VM_REGION_H_

// What is known of a part of a task's memory.

#include <mach/port.h>
#include <mach/vm_inherit.h>
#include <mach/vm_prot.h>
#include <mach/vm_types.h>
#include <stdint.h>

typedef int* vm_region_recurse_info_t;
typedef int vm_behavior_t;
typedef uint32_t vm_object_id_t;

#pragma pack(push, 4)

// The emulation fills in `protection`, `max_protection` and `external_pager`.
struct vm_region_submap_info_64 {
  vm_prot_t protection;
  vm_prot_t max_protection;
  vm_inherit_t inheritance;
  memory_object_offset_t offset;
  unsigned int user_tag;
  unsigned int pages_resident;
  unsigned int pages_shared_now_private;
  unsigned int pages_swapped_out;
  unsigned int pages_dirtied;
  unsigned int ref_count;
  unsigned short shadow_depth;
  unsigned char external_pager;
  unsigned char share_mode;
  boolean_t is_submap;
  vm_behavior_t behavior;
  vm_object_id_t object_id;
  unsigned short user_wired_count;
  unsigned int pages_reusable;
  uint64_t object_id_full;
};

#pragma pack(pop)

typedef struct vm_region_submap_info_64 vm_region_submap_info_data_64_t;

#define VM_REGION_SUBMAP_INFO_COUNT_64                                \
  ((mach_msg_type_number_t)(sizeof(vm_region_submap_info_data_64_t) / \
                            sizeof(natural_t)))

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_INCLUDE_MACH_VM_REGION_H_
