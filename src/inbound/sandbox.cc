#include "inbound/sandbox.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <system_error>

namespace gateway::inbound {
namespace {

constexpr rlim_t kMemory = 2ULL << 30;     // bytes of address space
constexpr rlim_t kFileSize = 16ULL << 30;  // bytes of one file

struct FreeFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FreeFilter>;

Error Failed(const char* what, int number) {
  return ConfigError("sandbox-failed", std::string(what) + ": " + std::generic_category().message(number));
}

Result<void> Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  if (::setrlimit(resource, &limit) != 0) return Failed("setrlimit", errno);
  return {};
}

// No new process, but threads, which are in the sandbox too: Botan takes one for each half of an RSA operation. The
// flags of clone3() stand in memory, where no filter looks; without it glibc calls clone().
Result<void> RefuseProcesses(void* filter) {
  if (const int failure = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0); failure != 0) {
    return Failed("seccomp_rule_add", -failure);
  }
  const int failure =
      seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  if (failure != 0) return Failed("seccomp_rule_add", -failure);
  return {};
}

// Refused with EPERM, so that a library which merely tries (a locale, a charset table) goes on without.
Result<void> RefuseCalls() {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return Failed("seccomp_init", ENOMEM);
  for (const int call : {SCMP_SYS(socket),
                         SCMP_SYS(socketpair),
                         SCMP_SYS(connect),
                         SCMP_SYS(bind),
                         SCMP_SYS(listen),
                         SCMP_SYS(accept),
                         SCMP_SYS(accept4),
                         SCMP_SYS(execve),
                         SCMP_SYS(execveat),
                         SCMP_SYS(fork),
                         SCMP_SYS(vfork),
                         SCMP_SYS(kill),
                         SCMP_SYS(tkill),
                         SCMP_SYS(ptrace),
                         SCMP_SYS(process_vm_readv),
                         SCMP_SYS(process_vm_writev),
                         SCMP_SYS(open),
                         SCMP_SYS(openat),
                         SCMP_SYS(openat2),
                         SCMP_SYS(creat),
                         SCMP_SYS(open_by_handle_at),
                         SCMP_SYS(unlink),
                         SCMP_SYS(unlinkat),
                         SCMP_SYS(rename),
                         SCMP_SYS(renameat),
                         SCMP_SYS(renameat2),
                         SCMP_SYS(link),
                         SCMP_SYS(linkat),
                         SCMP_SYS(symlink),
                         SCMP_SYS(symlinkat),
                         SCMP_SYS(mkdir),
                         SCMP_SYS(mkdirat),
                         SCMP_SYS(mknod),
                         SCMP_SYS(mknodat),
                         SCMP_SYS(chmod),
                         SCMP_SYS(fchmodat),
                         SCMP_SYS(chown),
                         SCMP_SYS(fchownat),
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
                         SCMP_SYS(reboot)}) {
    if (const int failure = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0); failure != 0) {
      return Failed("seccomp_rule_add", -failure);
    }
  }
  GATEWAY_TRY(RefuseProcesses(filter.get()));
  if (const int failure = seccomp_load(filter.get()); failure != 0) return Failed("seccomp_load", -failure);
  return {};
}

}  // namespace

Result<void> EnterSandbox() {
  GATEWAY_TRY(Limit(RLIMIT_CORE, 0));
  GATEWAY_TRY(Limit(RLIMIT_FSIZE, kFileSize));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  GATEWAY_TRY(Limit(RLIMIT_AS, kMemory));
#endif
  if (::prctl(PR_SET_DUMPABLE, 0) != 0) return Failed("prctl", errno);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Failed("prctl", errno);
  return RefuseCalls();
}

}  // namespace gateway::inbound
