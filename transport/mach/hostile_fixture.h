#ifndef IPC_CHANNEL_TRANSPORT_MACH_HOSTILE_FIXTURE_H_
#define IPC_CHANNEL_TRANSPORT_MACH_HOSTILE_FIXTURE_H_

#include "ipc_channel/platforms/cxx20.h"

#include <mach/mach.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "ipc_channel/testing/fd_leak_check.h"
#include "ipc_channel/testing/mappings.h"
#include "ipc_channel/testing/port_leak_check.h"
#include "ipc_channel/testing/status_matchers.h"
#include "ipc_channel/transport/channel_pair.h"
#include "ipc_channel/transport/mach/mach_channel.h"
#include "ipc_channel/transport/mach/raw_peer.h"
#include "ipc_channel/transport/message.h"

namespace ipc_channel::transport::mach_backend {

// A receiver, and a peer who writes to it by hand. After each attack the next
// good message must arrive; at the end no right, mapping or descriptor may be
// there that was not there before.
class HostileTest : public ::testing::Test {
 private:
  // Before all that has any.
  ipc_channel_testing::ExpectNoPortLeak no_port_leak_;

 protected:
  static absl::Time Soon() { return absl::Now() + absl::Minutes(1); }

  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(channel_, CreateMachChannel());
    port_ = PortOf(channel_.sender);
    ASSERT_NE(port_, MACH_PORT_NULL);
    ExpectGood();
    message_.Clear();
    Watch(port_);
    mappings_ = ipc_channel_testing::CountMappedObjects();
    descriptors_.emplace();
  }

  void TearDown() override {
    message_.Clear();
    for (const auto& [name, before] : rights_) {
      EXPECT_TRUE(RightsToPort(name) == before) << "of port " << name;
    }
    for (const mach_port_name_t port : ports_) DropPort(port);
    EXPECT_EQ(ipc_channel_testing::CountMappedObjects(), mappings_);
    EXPECT_TRUE(descriptors_->NoLeak());
  }

  // Compares the rights to it before and after.
  void Watch(mach_port_name_t name) { rights_[name] = RightsToPort(name); }

  // A port of the peer's, watched.
  mach_port_name_t NewPort() {
    const mach_port_name_t port = NewRawPort();
    ports_.push_back(port);
    Watch(port);
    return port;
  }

  static void DropPort(mach_port_name_t port) {
    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_RECEIVE, -1);
    while (mach_port_deallocate(mach_task_self(), port) == KERN_SUCCESS) {
    }
  }

  void ExpectGood() {
    const std::vector<std::byte> good = BytesOf("good");
    EXPECT_OK(channel_.sender.Send(good, absl::InfinitePast()));
    EXPECT_OK(channel_.receiver.Receive(message_, Soon()));
    EXPECT_TRUE(std::ranges::equal(message_.payload(), good));
  }

  void ExpectRefused(const RawMessage& attack) {
    EXPECT_EQ(attack.SendTo(port_), MACH_MSG_SUCCESS);
    ExpectDataLoss();
    ExpectGood();
  }

  void ExpectDataLoss() {
    EXPECT_THAT(channel_.receiver.Receive(message_, Soon()),
                ::ipc_channel_testing::StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_TRUE(message_.handles().empty());
    EXPECT_TRUE(message_.payload().empty());
  }

  // Arrives, whatever it is.
  void ExpectAccepted(const RawMessage& odd) {
    EXPECT_EQ(odd.SendTo(port_), MACH_MSG_SUCCESS);
    EXPECT_OK(channel_.receiver.Receive(message_, Soon()));
  }

  ChannelPair channel_;
  mach_port_name_t port_ = MACH_PORT_NULL;
  Message message_;

 private:
  std::map<mach_port_name_t, RightsTo> rights_;
  std::vector<mach_port_name_t> ports_;
  std::size_t mappings_ = 0;
  std::optional<ipc_channel_testing::FdLeakCheck> descriptors_;
};

}  // namespace ipc_channel::transport::mach_backend

#endif  // IPC_CHANNEL_TRANSPORT_MACH_HOSTILE_FIXTURE_H_
