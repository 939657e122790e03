// Boost.Interprocess: a message_queue in shared memory for each direction. Its
// depth has no default: it is the Meeting's.

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/version.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ipc_channel/bench/bare_socket.h"
#include "ipc_channel/bench/check.h"
#include "ipc_channel/bench/peers/link.h"
#include "ipc_channel/bench/peers/peers.h"
#include "ipc_channel/bench/peers/simple_link.h"
#include "ipc_channel/transport/unique_fd.h"

namespace ipc_channel_bench {
namespace {

using boost::interprocess::message_queue;
using ipc_channel::transport::BorrowedFd;

class BoostLink : public SimpleLink {
 public:
  BoostLink(const Meeting& meeting, End end, BorrowedFd other)
      : SimpleLink(other), received_(meeting.size) {
    const std::string there = absl::StrCat(meeting.name, "_there");
    const std::string back = absl::StrCat(meeting.name, "_back");
    if (end == End::kNear) {
      Create(there, meeting, out_);
      Create(back, meeting, in_);
      SendSignal(other);
    } else {
      if (!ReceiveSignal(other)) Stop("the other end is gone");
      in_.emplace(boost::interprocess::open_only, there.c_str());
      out_.emplace(boost::interprocess::open_only, back.c_str());
    }
  }

  std::span<std::byte> Prepare(std::size_t size) override {
    sent_.resize(size);
    return sent_;
  }

  void Send() override {
    out_->send(sent_.data(), sent_.size(), /*priority=*/0);
  }

  std::span<const std::byte> Receive() override {
    message_queue::size_type size = 0;
    unsigned priority = 0;
    in_->receive(received_.data(), received_.size(), size, priority);
    return std::span(received_).first(size);
  }

 private:
  static void Create(const std::string& name, const Meeting& meeting,
                     std::optional<message_queue>& queue) {
    queue.emplace(boost::interprocess::create_only, name.c_str(), meeting.depth,
                  meeting.size);
  }

  std::optional<message_queue> out_;
  std::optional<message_queue> in_;
  std::vector<std::byte> sent_;
  std::vector<std::byte> received_;
};

const bool kAdded =
    AddPeer({.name = "boost_message_queue",
             .version = absl::StrCat(BOOST_VERSION / 100000, ".",
                                     BOOST_VERSION / 100 % 1000),
             .connect = [](const Meeting& meeting) {
               return std::make_unique<SimpleConnection>(
                   meeting, [](const Meeting& met, End end, BorrowedFd other) {
                     return std::make_unique<BoostLink>(met, end, other);
                   });
             }});

}  // namespace
}  // namespace ipc_channel_bench
