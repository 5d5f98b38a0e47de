#include "outbound/archive_counts.h"

#include <algorithm>
#include <utility>

#include "telemetry/events.h"

namespace gateway::outbound {
namespace {

constexpr Milliseconds kIdle{60'000};           // a question wakes the thread
constexpr Milliseconds kRemembered{3'600'000};  // nobody asks for an older answer

bool IsAsked(const PacsSettings& pacs, const RouteSettings& routes) {
  return std::ranges::any_of(routes.outbound, [&](const OutboundRuleSettings& rule) {
    return rule.complete && rule.complete->by == CompleteBy::count && rule.complete->at == pacs.name;
  });
}

}  // namespace

ArchiveCounts::ArchiveCounts(const std::vector<PacsSettings>& pacs, const RouteSettings& routes, const Clock& clock,
                             std::function<void()> answered)
    : clock_(clock), answered_(std::move(answered)) {
  for (const PacsSettings& one : pacs) {
    if (!IsAsked(one, routes)) continue;
    Archive& archive = archives_.emplace_back(one);
    threads_.push_back(StartWorker("count-" + one.name, archive.signal,
                                   [this, &archive](const std::stop_token& stop) { return Step(archive, stop); }));
  }
}

ArchiveCounts::~ArchiveCounts() {
  for (std::jthread& thread : threads_) thread.request_stop();
  for (Archive& archive : archives_) archive.counter.Stop();
  threads_.clear();
}

std::optional<ArchiveCounts::Answer> ArchiveCounts::Ask(const std::string& pacs, const Question& question, Time since) {
  const std::lock_guard lock(mutex_);
  const auto archive = std::ranges::find(archives_, pacs, &Archive::name);
  if (archive == archives_.end()) return Answer{since, std::nullopt};
  const auto found = archive->answers.find(question);
  if (found != archive->answers.end() && found->second.asked >= since) return found->second;
  if (archive->pending.insert(question).second) archive->signal.Notify();
  return std::nullopt;
}

Milliseconds ArchiveCounts::Step(Archive& archive, const std::stop_token& stop) {
  std::set<Question> pending;
  {
    const std::lock_guard lock(mutex_);
    pending = archive.pending;
  }
  if (pending.empty()) return kIdle;
  std::optional<Error> away;
  for (const Question& question : pending) {
    if (stop.stop_requested()) return kIdle;
    const Time asked = clock_.Now();
    // Where one question fails because of the PACS, the others need not wait for the same.
    const Result<std::uint64_t> counted =
        away ? Result<std::uint64_t>(*away)
             : archive.counter.Count(question.study_instance_uid, question.series_instance_uid);
    if (!counted && counted.error().fault == Fault::transient) away = counted.error();
    Record(archive, question, asked, counted);
  }
  archive.counter.EndAssociation();
  answered_();
  return Milliseconds(0);
}

void ArchiveCounts::Record(Archive& archive, const Question& question, Time asked,
                           const Result<std::uint64_t>& counted) {
  if (!counted && !archive.fails) events::CountUnavailable(archive.name, counted.error());
  if (counted && archive.fails) events::CountAvailable(archive.name);
  if (counted) events::ArchiveCounted(archive.name, *counted);
  archive.fails = !counted;
  const std::lock_guard lock(mutex_);
  archive.pending.erase(question);
  std::erase_if(archive.answers, [&](const auto& answer) { return answer.second.asked + kRemembered < asked; });
  archive.answers[question] = {asked, counted ? std::optional(*counted) : std::nullopt};
}

}  // namespace gateway::outbound
