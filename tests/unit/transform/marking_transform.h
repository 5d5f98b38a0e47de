// A real change for tests: DCMTK writes a copy of the instance with one private attribute more. The
// copy says how many were made before it, so that two copies of one instance differ.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "transform/transform.h"

namespace gateway::transform {

class MarkingTransform : public Transform {
 public:
  // Concerns the outbound rules "edited" and "send", and everything that goes to the PACS "edited".
  [[nodiscard]] bool Concerns(const Way& way) const override {
    return way.rule == "edited" || way.rule == "send" || way.pacs == "edited";
  }
  [[nodiscard]] Result<std::optional<Changed>> Apply(const Way& way, const Original& original,
                                                     const std::filesystem::path& to) const override;

  enum class Answer { mark, as_it_came, fail };
  std::atomic<Answer> answer = Answer::mark;
  mutable std::atomic<int> asked = 0;
};

// Counts the files that the spool has kept, by its durable point (telemetry/durable_point.h).
inline std::atomic<int> g_files_kept = 0;
// The process ends there, as if it was killed.
inline std::atomic<bool> g_end_at_next_file = false;

// Returns the mark of a file; empty if it has none.
std::string MarkOf(const std::filesystem::path& file);

// Writes a small Part 10 file. It is an instance of its own, with this SOP Instance UID.
void WriteInstance(const std::filesystem::path& file, const std::string& uid);

}  // namespace gateway::transform
