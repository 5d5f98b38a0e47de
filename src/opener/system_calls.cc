#include "opener/system_calls.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/sanitizers.h"
#include "policy/error_codes.h"

namespace gateway::opener {
namespace {

struct FreeFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FreeFilter>;

constexpr std::array kAllowed{
    // for the mail, the work files and the daemon
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(ftruncate),
    SCMP_SYS(fstat), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
    // for memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    // for existing threads (one may be starting up), time, random numbers, and the end
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group)};

// Nothing that opens a mail would try these.
constexpr std::array kFatal{SCMP_SYS(execve),
                            SCMP_SYS(execveat),
                            SCMP_SYS(fork),
                            SCMP_SYS(vfork),
                            SCMP_SYS(ptrace),
                            SCMP_SYS(process_vm_readv),
                            SCMP_SYS(process_vm_writev),
                            SCMP_SYS(kill),
                            SCMP_SYS(tkill),
                            SCMP_SYS(rt_sigqueueinfo),
                            SCMP_SYS(rt_tgsigqueueinfo),
                            SCMP_SYS(pidfd_open),
                            SCMP_SYS(pidfd_getfd),
                            SCMP_SYS(pidfd_send_signal),
                            SCMP_SYS(mount),
                            SCMP_SYS(umount2),
                            SCMP_SYS(chroot),
                            SCMP_SYS(pivot_root),
                            SCMP_SYS(setns),
                            SCMP_SYS(unshare),
                            SCMP_SYS(bpf),
                            SCMP_SYS(perf_event_open),
                            SCMP_SYS(keyctl),
                            SCMP_SYS(add_key),
                            SCMP_SYS(request_key),
                            SCMP_SYS(userfaultfd),
                            SCMP_SYS(io_uring_setup),
                            SCMP_SYS(init_module),
                            SCMP_SYS(finit_module),
                            SCMP_SYS(kexec_load),
                            SCMP_SYS(reboot)};

// A sanitizer needs these for its own records, and to report its findings.
constexpr std::array kForSanitizers{SCMP_SYS(mmap),        SCMP_SYS(mprotect),     SCMP_SYS(clone),
                                    SCMP_SYS(sigaltstack), SCMP_SYS(prctl),        SCMP_SYS(getrlimit),
                                    SCMP_SYS(prlimit64),   SCMP_SYS(rt_sigaction), SCMP_SYS(readlink),
                                    SCMP_SYS(newfstatat),  SCMP_SYS(membarrier),   SCMP_SYS(getuid),
                                    SCMP_SYS(getppid),     SCMP_SYS(getdents64),   SCMP_SYS(set_tid_address)};

Error Failed(const char* what, int number) {
  return ConfigError(codes::kSandboxFailed, std::string(what) + ": " + std::generic_category().message(number));
}

// Adds the rule for the calls of `list` if all of `conditions` hold.
template <typename List>
Result<void> Add(void* filter, std::uint32_t action, const List& list,
                 const std::vector<scmp_arg_cmp>& conditions = {}) {
  for (const int call : list) {
    const int failure = seccomp_rule_add_array(filter, action, call, static_cast<unsigned>(conditions.size()),
                                               conditions.empty() ? nullptr : conditions.data());
    if (failure != 0) return Failed("seccomp_rule_add", -failure);
  }
  return {};
}

// Allows only memory of its own, and none that holds code.
Result<void> AllowMemory(void* filter) {
  const scmp_arg_cmp not_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  const scmp_arg_cmp of_its_own = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
  GATEWAY_TRY(Add(filter, SCMP_ACT_ALLOW, std::array{SCMP_SYS(mmap)}, {not_code, of_its_own}));
  return Add(filter, SCMP_ACT_ALLOW, std::array{SCMP_SYS(mprotect)}, {not_code});
}

// abort() sends a signal to its own process.
Result<void> AllowAbort(void* filter) {
  const auto self = static_cast<scmp_datum_t>(::getpid());
  GATEWAY_TRY(Add(filter, SCMP_ACT_ALLOW, std::array{SCMP_SYS(tgkill)}, {SCMP_A0(SCMP_CMP_EQ, self, 0)}));
  return Add(filter, SCMP_ACT_KILL_PROCESS, std::array{SCMP_SYS(tgkill)}, {SCMP_A0(SCMP_CMP_NE, self, 0)});
}

Result<void> FillFilter(void* filter) {
  GATEWAY_TRY(Add(filter, SCMP_ACT_ALLOW, kAllowed));
  GATEWAY_TRY(Add(filter, SCMP_ACT_KILL_PROCESS, kFatal));
  GATEWAY_TRY(AllowAbort(filter));
  // The flags of clone3() stand in memory, where no filter can look. Without clone3(), glibc calls
  // clone().
  GATEWAY_TRY(Add(filter, SCMP_ACT_ERRNO(ENOSYS), std::array{SCMP_SYS(clone3)}));
  if (kSanitized) return Add(filter, SCMP_ACT_ALLOW, kForSanitizers);
  GATEWAY_TRY(AllowMemory(filter));
  const scmp_arg_cmp process = SCMP_A0(SCMP_CMP_MASKED_EQ, 0x00010000 /* CLONE_THREAD */, 0);
  return Add(filter, SCMP_ACT_KILL_PROCESS, std::array{SCMP_SYS(clone)}, {process});
}

}  // namespace

Result<void> AllowFewSystemCalls() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return Failed("seccomp_init", ENOMEM);
  for (const auto& [attribute, value] : {std::pair{SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},
                                         std::pair{SCMP_FLTATR_CTL_TSYNC, std::uint32_t{1}}}) {
    if (const int failure = seccomp_attr_set(filter.get(), attribute, value); failure != 0) {
      return Failed("seccomp_attr_set", -failure);
    }
  }
  GATEWAY_TRY(FillFilter(filter.get()));
  if (const int failure = seccomp_load(filter.get()); failure != 0) return Failed("seccomp_load", -failure);
  return {};
}

}  // namespace gateway::opener
