#ifndef IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_SEMANTICS_H_
#define IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_SEMANTICS_H_

// Short words for Mach's calls in the tests of its rules. Apple's API alone:
// the tests are for a Mac, too.

#include <mach/mach.h>
#include <mach/notify.h>

#include <cstddef>
#include <cstring>

#include "gtest/gtest.h"

namespace ipc_channel_testing::mach_emulation {

// For receives whose message is certain to come.
inline constexpr mach_msg_timeout_t kSoon = 60000;

inline mach_port_t NewPort() {
  mach_port_t port = MACH_PORT_NULL;
  EXPECT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port),
      KERN_SUCCESS);
  return port;
}

inline void AddSend(mach_port_t port) {
  EXPECT_EQ(mach_port_insert_right(mach_task_self(), port, port,
                                   MACH_MSG_TYPE_MAKE_SEND),
            KERN_SUCCESS);
}

// A receive right, with a send right under the same name.
inline mach_port_t NewPortWithSend() {
  const mach_port_t port = NewPort();
  AddSend(port);
  return port;
}

inline kern_return_t DropSend(mach_port_t port) {
  return mach_port_deallocate(mach_task_self(), port);
}

inline kern_return_t DropReceive(mach_port_t port) {
  return mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE,
                            -1);
}

inline mach_port_t NewSet() {
  mach_port_t set = MACH_PORT_NULL;
  EXPECT_EQ(
      mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set),
      KERN_SUCCESS);
  return set;
}

// What kind of kernel object a port stands for. Its type, and that of an
// address, are not the same in all of Apple's headers.
template <typename Kind, typename Address>
kern_return_t GetKind(kern_return_t (*call)(mach_port_t, mach_port_name_t,
                                            Kind*, Address*),
                      mach_port_name_t name, natural_t* kind) {
  Kind found{};
  Address address{};
  const kern_return_t result = call(mach_task_self(), name, &found, &address);
  *kind = static_cast<natural_t>(found);
  return result;
}

inline kern_return_t GetKind(mach_port_name_t name, natural_t* kind) {
  return GetKind(mach_port_kobject, name, kind);
}

// MACH_PORT_TYPE_NONE if the task has no such name.
inline mach_port_type_t TypeOf(mach_port_t name) {
  mach_port_type_t type = MACH_PORT_TYPE_NONE;
  return mach_port_type(mach_task_self(), name, &type) == KERN_SUCCESS
             ? type
             : MACH_PORT_TYPE_NONE;
}

inline mach_port_urefs_t RefsOf(mach_port_t name, mach_port_right_t right) {
  mach_port_urefs_t refs = 0;
  EXPECT_EQ(mach_port_get_refs(mach_task_self(), name, right, &refs),
            KERN_SUCCESS);
  return refs;
}

inline mach_port_status_t StatusOf(mach_port_t port) {
  mach_port_status_t status = {};
  mach_msg_type_number_t count = MACH_PORT_RECEIVE_STATUS_COUNT;
  EXPECT_EQ(mach_port_get_attributes(
                mach_task_self(), port, MACH_PORT_RECEIVE_STATUS,
                reinterpret_cast<mach_port_info_t>(&status), &count),
            KERN_SUCCESS);
  return status;
}

inline kern_return_t SetQueueLimit(mach_port_t port,
                                   mach_port_msgcount_t limit) {
  mach_port_limits_t limits = {limit};
  return mach_port_set_attributes(mach_task_self(), port, MACH_PORT_LIMITS_INFO,
                                  reinterpret_cast<mach_port_info_t>(&limits),
                                  MACH_PORT_LIMITS_INFO_COUNT);
}

// Asks that `notify` be told of `id` for `port`.
inline kern_return_t Request(mach_port_t port, mach_msg_id_t id,
                             mach_port_t notify, mach_port_mscount_t sync = 0,
                             mach_port_t* previous = nullptr) {
  mach_port_t ignored;
  return mach_port_request_notification(
      mach_task_self(), port, id, sync, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
      previous == nullptr ? &ignored : previous);
}

inline mach_msg_header_t HeaderTo(
    mach_port_t to, mach_msg_id_t id,
    mach_msg_type_name_t disposition = MACH_MSG_TYPE_COPY_SEND) {
  mach_msg_header_t header = {};
  header.msgh_bits = MACH_MSGH_BITS(disposition, 0);
  header.msgh_size = sizeof(header);
  header.msgh_remote_port = to;
  header.msgh_id = id;
  return header;
}

// Sends a message that is a number. Does not wait.
inline mach_msg_return_t Post(
    mach_port_t to, mach_msg_id_t id,
    mach_msg_type_name_t disposition = MACH_MSG_TYPE_COPY_SEND) {
  mach_msg_header_t header = HeaderTo(to, id, disposition);
  return mach_msg(&header, MACH_SEND_MSG | MACH_SEND_TIMEOUT, sizeof(header), 0,
                  MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

// Room for what the tests receive.
struct Received {
  mach_msg_header_t header;
  mach_msg_body_t body;
  mach_msg_port_descriptor_t port;
  std::byte rest[256];
};

// Receives if something is there, or waits for what is certain to come.
inline mach_msg_return_t Take(mach_port_t from, Received* received,
                              mach_msg_timeout_t timeout = 0,
                              mach_msg_option_t options = 0) {
  *received = {};
  return mach_msg(&received->header, MACH_RCV_MSG | MACH_RCV_TIMEOUT | options,
                  0, sizeof(*received), from, timeout, MACH_PORT_NULL);
}

// The id of the next message, or -1 if there is none.
inline mach_msg_id_t NextId(mach_port_t from, mach_msg_timeout_t timeout = 0) {
  Received received;
  return Take(from, &received, timeout) == MACH_MSG_SUCCESS
             ? received.header.msgh_id
             : -1;
}

// The one number of a notification (not_port, not_count).
inline natural_t NumberIn(const Received& notification) {
  natural_t number;
  std::memcpy(&number,
              reinterpret_cast<const std::byte*>(&notification) +
                  offsetof(mach_dead_name_notification_t, not_port),
              sizeof(number));
  return number;
}

struct Carrier {
  mach_msg_header_t header;
  mach_msg_body_t body;
  mach_msg_port_descriptor_t port;
};

inline Carrier CarrierOf(mach_port_t to, mach_port_t right,
                         mach_msg_type_name_t disposition,
                         mach_msg_id_t id = 0) {
  Carrier carrier = {};
  carrier.header = HeaderTo(to, id);
  carrier.header.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
  carrier.header.msgh_size = sizeof(carrier);
  carrier.body.msgh_descriptor_count = 1;
  carrier.port.name = right;
  carrier.port.disposition = disposition;
  carrier.port.type = MACH_MSG_PORT_DESCRIPTOR;
  return carrier;
}

// Sends a right. Does not wait.
inline mach_msg_return_t Give(mach_port_t to, mach_port_t right,
                              mach_msg_type_name_t disposition,
                              mach_msg_id_t id = 0) {
  Carrier carrier = CarrierOf(to, right, disposition, id);
  return mach_msg(&carrier.header, MACH_SEND_MSG | MACH_SEND_TIMEOUT,
                  sizeof(carrier), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
}

// Receives a right that was sent so.
inline mach_port_t TakeRight(mach_port_t from, mach_msg_timeout_t timeout = 0) {
  Received received;
  EXPECT_EQ(Take(from, &received, timeout), MACH_MSG_SUCCESS);
  EXPECT_TRUE(MACH_MSGH_BITS_IS_COMPLEX(received.header.msgh_bits));
  return received.port.name;
}

}  // namespace ipc_channel_testing::mach_emulation

#endif  // IPC_CHANNEL_TESTING_MACH_EMULATION_INTERNAL_SEMANTICS_H_
