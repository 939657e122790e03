#include "ipc_channel/examples/wordcount/test_hold.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace wordcount {

bool TestHold::Claim() const {
  if (path_.empty()) return false;
  const std::string pid = std::to_string(::getpid());
  const std::string draft = path_ + "." + pid;
  std::ofstream(draft) << pid << '\n';
  const bool is_first = ::link(draft.c_str(), path_.c_str()) == 0;
  ::unlink(draft.c_str());
  return is_first;
}

}  // namespace wordcount
