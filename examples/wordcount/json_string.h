#ifndef IPC_CHANNEL_EXAMPLES_WORDCOUNT_JSON_STRING_H_
#define IPC_CHANNEL_EXAMPLES_WORDCOUNT_JSON_STRING_H_

#include <string>
#include <string_view>

namespace wordcount {

// `text` as a JSON string in its quotes. Each byte that is not part of
// well-formed UTF-8 becomes U+FFFD, the replacement character, since JSON has
// no way to say such a byte; two such texts can look the same.
std::string JsonString(std::string_view text);

}  // namespace wordcount

#endif  // IPC_CHANNEL_EXAMPLES_WORDCOUNT_JSON_STRING_H_
