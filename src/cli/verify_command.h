// `verify`: the ledger against the spool. Works beside a running daemon and without one, and changes nothing.
#pragma once

#include <filesystem>

namespace gateway::cli {

inline constexpr int kVerifyDisagrees = 1;
inline constexpr int kVerifyUnreadable = 2;

struct VerifyArguments {
  bool deep = false;  // reads every file and compares its hash
  bool json = false;
};

// 0: clean; 1: something disagrees; 2: the ledger or the spool cannot be read; 78: the configuration is wrong.
int Verify(const std::filesystem::path& config, const VerifyArguments& arguments);

}  // namespace gateway::cli
