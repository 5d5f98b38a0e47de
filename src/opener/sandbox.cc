#include "opener/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "base/sanitizers.h"
#include "opener/landlock.h"
#include "opener/system_calls.h"
#include "policy/error_codes.h"

namespace gateway::opener {
namespace {

// The limit of address space. Mails and their contents pass through files.
constexpr rlim_t kMemory = 1ULL << 30;
// Bytes of one file; mime::ReadLimits allows 8 GB of plain text.
constexpr rlim_t kFileSize = 9ULL << 30;
// One file for each part and one for each fragment: all that ReadLimits lets through.
constexpr rlim_t kDescriptors = 32'768;

Error Failed(const char* what) {
  return ConfigError(codes::kSandboxFailed, std::string(what) + ": " + std::generic_category().message(errno));
}

Result<void> Limit(__rlimit_resource resource, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return Failed("getrlimit");
  // The present limit may already be lower.
  limit.rlim_max = std::min(limit.rlim_max, most);
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(resource, &limit) != 0) return Failed("setrlimit");
  return {};
}

}  // namespace

Result<void> HideMemory() {
  GATEWAY_TRY(Limit(RLIMIT_CORE, 0));
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) return Failed("prctl");
  return {};
}

Result<void> LimitComputing(Milliseconds most) {
  constexpr rlim_t kToEndItself = 5;
  const auto seconds = static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(most).count());
  rlimit limit{};
  if (::getrlimit(RLIMIT_CPU, &limit) != 0) return Failed("getrlimit");
  limit.rlim_max = std::min(limit.rlim_max, seconds + kToEndItself);
  limit.rlim_cur = std::min(limit.rlim_max, seconds);
  if (::setrlimit(RLIMIT_CPU, &limit) != 0) return Failed("setrlimit");
  return {};
}

Result<void> EnterSandbox(const std::function<Result<void>()>& start_threads) {
  GATEWAY_TRY(HideMemory());
  GATEWAY_TRY(Limit(RLIMIT_FSIZE, kFileSize));
  GATEWAY_TRY(Limit(RLIMIT_NOFILE, kDescriptors));
  // A sanitizer's shadow memory is larger than any limit.
  if (!kSanitized) GATEWAY_TRY(Limit(RLIMIT_AS, kMemory));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("prctl");
  // Without Landlock the system call filter stands alone. InboundPipeline logs that.
  GATEWAY_ASSIGN([[maybe_unused]] const bool has_landlock, ForbidFiles());
  if (start_threads) GATEWAY_TRY(start_threads());
  return AllowFewSystemCalls();
}

}  // namespace gateway::opener
