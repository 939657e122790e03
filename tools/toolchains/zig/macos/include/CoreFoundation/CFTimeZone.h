#ifndef IPC_CHANNEL_TOOLS_TOOLCHAINS_MACOS_INCLUDE_COREFOUNDATION_CFTIMEZONE_H_
#define IPC_CHANNEL_TOOLS_TOOLCHAINS_MACOS_INCLUDE_COREFOUNDATION_CFTIMEZONE_H_

// What Abseil asks the system for the name of the time zone by. Zig has no
// frameworks: this is for checks that compile and link, and nothing runs.

extern "C" {

typedef const struct __CFTimeZone* CFTimeZoneRef;
typedef const struct __CFString* CFStringRef;
typedef unsigned int CFStringEncoding;
typedef long CFIndex;
typedef unsigned char Boolean;

enum : CFStringEncoding { kCFStringEncodingUTF8 = 0x08000100 };

CFTimeZoneRef CFTimeZoneCopyDefault(void);
CFStringRef CFTimeZoneGetName(CFTimeZoneRef zone);
CFIndex CFStringGetLength(CFStringRef string);
CFIndex CFStringGetMaximumSizeForEncoding(CFIndex length,
                                          CFStringEncoding encoding);
Boolean CFStringGetCString(CFStringRef string, char* buffer, CFIndex size,
                           CFStringEncoding encoding);
void CFRelease(const void* object);
}

#endif  // IPC_CHANNEL_TOOLS_TOOLCHAINS_MACOS_INCLUDE_COREFOUNDATION_CFTIMEZONE_H_
