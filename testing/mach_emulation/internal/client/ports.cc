// <mach/mach_port.h>.

#include <mach/mach_init.h>
#include <mach/mach_port.h>
#include <mach/mach_vm.h>

#include <algorithm>
#include <cstring>

#include "ipc_channel/testing/mach_emulation/internal/client/connection.h"
#include "ipc_channel/testing/mach_emulation/internal/client/self.h"

namespace ipc_channel_testing::mach_emulation {
namespace {

kern_return_t Do(ipc_space_t task, Op op,
                 std::initializer_list<std::uint32_t> numbers,
                 const CallOptions& options = {}) {
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  return CallKernel(op, numbers, options).result();
}

// The same for a call that gives one number.
template <class T>
kern_return_t Get(ipc_space_t task, Op op,
                  std::initializer_list<std::uint32_t> numbers, T* number,
                  const CallOptions& options = {}) {
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  const CallResult call = CallKernel(op, numbers, options);
  if (call.result() == KERN_SUCCESS) *number = call.number(0);
  return call.result();
}

}  // namespace
}  // namespace ipc_channel_testing::mach_emulation

using ipc_channel_testing::mach_emulation::CallKernel;
using ipc_channel_testing::mach_emulation::CallResult;
using ipc_channel_testing::mach_emulation::Do;
using ipc_channel_testing::mach_emulation::Get;
using ipc_channel_testing::mach_emulation::IsSelf;
using ipc_channel_testing::mach_emulation::NameAndType;
using ipc_channel_testing::mach_emulation::Op;

// Both arrays are freed apart.
kern_return_t mach_port_names(ipc_space_t task, mach_port_name_array_t* names,
                              mach_msg_type_number_t* names_count,
                              mach_port_type_array_t* types,
                              mach_msg_type_number_t* types_count) {
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  const CallResult call = CallKernel(Op::kPortNames, {});
  if (call.result() != KERN_SUCCESS) return call.result();
  const auto& payload = call.content.payload;
  const auto count =
      static_cast<mach_msg_type_number_t>(payload.size() / sizeof(NameAndType));
  mach_vm_address_t memory[2] = {};
  for (mach_vm_address_t& array : memory) {
    const kern_return_t result = mach_vm_allocate(
        task, &array, count * sizeof(mach_port_name_t), VM_FLAGS_ANYWHERE);
    if (result != KERN_SUCCESS) return result;
  }
  *names = reinterpret_cast<mach_port_name_array_t>(memory[0]);
  *types = reinterpret_cast<mach_port_type_array_t>(memory[1]);
  for (mach_msg_type_number_t i = 0; i < count; ++i) {
    NameAndType entry;
    std::memcpy(&entry, payload.data() + i * sizeof(entry), sizeof(entry));
    (*names)[i] = entry.name;
    (*types)[i] = entry.type;
  }
  *names_count = *types_count = count;
  return KERN_SUCCESS;
}

kern_return_t mach_port_type(ipc_space_t task, mach_port_name_t name,
                             mach_port_type_t* type) {
  return Get(task, Op::kPortType, {name}, type);
}

kern_return_t mach_port_allocate(ipc_space_t task, mach_port_right_t right,
                                 mach_port_name_t* name) {
  return Get(task, Op::kPortAllocate, {right}, name);
}

kern_return_t mach_port_destroy(ipc_space_t task, mach_port_name_t name) {
  return Do(task, Op::kPortDestroy, {name});
}

kern_return_t mach_port_deallocate(ipc_space_t task, mach_port_name_t name) {
  return Do(task, Op::kPortDeallocate, {name});
}

kern_return_t mach_port_get_refs(ipc_space_t task, mach_port_name_t name,
                                 mach_port_right_t right,
                                 mach_port_urefs_t* refs) {
  return Get(task, Op::kPortGetRefs, {name, right}, refs);
}

kern_return_t mach_port_mod_refs(ipc_space_t task, mach_port_name_t name,
                                 mach_port_right_t right,
                                 mach_port_delta_t delta) {
  return Do(task, Op::kPortModRefs,
            {name, right, static_cast<std::uint32_t>(delta)});
}

kern_return_t mach_port_insert_right(ipc_space_t task, mach_port_name_t name,
                                     mach_port_t right,
                                     mach_msg_type_name_t disposition) {
  return Do(task, Op::kPortInsertRight, {name, right, disposition});
}

kern_return_t mach_port_extract_right(ipc_space_t task, mach_port_name_t name,
                                      mach_msg_type_name_t disposition,
                                      mach_port_t* right,
                                      mach_msg_type_name_t* type) {
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  const CallResult call =
      CallKernel(Op::kPortExtractRight, {name, disposition});
  if (call.result() == KERN_SUCCESS) {
    *right = call.number(0);
    *type = call.number(1);
  }
  return call.result();
}

kern_return_t mach_port_move_member(ipc_space_t task, mach_port_name_t member,
                                    mach_port_name_t after) {
  return Do(task, Op::kPortMoveMember, {member, after});
}

kern_return_t mach_port_insert_member(ipc_space_t task, mach_port_name_t name,
                                      mach_port_name_t set) {
  return Do(task, Op::kPortInsertMember, {name, set});
}

kern_return_t mach_port_extract_member(ipc_space_t task, mach_port_name_t name,
                                       mach_port_name_t set) {
  return Do(task, Op::kPortExtractMember, {name, set});
}

kern_return_t mach_port_get_set_status(ipc_space_t task, mach_port_name_t set,
                                       mach_port_name_array_t* members,
                                       mach_msg_type_number_t* count) {
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  const CallResult call = CallKernel(Op::kPortGetSetStatus, {set});
  if (call.result() != KERN_SUCCESS) return call.result();
  const auto& names = call.content.payload;
  mach_vm_address_t memory = 0;
  if (!names.empty()) {
    const kern_return_t result =
        mach_vm_allocate(task, &memory, names.size(), VM_FLAGS_ANYWHERE);
    if (result != KERN_SUCCESS) return result;
    std::memcpy(reinterpret_cast<void*>(memory), names.data(), names.size());
  }
  *members = reinterpret_cast<mach_port_name_array_t>(memory);
  *count =
      static_cast<mach_msg_type_number_t>(names.size() / sizeof(**members));
  return KERN_SUCCESS;
}

kern_return_t mach_port_get_attributes(ipc_space_t task, mach_port_name_t name,
                                       mach_port_flavor_t flavor,
                                       mach_port_info_t info,
                                       mach_msg_type_number_t* count) {
  if (!IsSelf(task)) return KERN_INVALID_TASK;
  const bool limits = flavor == MACH_PORT_LIMITS_INFO;
  if (!limits && flavor != MACH_PORT_RECEIVE_STATUS) {
    return KERN_INVALID_ARGUMENT;
  }
  const mach_msg_type_number_t needed =
      limits ? MACH_PORT_LIMITS_INFO_COUNT : MACH_PORT_RECEIVE_STATUS_COUNT;
  if (*count < needed) return KERN_FAILURE;
  const CallResult call =
      CallKernel(limits ? Op::kPortGetLimits : Op::kPortGetStatus, {name});
  if (call.result() != KERN_SUCCESS) return call.result();
  *count = needed;
  std::copy_n(call.answer.number, needed, info);
  return KERN_SUCCESS;
}

kern_return_t mach_port_set_attributes(ipc_space_t task, mach_port_name_t name,
                                       mach_port_flavor_t flavor,
                                       mach_port_info_t info,
                                       mach_msg_type_number_t count) {
  if (flavor != MACH_PORT_LIMITS_INFO) return KERN_INVALID_ARGUMENT;
  if (count < MACH_PORT_LIMITS_INFO_COUNT) return KERN_FAILURE;
  return Do(task, Op::kPortSetLimits,
            {name, static_cast<std::uint32_t>(info[0])});
}

kern_return_t mach_port_request_notification(
    ipc_space_t task, mach_port_name_t name, mach_msg_id_t notification,
    mach_port_mscount_t sync, mach_port_t notify,
    mach_msg_type_name_t disposition, mach_port_t* previous) {
  return Get(task, Op::kPortRequestNotification,
             {name, static_cast<std::uint32_t>(notification), sync, notify,
              disposition},
             previous);
}

kern_return_t mach_port_construct(ipc_space_t task,
                                  mach_port_options_ptr_t options,
                                  mach_port_context_t context,
                                  mach_port_name_t* name) {
  return Get(task, Op::kPortConstruct,
             {options->flags, options->mpl.mpl_qlimit}, name,
             {.wide = {context, 0}});
}

kern_return_t mach_port_destruct(ipc_space_t task, mach_port_name_t name,
                                 mach_port_delta_t srdelta,
                                 mach_port_context_t guard) {
  return Do(task, Op::kPortDestruct,
            {name, static_cast<std::uint32_t>(srdelta)}, {.wide = {guard, 0}});
}

kern_return_t mach_port_guard(ipc_space_t task, mach_port_name_t name,
                              mach_port_context_t guard, boolean_t strict) {
  return Do(task, Op::kPortGuard, {name, static_cast<std::uint32_t>(strict)},
            {.wide = {guard, 0}});
}

kern_return_t mach_port_unguard(ipc_space_t task, mach_port_name_t name,
                                mach_port_context_t guard) {
  return Do(task, Op::kPortUnguard, {name}, {.wide = {guard, 0}});
}

kern_return_t mach_port_kobject(ipc_space_inspect_t task, mach_port_name_t name,
                                natural_t* type, mach_vm_address_t* address) {
  *address = 0;  // as in every kernel that is shipped
  return Get(task, Op::kPortKobject, {name}, type);
}
