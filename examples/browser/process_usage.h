#ifndef IPC_CHANNEL_EXAMPLES_BROWSER_PROCESS_USAGE_H_
#define IPC_CHANNEL_EXAMPLES_BROWSER_PROCESS_USAGE_H_

namespace browser {

// What this process has now.
int CountDescriptors();
int CountThreads();

// Allows this process as many descriptors as the system lets it.
void RaiseDescriptorLimit();

}  // namespace browser

#endif  // IPC_CHANNEL_EXAMPLES_BROWSER_PROCESS_USAGE_H_
