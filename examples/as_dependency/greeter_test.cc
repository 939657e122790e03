#include "greeter.h"

#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "ipc_channel/ipc_channel.h"

TEST(GreeterTest, GreetsGuestsUntilThereAreNoMore) {
  auto server =
      ipc_channel::OneShotServer<ipc_channel::Sender<Guest>>::Create();
  ASSERT_TRUE(server.ok()) << server.status();
  absl::Status ended = absl::UnknownError("not ended");
  std::thread greeter(
      [&ended, name = server->name()] { ended = GreetGuests(name); });
  {
    auto accepted = server->Accept();
    ASSERT_TRUE(accepted.ok()) << accepted.status();
    auto greetings = ipc_channel::Channel<std::string>();
    ASSERT_TRUE(greetings.ok()) << greetings.status();
    const absl::Status sent =
        accepted->first.Send({"Ada", std::move(greetings->sender)});
    ASSERT_TRUE(sent.ok()) << sent;
    auto greeting = greetings->receiver.Recv();
    ASSERT_TRUE(greeting.ok()) << greeting.status();
    EXPECT_EQ(*greeting, "Welcome, Ada");
  }
  greeter.join();
  EXPECT_TRUE(ended.ok()) << ended;
}
