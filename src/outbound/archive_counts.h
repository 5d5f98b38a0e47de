// Finds out how many instances the senders' own archives have of a study. Each PACS has a thread of
// its own, so that one that does not answer delays nothing else. A failure is an answer too. The
// closer asks, and any thread may.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "dicom/instance_counter.h"
#include "gateway/settings/pacs.h"
#include "gateway/settings/routes.h"
#include "policy/worker.h"

namespace gateway::outbound {

class ArchiveCounts {
 public:
  struct Question {
    std::string study_instance_uid;
    std::string series_instance_uid;  // empty: the whole study
    friend auto operator<=>(const Question&, const Question&) = default;
  };
  struct Answer {
    Time asked;
    std::optional<std::uint64_t> instances;  // nullopt: the PACS did not say
  };

  // Starts a thread for each PACS that a rule asks. `answered` is called after answers.
  ArchiveCounts(const std::vector<PacsSettings>& pacs, const RouteSettings& routes, const Clock& clock,
                std::function<void()> answered);
  // Ends within seconds, whatever a PACS does.
  ~ArchiveCounts();
  ArchiveCounts(const ArchiveCounts&) = delete;
  ArchiveCounts& operator=(const ArchiveCounts&) = delete;

  // Returns the last answer to a question that was put at `since` or later. If there is none, it
  // puts the question. The answer is a failure at once if there is no such PACS.
  std::optional<Answer> Ask(const std::string& pacs, const Question& question, Time since);

 private:
  struct Archive {
    Archive(PacsSettings settings) : name(settings.name), counter(std::move(settings)) {}  // NOLINT: emplaced only
    const std::string name;
    dicom::InstanceCounter counter;
    Signal signal;
    bool fails = false;  // the thread's own
    // Guarded by ArchiveCounts::mutex_.
    std::set<Question> pending;
    std::map<Question, Answer> answers;
  };

  Milliseconds Step(Archive& archive, const std::stop_token& stop);
  void Record(Archive& archive, const Question& question, Time asked, const Result<std::uint64_t>& counted);

  const Clock& clock_;
  const std::function<void()> answered_;
  std::mutex mutex_;
  std::list<Archive> archives_;
  std::vector<std::jthread> threads_;
};

}  // namespace gateway::outbound
