// Mach's constants, sizes and layouts, as Apple documents them. The headers of
// this emulation are held to them by every build for Linux, Apple's own by any
// for macOS: nothing in here is of one system.

#include <mach/mach.h>
#include <mach/notify.h>
#include <mach/vm_region.h>
#include <sys/event.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gtest/gtest.h"

namespace {

// Whatever the constant's type: many are unsigned, and some of an enum.
template <class T>
constexpr std::int64_t Value(T constant) {
  return static_cast<std::int64_t>(constant);
}

// Results of calls.
static_assert(Value(KERN_ABORTED) == 14);
static_assert(Value(KERN_ALREADY_IN_SET) == 11);
static_assert(Value(KERN_FAILURE) == 5);
static_assert(Value(KERN_INVALID_ADDRESS) == 1);
static_assert(Value(KERN_INVALID_ARGUMENT) == 4);
static_assert(Value(KERN_INVALID_NAME) == 15);
static_assert(Value(KERN_INVALID_TASK) == 16);
static_assert(Value(KERN_INVALID_RIGHT) == 17);
static_assert(Value(KERN_INVALID_VALUE) == 18);
static_assert(Value(KERN_INVALID_CAPABILITY) == 20);
static_assert(Value(KERN_INVALID_OBJECT) == 29);
static_assert(Value(KERN_MEMORY_FAILURE) == 9);
static_assert(Value(KERN_MEMORY_ERROR) == 10);
static_assert(Value(KERN_NAME_EXISTS) == 13);
static_assert(Value(KERN_NO_SPACE) == 3);
static_assert(Value(KERN_NO_ACCESS) == 8);
static_assert(Value(KERN_NOT_RECEIVER) == 7);
static_assert(Value(KERN_NOT_IN_SET) == 12);
static_assert(Value(KERN_NOT_SUPPORTED) == 46);
static_assert(Value(KERN_PROTECTION_FAILURE) == 2);
static_assert(Value(KERN_RESOURCE_SHORTAGE) == 6);
static_assert(Value(KERN_RIGHT_EXISTS) == 21);
static_assert(Value(KERN_SUCCESS) == 0);
static_assert(Value(KERN_UREFS_OVERFLOW) == 19);

// Names and rights.
static_assert(Value(MACH_PORT_NULL) == 0);
static_assert(Value(MACH_PORT_RIGHT_SEND) == 0);
static_assert(Value(MACH_PORT_TYPE_NONE) == 0);
static_assert(Value(MACH_PORT_QLIMIT_ZERO) == 0);
static_assert(Value(MACH_PORT_LIMITS_INFO) == 1);
static_assert(Value(MACH_PORT_LIMITS_INFO_COUNT) == 1);
static_assert(Value(MACH_PORT_RIGHT_RECEIVE) == 1);
static_assert(Value(MACH_PORT_RECEIVE_STATUS) == 2);
static_assert(Value(MACH_PORT_RIGHT_SEND_ONCE) == 2);
static_assert(Value(MACH_PORT_STATUS_FLAG_GUARDED) == 2);
static_assert(Value(MACH_PORT_RIGHT_PORT_SET) == 3);
static_assert(Value(MACH_PORT_RIGHT_DEAD_NAME) == 4);
static_assert(Value(MACH_PORT_STATUS_FLAG_STRICT_GUARD) == 4);
static_assert(Value(MACH_PORT_QLIMIT_BASIC) == 5);
static_assert(Value(MACH_PORT_QLIMIT_DEFAULT) == 5);
static_assert(Value(MACH_PORT_RECEIVE_STATUS_COUNT) == 10);
static_assert(Value(MACH_PORT_QLIMIT_SMALL) == 16);
static_assert(Value(MACH_PORT_STATUS_FLAG_GUARD_IMMOVABLE_RECEIVE) == 64);
static_assert(Value(MACH_PORT_QLIMIT_LARGE) == 1024);
static_assert(Value(MACH_PORT_QLIMIT_MAX) == 1024);
static_assert(Value(MACH_PORT_TYPE_SEND) == 0x10000);
static_assert(Value(MACH_PORT_TYPE_RECEIVE) == 0x20000);
static_assert(Value(MACH_PORT_TYPE_SEND_RECEIVE) == 0x30000);
static_assert(Value(MACH_PORT_TYPE_SEND_ONCE) == 0x40000);
static_assert(Value(MACH_PORT_TYPE_PORT_SET) == 0x80000);
static_assert(Value(MACH_PORT_TYPE_DEAD_NAME) == 0x100000);
static_assert(Value(MACH_PORT_TYPE_DNREQUEST) == 0x80000000);
static_assert(Value(MACH_PORT_DEAD) == 0xffffffff);
static_assert(Value(MPO_CONTEXT_AS_GUARD) == 1);
static_assert(Value(MPO_IMMOVABLE_RECEIVE) == 128);
static_assert(Value(MPO_INSERT_SEND_RIGHT) == 16);
static_assert(Value(MPO_QLIMIT) == 2);
static_assert(Value(MPO_STRICT) == 32);
static_assert(Value(MPO_TEMPOWNER) == 4);

// Messages.
static_assert(Value(MACH_MSG_OPTION_NONE) == 0);
static_assert(Value(MACH_MSG_PHYSICAL_COPY) == 0);
static_assert(Value(MACH_MSG_PORT_DESCRIPTOR) == 0);
static_assert(Value(MACH_MSG_SUCCESS) == 0);
static_assert(Value(MACH_MSG_TIMEOUT_NONE) == 0);
static_assert(Value(MACH_MSG_TRAILER_FORMAT_0) == 0);
static_assert(Value(MACH_MSG_TYPE_PORT_NONE) == 0);
static_assert(Value(MACH_MSG_OOL_DESCRIPTOR) == 1);
static_assert(Value(MACH_MSG_VIRTUAL_COPY) == 1);
static_assert(Value(MACH_MSG_ALLOCATE) == 2);
static_assert(Value(MACH_MSG_OOL_PORTS_DESCRIPTOR) == 2);
static_assert(Value(MACH_MSG_GUARDED_PORT_DESCRIPTOR) == 4);
static_assert(Value(MACH_MSG_GUARD_FLAGS_NONE) == 0);
static_assert(Value(MACH_MSG_GUARD_FLAGS_IMMOVABLE_RECEIVE) == 1);
static_assert(Value(MACH_MSG_GUARD_FLAGS_UNGUARDED_ON_SEND) == 2);
static_assert(Value(MACH_MSG_OOL_VOLATILE_DESCRIPTOR) == 3);
static_assert(Value(MACH_MSG_GUARDED_PORT_DESCRIPTOR) == 4);
static_assert(Value(MACH_MSG_TYPE_MOVE_RECEIVE) == 16);
static_assert(Value(MACH_MSG_TYPE_PORT_RECEIVE) == 16);
static_assert(Value(MACH_MSG_TYPE_MOVE_SEND) == 17);
static_assert(Value(MACH_MSG_TYPE_PORT_SEND) == 17);
static_assert(Value(MACH_MSG_TYPE_MOVE_SEND_ONCE) == 18);
static_assert(Value(MACH_MSG_TYPE_PORT_SEND_ONCE) == 18);
static_assert(Value(MACH_MSG_TYPE_COPY_SEND) == 19);
static_assert(Value(MACH_MSG_TYPE_MAKE_SEND) == 20);
static_assert(Value(MACH_MSG_TYPE_MAKE_SEND_ONCE) == 21);
static_assert(Value(MACH_MSG_VM_KERNEL) == 1024);
static_assert(Value(MACH_MSG_IPC_KERNEL) == 2048);
static_assert(Value(MACH_MSG_VM_SPACE) == 4096);
static_assert(Value(MACH_MSG_IPC_SPACE) == 8192);
static_assert(Value(MACH_MSGH_BITS_REMOTE_MASK) == 31);
static_assert(Value(MACH_MSGH_BITS_LOCAL_MASK) == 7936);
static_assert(Value(MACH_MSGH_BITS_VOUCHER_MASK) == 0x1f0000);
static_assert(Value(MACH_MSGH_BITS_COMPLEX) == 0x80000000);
static_assert(Value(MACH_MSGH_BITS_USER) == 0x801f1f1f);
static_assert(Value(MACH_MSG_MASK) == 0x3e00);
static_assert(Value(MACH_RCV_TRAILER_NULL) == 0);
static_assert(Value(MACH_RCV_TRAILER_SEQNO) == 1);
static_assert(Value(MACH_RCV_MSG) == 2);
static_assert(Value(MACH_RCV_TRAILER_SENDER) == 2);
static_assert(Value(MACH_RCV_TRAILER_AUDIT) == 3);
static_assert(Value(MACH_RCV_LARGE) == 4);
static_assert(Value(MACH_RCV_TRAILER_CTX) == 4);
static_assert(Value(MACH_RCV_TRAILER_AV) == 7);
static_assert(Value(MACH_RCV_LARGE_IDENTITY) == 8);
static_assert(Value(MACH_RCV_TIMEOUT) == 256);
static_assert(Value(MACH_RCV_INTERRUPT) == 1024);
static_assert(Value(MACH_RCV_INVALID_NAME) == 0x10004002);
static_assert(Value(MACH_RCV_TIMED_OUT) == 0x10004003);
static_assert(Value(MACH_RCV_TOO_LARGE) == 0x10004004);
static_assert(Value(MACH_RCV_INTERRUPTED) == 0x10004005);
static_assert(Value(MACH_RCV_PORT_CHANGED) == 0x10004006);
static_assert(Value(MACH_RCV_INVALID_DATA) == 0x10004008);
static_assert(Value(MACH_RCV_PORT_DIED) == 0x10004009);
static_assert(Value(MACH_RCV_HEADER_ERROR) == 0x1000400b);
static_assert(Value(MACH_RCV_BODY_ERROR) == 0x1000400c);
static_assert(Value(MACH_SEND_MSG) == 1);
static_assert(Value(MACH_SEND_TIMEOUT) == 16);
static_assert(Value(MACH_SEND_INTERRUPT) == 64);
static_assert(Value(MACH_SEND_INVALID_DATA) == 0x10000002);
static_assert(Value(MACH_SEND_INVALID_DEST) == 0x10000003);
static_assert(Value(MACH_SEND_TIMED_OUT) == 0x10000004);
static_assert(Value(MACH_SEND_INVALID_VOUCHER) == 0x10000005);
static_assert(Value(MACH_SEND_INTERRUPTED) == 0x10000007);
static_assert(Value(MACH_SEND_MSG_TOO_SMALL) == 0x10000008);
static_assert(Value(MACH_SEND_INVALID_REPLY) == 0x10000009);
static_assert(Value(MACH_SEND_INVALID_RIGHT) == 0x1000000a);
static_assert(Value(MACH_SEND_INVALID_NOTIFY) == 0x1000000b);
static_assert(Value(MACH_SEND_INVALID_MEMORY) == 0x1000000c);
static_assert(Value(MACH_SEND_NO_BUFFER) == 0x1000000d);
static_assert(Value(MACH_SEND_TOO_LARGE) == 0x1000000e);
static_assert(Value(MACH_SEND_INVALID_TYPE) == 0x1000000f);
static_assert(Value(MACH_SEND_INVALID_HEADER) == 0x10000010);

// Notifications.
static_assert(Value(MACH_NOTIFY_FIRST) == 64);
static_assert(Value(MACH_NOTIFY_PORT_DELETED) == 65);
static_assert(Value(MACH_NOTIFY_SEND_POSSIBLE) == 66);
static_assert(Value(MACH_NOTIFY_PORT_DESTROYED) == 69);
static_assert(Value(MACH_NOTIFY_NO_SENDERS) == 70);
static_assert(Value(MACH_NOTIFY_SEND_ONCE) == 71);
static_assert(Value(MACH_NOTIFY_DEAD_NAME) == 72);

// Event queues.
static_assert(Value(EVFILT_READ) == -1);
static_assert(Value(EVFILT_MACHPORT) == -8);
static_assert(Value(EVFILT_USER) == -10);
static_assert(Value(EV_ADD) == 1);
static_assert(Value(EV_DELETE) == 2);
static_assert(Value(EV_ONESHOT) == 16);
static_assert(Value(EV_CLEAR) == 32);
static_assert(Value(EV_ERROR) == 0x4000);
static_assert(Value(EV_EOF) == 0x8000);
static_assert(Value(NOTE_TRIGGER) == 0x1000000);

// Memory and tasks.
static_assert(Value(MAP_MEM_NAMED_CREATE) == 0x20000);
static_assert(Value(MAP_MEM_VM_COPY) == 0x200000);
static_assert(Value(MAP_MEM_VM_SHARE) == 0x400000);
static_assert(Value(TASK_BOOTSTRAP_PORT) == 4);
static_assert(Value(VM_FLAGS_FIXED) == 0);
static_assert(Value(VM_FLAGS_ANYWHERE) == 1);
static_assert(Value(VM_FLAGS_OVERWRITE) == 16384);
static_assert(Value(VM_INHERIT_SHARE) == 0);
static_assert(Value(VM_INHERIT_COPY) == 1);
static_assert(Value(VM_INHERIT_NONE) == 2);
static_assert(Value(VM_PROT_NONE) == 0);
static_assert(Value(VM_PROT_READ) == 1);
static_assert(Value(VM_PROT_WRITE) == 2);
static_assert(Value(VM_PROT_DEFAULT) == 3);
static_assert(Value(VM_PROT_EXECUTE) == 4);
static_assert(Value(VM_PROT_ALL) == 7);
static_assert(Value(VM_REGION_SUBMAP_INFO_COUNT_64) == 19);

// What macros make of them.
static_assert(MACH_MSGH_BITS(17, 20) == 0x1411);
static_assert(MACH_MSGH_BITS_REMOTE(0x801f1411u) == 17);
static_assert(MACH_MSGH_BITS_LOCAL(0x801f1411u) == 20);
static_assert(MACH_MSGH_BITS_VOUCHER(0x80111411u) == 17);
static_assert(round_msg(5) == 8 && round_msg(8) == 8);
static_assert(MACH_RCV_TRAILER_ELEMENTS(MACH_RCV_TRAILER_AUDIT) == 0x3000000);
static_assert(Value(MAX_TRAILER_SIZE) == 68);

template <class T>
constexpr bool Is(std::size_t size, std::size_t alignment) {
  return sizeof(T) == size && alignof(T) == alignment;
}

static_assert(Is<mach_msg_header_t>(24, 4));
static_assert(Is<mach_msg_body_t>(4, 4));
static_assert(Is<mach_msg_port_descriptor_t>(12, 4));
static_assert(Is<mach_msg_ool_descriptor_t>(16, 4));
static_assert(Is<mach_msg_audit_trailer_t>(52, 4));
static_assert(Is<mach_msg_max_trailer_t>(68, 4));
static_assert(Is<mach_msg_trailer_t>(8, 4));
static_assert(Is<mach_port_limits_t>(4, 4));
static_assert(Is<mach_port_status_t>(40, 4));
static_assert(Is<mach_port_options_t>(24, 8));
static_assert(Is<mach_no_senders_notification_t>(56, 4));
static_assert(Is<mach_dead_name_notification_t>(56, 4));
static_assert(Is<audit_token_t>(32, 4));
static_assert(Is<NDR_record_t>(8, 1));
static_assert(Is<mach_port_t>(4, 4));
static_assert(Is<mach_msg_option_t>(4, 4));
static_assert(Is<mach_msg_size_t>(4, 4));
static_assert(Is<vm_address_t>(8, 8));
static_assert(Is<mach_vm_size_t>(8, 8));
static_assert(Is<kern_return_t>(4, 4));
static_assert(Is<vm_prot_t>(4, 4));
static_assert(Is<mach_msg_base_t>(28, 4));
static_assert(Is<mach_msg_ool_ports_descriptor_t>(16, 4));
static_assert(Is<mach_msg_guarded_port_descriptor_t>(16, 4));
static_assert(Is<mach_msg_type_descriptor_t>(12, 4));
static_assert(Is<mach_msg_seqno_trailer_t>(12, 4));
static_assert(Is<mach_msg_security_trailer_t>(20, 4));
static_assert(Is<mach_msg_context_trailer_t>(60, 4));
static_assert(Is<mach_msg_mac_trailer_t>(68, 4));
static_assert(Is<security_token_t>(8, 4));
static_assert(Is<mach_port_deleted_notification_t>(56, 4));
static_assert(Is<mach_port_destroyed_notification_t>(60, 4));
static_assert(Is<mach_send_once_notification_t>(44, 4));
static_assert(Is<mach_send_possible_notification_t>(56, 4));
static_assert(Is<mach_port_context_t>(8, 8));
static_assert(Is<mach_vm_address_t>(8, 8));
static_assert(Is<struct kevent>(32, 4));
static_assert(Is<vm_region_submap_info_data_64_t>(76, 4));

static_assert(offsetof(mach_msg_header_t, msgh_bits) == 0);
static_assert(offsetof(mach_msg_header_t, msgh_size) == 4);
static_assert(offsetof(mach_msg_header_t, msgh_remote_port) == 8);
static_assert(offsetof(mach_msg_header_t, msgh_local_port) == 12);
static_assert(offsetof(mach_msg_header_t, msgh_voucher_port) == 16);
static_assert(offsetof(mach_msg_header_t, msgh_id) == 20);
static_assert(offsetof(mach_msg_port_descriptor_t, name) == 0);
static_assert(offsetof(mach_msg_ool_descriptor_t, address) == 0);
static_assert(offsetof(mach_msg_ool_descriptor_t, size) == 12);
static_assert(offsetof(mach_msg_audit_trailer_t, msgh_seqno) == 8);
static_assert(offsetof(mach_msg_audit_trailer_t, msgh_sender) == 12);
static_assert(offsetof(mach_msg_audit_trailer_t, msgh_audit) == 20);
static_assert(offsetof(mach_no_senders_notification_t, not_count) == 32);
static_assert(offsetof(mach_dead_name_notification_t, not_port) == 32);
static_assert(offsetof(mach_send_possible_notification_t, not_port) == 32);
static_assert(offsetof(mach_port_status_t, mps_srights) == 24);
static_assert(offsetof(mach_port_status_t, mps_msgcount) == 16);
static_assert(offsetof(mach_port_options_t, mpl) == 4);
static_assert(offsetof(mach_msg_ool_ports_descriptor_t, count) == 12);
static_assert(offsetof(mach_msg_guarded_port_descriptor_t, name) == 12);
static_assert(offsetof(mach_msg_context_trailer_t, msgh_context) == 52);
static_assert(offsetof(mach_port_destroyed_notification_t, not_port) == 28);
static_assert(offsetof(mach_port_status_t, mps_qlimit) == 12);
static_assert(offsetof(mach_port_status_t, mps_flags) == 36);
static_assert(offsetof(struct kevent, ident) == 0);
static_assert(offsetof(struct kevent, filter) == 8);
static_assert(offsetof(struct kevent, flags) == 10);
static_assert(offsetof(struct kevent, fflags) == 12);
static_assert(offsetof(struct kevent, data) == 16);
static_assert(offsetof(struct kevent, udata) == 24);
static_assert(offsetof(vm_region_submap_info_data_64_t, protection) == 0);
static_assert(offsetof(vm_region_submap_info_data_64_t, max_protection) == 4);
static_assert(offsetof(vm_region_submap_info_data_64_t, external_pager) == 46);
static_assert(offsetof(vm_region_submap_info_data_64_t, is_submap) == 48);

// Bit-fields have no offsets.
template <class Descriptor>
unsigned ByteOf(const Descriptor& descriptor, std::size_t at) {
  unsigned char bytes[sizeof(Descriptor)];
  std::memcpy(bytes, &descriptor, sizeof(bytes));
  return bytes[at];
}

TEST(AbiCheck, DescriptorsHaveTheirBytesInPlace) {
  mach_msg_port_descriptor_t port = {};
  port.disposition = 20;
  port.type = 1;
  EXPECT_EQ(ByteOf(port, 10), 20u);
  EXPECT_EQ(ByteOf(port, 11), 1u);
  mach_msg_ool_descriptor_t memory = {};
  memory.deallocate = 1;
  memory.copy = 2;
  memory.type = 3;
  EXPECT_EQ(ByteOf(memory, 8), 1u);
  EXPECT_EQ(ByteOf(memory, 9), 2u);
  EXPECT_EQ(ByteOf(memory, 11), 3u);
  mach_msg_ool_ports_descriptor_t ports = {};
  ports.disposition = 17;
  ports.type = 2;
  EXPECT_EQ(ByteOf(ports, 10), 17u);
  EXPECT_EQ(ByteOf(ports, 11), 2u);
}

}  // namespace
