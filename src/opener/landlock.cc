#include "opener/landlock.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/handles.h"
#include "policy/error_codes.h"

namespace gateway::opener {
namespace {

// This is struct landlock_ruleset_attr of linux/landlock.h, version 6, which older headers do not
// know.
struct Ruleset {
  std::uint64_t file_accesses = 0;
  std::uint64_t network_accesses = 0;
  std::uint64_t scopes = 0;
};

constexpr unsigned kAskVersion = 1;
// The first version that knows the network, and the first that knows scopes.
constexpr long kBindTcp = 4;
constexpr long kScopes = 6;

constexpr std::uint64_t Bits(unsigned count) {
  return (std::uint64_t{1} << count) - 1;
}

// Returns a number below 1 if the kernel has no Landlock.
long Version() {
  return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
}

// Returns all that this version of the kernel can refuse. Kernels reject a request that names what
// they do not know.
Ruleset Everything(long version) {
  // The first is for version 1, the others for those after it.
  constexpr std::array<unsigned, 5> kFileAccesses{13, 14, 15, 15, 16};
  Ruleset all;
  all.file_accesses = Bits(kFileAccesses[std::min<std::size_t>(static_cast<std::size_t>(version), 5) - 1]);
  if (version >= kBindTcp) all.network_accesses = Bits(2);
  if (version >= kScopes) all.scopes = Bits(2);
  return all;
}

std::size_t SizeOf(long version) {
  if (version >= kScopes) return sizeof(Ruleset);
  return version >= kBindTcp ? offsetof(Ruleset, scopes) : offsetof(Ruleset, network_accesses);
}

}  // namespace

bool KernelHasLandlock() {
  return Version() >= 1;
}

Result<bool> ForbidFiles() {
  const long version = Version();
  if (version < 1) return false;
  const Ruleset all = Everything(version);
  const UniqueFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, SizeOf(version), 0)));
  // Nothing is allowed, because there is no rule that allows something.
  if (!ruleset || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return ConfigError(codes::kSandboxFailed, "landlock: " + std::generic_category().message(errno));
  }
  return true;
}

}  // namespace gateway::opener
