// Exit codes, after sysexits.h.
#pragma once

namespace gateway::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;      // the thing asked for could not be done
inline constexpr int kExitUsage = 64;       // the command line is wrong
inline constexpr int kExitNoSuchItem = 66;  // no such item, file or key
inline constexpr int kExitConfig = 78;      // the configuration is wrong

}  // namespace gateway::cli
