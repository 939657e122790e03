#ifndef AS_DEPENDENCY_GREETER_H_
#define AS_DEPENDENCY_GREETER_H_

#include <string>

#include "absl/status/status.h"
#include "ipc_channel/ipc_channel.h"

// Somebody to greet, and where to send the greeting.
struct Guest {
  std::string name;
  ipc_channel::Sender<std::string> greeting;
};

// Connects to the server called `server_name`, and greets every guest it sends
// until it has no more.
absl::Status GreetGuests(const std::string& server_name);

#endif  // AS_DEPENDENCY_GREETER_H_
