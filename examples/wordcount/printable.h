#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_PRINTABLE_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_PRINTABLE_H_

#include <string>
#include <string_view>

namespace wordcount {

// `text` with control characters as \xNN, so that a file's name cannot speak to
// the terminal nor end the line. Other bytes stay as they are.
std::string Printable(std::string_view text);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_PRINTABLE_H_
