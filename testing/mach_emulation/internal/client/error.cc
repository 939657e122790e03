// <mach/mach_error.h>.

#include <mach/mach_error.h>

#include <cstdio>

// Good until the thread's next call.
char* mach_error_string(mach_error_t error) {
  thread_local char words[32];
  std::snprintf(words, sizeof(words), "mach error 0x%x",
                static_cast<unsigned>(error));
  return words;
}
