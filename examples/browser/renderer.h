#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_H_

#include <string>

namespace browser {

// The child: finds its browser by the server's name, gives up its rights, and
// does what the work says that it is then given. Returns its exit code; to be
// used by _exit(), which closes all channels at once.
int RunRenderer(const std::string& server);

// What a renderer that stands for good behaviour writes first.
inline constexpr char kSandboxedLine[] = "sandboxed";

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_RENDERER_H_
