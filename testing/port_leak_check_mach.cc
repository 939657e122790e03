#include <mach/mach.h>

#include <map>
#include <string>

#include "gtest/gtest.h"
#include "ipc_channel/testing/port_leak_check.h"

namespace ipc_channel_testing {
namespace {

constexpr mach_port_right_t kKinds[] = {
    MACH_PORT_RIGHT_SEND, MACH_PORT_RIGHT_RECEIVE, MACH_PORT_RIGHT_SEND_ONCE,
    MACH_PORT_RIGHT_PORT_SET, MACH_PORT_RIGHT_DEAD_NAME};

std::string Line(const std::map<unsigned, unsigned>& rights) {
  std::string text;
  for (const auto& [kind, count] : rights) {
    text += " " + std::to_string(count) + " of kind " + std::to_string(kind);
  }
  return text;
}

template <class T>
void Free(T* array, mach_msg_type_number_t count) {
  ::vm_deallocate(mach_task_self(), reinterpret_cast<vm_address_t>(array),
                  count * sizeof(T));
}

}  // namespace

PortLeakCheck::PortLeakCheck() : before_(Count()) {}

PortLeakCheck::Rights PortLeakCheck::Count() {
  mach_port_name_array_t names = nullptr;
  mach_port_type_array_t types = nullptr;
  mach_msg_type_number_t count = 0;
  mach_msg_type_number_t types_count = 0;
  EXPECT_EQ(
      ::mach_port_names(mach_task_self(), &names, &count, &types, &types_count),
      KERN_SUCCESS);
  Rights rights;
  for (mach_msg_type_number_t i = 0; i < count; ++i) {
    for (const mach_port_right_t kind : kKinds) {
      mach_port_urefs_t references = 0;
      if ((types[i] & MACH_PORT_TYPE(kind)) != 0 &&
          ::mach_port_get_refs(mach_task_self(), names[i], kind, &references) ==
              KERN_SUCCESS) {
        rights[kind] += references;
      }
    }
  }
  Free(names, count);
  Free(types, types_count);
  return rights;
}

::testing::AssertionResult PortLeakCheck::NoLeak() const {
  const Rights after = Count();
  if (after == before_) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure()
         << "rights before:" << Line(before_) << "; after:" << Line(after);
}

ExpectNoPortLeak::~ExpectNoPortLeak() { EXPECT_TRUE(check_.NoLeak()); }

}  // namespace ipc_channel_testing
