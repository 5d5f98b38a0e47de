// What the layer knows of the process it is loaded into, and decides about a call.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "control.h"
#include "journal.h"

namespace fault {

// The variable that makes an open worker's layer know where it is.
inline constexpr char kInWorker[] = "FAULT_IN_WORKER";

// One a process, never destroyed. Thread-safe.
class Layer {
 public:
  // What rules on work files and on mails match: an open worker reads and writes nothing else.
  static constexpr std::string_view kGiven = "open-worker/spool/work/spool/mails/";

  // nullptr before it is set up, and in a process that FAULT_CONTROL does not tell anything.
  static Layer* Get();
  static void SetUp();

  // The path below state_dir; nullopt for files elsewhere. Absolute paths only: the gateway uses no
  // others there.
  [[nodiscard]] std::optional<std::string> Below(const char* path) const;
  // Of an open descriptor.
  // In an open worker, which was given its descriptors: kGiven, of all that are files.
  std::optional<std::string> PathOf(int fd);
  void Opened(int fd, const std::string& path);
  void Closed(int fd);

  // Is this call to fail? Sets errno.
  bool Fails(Call call, std::string_view path);
  // Does a failing write write half of its bytes, as one that fills the disk does?
  bool WritesHalf();
  [[nodiscard]] bool Lies(std::string_view path) const;
  void Pass(const char* point);

  Journal& journal() { return journal_; }
  void RecordWrite(int fd, std::string_view path, std::uint64_t offset, std::string_view data);
  // Keeps the file under a name in the shadows directory; that name.
  std::string Shadow(const char* path);

 private:
  explicit Layer(Control* control);

  Control* const control_;
  const std::string state_dir_;  // ends in '/'
  const bool in_worker_;         // in its sandbox: no paths, few system calls, no journal
  Journal journal_;
  std::mutex mutex_;  // guards paths_
  std::unordered_map<int, std::string> paths_;
  std::atomic<std::uint32_t> shadow_number_{0};
  std::atomic<std::uint32_t> writes_{0};
};

}  // namespace fault
