// `verify`: checks the ledger against the spool. It works beside a running daemon and without one,
// and changes nothing.
#pragma once

#include <filesystem>

namespace gateway::cli {

inline constexpr int kVerifyDisagrees = 1;
inline constexpr int kVerifyUnreadable = 2;

struct VerifyArguments {
  bool deep = false;  // reads every file and compares its hash
  bool json = false;
};

// Exit codes: 0 if all is well; 1 if something disagrees; 2 if the ledger or the spool cannot be
// read; 78 if the configuration is wrong.
int Verify(const std::filesystem::path& config, const VerifyArguments& arguments);

}  // namespace gateway::cli
