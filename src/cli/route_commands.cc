#include "cli/route_commands.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "attributes/comparable.h"
#include "base/clock.h"
#include "base/joined.h"
#include "base/time_text.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/record.h"
#include "cli/words.h"
#include "config/route_tests.h"
#include "operations/explain.h"
#include "operations/route_cases.h"

namespace gateway::cli {
namespace {

std::string_view WordFor(routing::Truth truth) {
  switch (truth) {
    case routing::Truth::yes:
      return "yes";
    case routing::Truth::no:
      return "no";
    case routing::Truth::unknown:
      break;
  }
  return "not known";
}

// A rule may ask for the same thing twice, and JSON has each name once.
std::string NewName(const Record& record, const std::string& wanted) {
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(record.fields, [&](const auto& field) { return field.first == name; });
  };
  std::string name = wanted;
  for (int number = 2; taken(name); ++number) name = wanted + " (" + std::to_string(number) + ")";
  return name;
}

Record RecordOf(const routing::RuleTrace& trace) {
  Record record{"rule " + trace.rule, {}, {}};
  const bool matched = trace.truth == routing::Truth::yes;
  Add(record, "matches", WordFor(trace.truth));
  if (matched && trace.tried && trace.skips) Add(record, "skips", "the instance goes to nobody else");
  if (matched && !trace.tried) Add(record, "but", "a final rule before it matched, so it is not tried");
  for (const routing::CriterionTrace& criterion : trace.criteria) {
    const std::string compared = criterion.values.empty() ? criterion.state : Joined(criterion.values);
    Add(record, NewName(record, (criterion.within.empty() ? "" : criterion.within + " ") + criterion.subject),
        std::string(WordFor(criterion.truth)) + ": asked for " + criterion.test + ", and found " + compared);
  }
  return record;
}

std::string WhenItIsComplete(const CompletionSettings& complete, const DicomSettings& dicom) {
  const Milliseconds otherwise = complete.by == CompleteBy::quiet ? dicom.quiet_period : dicom.ShortGrace();
  const std::string quiet = "when no new instance has come for " + FormatDuration(complete.grace.value_or(otherwise));
  switch (complete.by) {
    case CompleteBy::quiet:
      return quiet;
    case CompleteBy::association:
      return quiet + " after the association has ended";
    case CompleteBy::count:
      return quiet + " and PACS " + complete.at + " has no more instances than have come";
    case CompleteBy::instance:
      break;
  }
  return quiet + " and an instance of a class of complete.sop_classes is there";
}

std::string WhenItLeaves(const operations::ExplainedTarget& target, const DicomSettings& dicom) {
  if (target.window_opens) {
    return (target.bundling == Bundling::instance ? "" : "with its study, ") +
           std::string("not before its time window opens at ") + FormatTime(*target.window_opens);
  }
  if (target.bundling == Bundling::instance) return "at once";
  return "with its " + std::string(NameOf(target.bundling)) + ", " + WhenItIsComplete(target.complete, dicom) +
         ", or " + FormatDuration(target.complete.at_most.value_or(dicom.longest_wait)) + " after the first one";
}

std::string Shown(const std::optional<std::string>& value) {
  return value ? "'" + *value + "'" : "nothing";
}

// Says what the rule makes of the instance.
void AddChanges(const operations::ExplainedTarget& target, Record& record) {
  if (target.failure) {
    Add(record, "fails", target.failure->code + (target.failure->detail.empty() ? "" : ": " + target.failure->detail));
    return;
  }
  if (!target.changes) return;
  const operations::TriedChange& made = target.made;
  if (!made.not_coded.empty()) Add(record, "not compressed", made.not_coded);
  if (!made.copy) return Add(record, "changes", "nothing");
  Add(record, "changed copy", std::to_string(made.copy->file_size) + " bytes");
  Add(record, "its transfer syntax", made.copy->transfer_syntax_uid);
  Record changes{"changes", {}, {}};
  for (const AttributeDifference& difference : made.differences) {
    Add(changes, NewName(changes, difference.path), Shown(difference.before) + " -> " + Shown(difference.after));
  }
  record.children.push_back(std::move(changes));
}

std::string WordFor(OnDuplicate on_duplicate) {
  switch (on_duplicate) {
    case OnDuplicate::ignore:
      return "ignored";
    case OnDuplicate::forward:
      return "forwarded again";
    case OnDuplicate::quarantine:
      break;
  }
  return "wait for a person";
}

void AddFallback(const operations::ExplainedTarget& target, const Settings& settings, Record& record) {
  const auto rule = std::ranges::find(settings.routes.inbound, target.rule, &InboundRuleSettings::name);
  if (rule == settings.routes.inbound.end() || !rule->fallback) return;
  Add(record, "falls back to",
      Joined(rule->fallback->to) + ", after " + FormatDuration(rule->fallback->after) + " or a refusal");
}

Record RecordOf(const operations::ExplainedTarget& target, bool inbound, const Settings& settings) {
  Record record{(inbound ? "to PACS " : "to partner ") + target.name, {}, {}};
  Add(record, "by rule", target.rule);
  AddChanges(target, record);
  if (inbound) {
    Add(record, "duplicates", WordFor(target.duplicates));
    AddFallback(target, settings, record);
    return record;
  }
  Add(record, "priority", NameOf(target.priority));
  Add(record, "leaves", WhenItLeaves(target, settings.dicom));
  if (!target.fallback.to.empty()) {
    Add(record, "falls back to",
        Joined(target.fallback.to) + ", if it fails for good, or if nothing good is known of it " +
            FormatDuration(target.fallback.after) + " after it was ready to leave");
  }
  Add(record, "by mailbox", target.mailbox);
  Add(record, "with key", target.key_fingerprint);
  Add(record, "mail of about", std::to_string(target.mail_bytes) + " bytes");
  if (target.limit != 0) Add(record, "no faster than", std::to_string(target.limit) + " bytes per second");
  Add(record, "mails on the wire", static_cast<std::int64_t>(target.pieces));
  if (target.largest > 0) Add(record, "limit of a mail", std::to_string(target.largest) + " bytes");
  return record;
}

Record RecordOf(const operations::Explanation& explanation, const Settings& settings) {
  Record record{"instance " + explanation.header.sop_instance_uid, {}, {}};
  Add(record, "SOP class", explanation.header.sop_class_uid);
  Add(record, "transfer syntax", explanation.header.transfer_syntax_uid);
  Add(record, "bytes", static_cast<std::int64_t>(explanation.header.file_size));
  if (explanation.inbound) Add(record, "from", explanation.partner.empty() ? "a stranger" : explanation.partner);
  if (explanation.inbound) Add(record, "set", explanation.set);
  for (const routing::RuleTrace& trace : explanation.rules) record.children.push_back(RecordOf(trace));
  for (const operations::ExplainedTarget& target : explanation.targets) {
    record.children.push_back(RecordOf(target, explanation.inbound, settings));
  }
  if (explanation.targets.empty() && !explanation.skipped_by.empty()) {
    Add(record, "goes to", "nobody: rule " + explanation.skipped_by + " skips it");
  } else if (explanation.targets.empty()) {
    const bool reject = !explanation.inbound && settings.routes.unrouted == Unrouted::reject;
    Add(record, "goes to", reject ? "nobody: C-STORE is refused (A900)" : "nobody: it is held, with an alarm");
  }
  return record;
}

void PrintAll(const std::vector<Record>& records, bool json) {
  if (json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const Record& record : records) all.push_back(ToJson(record));
    return PrintJson(all);
  }
  for (const Record& record : records) Print(Out(), record);
}

std::optional<Time> MomentOf(const std::string& text) {
  if (text.empty()) return SystemClock().Now();
  const auto local = attributes::ComparableOf(text, attributes::Comparison::date_time);
  return local ? std::optional(attributes::TimeOfLocal(*local)) : std::nullopt;
}

}  // namespace

int Explain(const std::filesystem::path& config, const ExplainArguments& arguments, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = LoadSettings(config, exit_code);
  if (!session) return exit_code;
  const std::optional<Time> at = MomentOf(arguments.at);
  if (!at) {
    Err() << "dicom-mail-gateway: '" << arguments.at << "' is no time; expected one as '2026-11-30 18:00'\n";
    return kExitUsage;
  }
  // Without a ledger the study begins with this instance.
  const bool has_ledger = OpenState(*session).ok();
  const auto explained = operations::Explain(session->settings,
                                             {arguments.file, arguments.calling_ae, arguments.called_ae,
                                              arguments.caller, arguments.port, arguments.partner, *at},
                                             has_ledger ? session->database.get() : nullptr);
  if (!explained) return PrintError(explained.error());
  std::vector<Record> records;
  for (const operations::Explanation& one : *explained) records.push_back(RecordOf(one, session->settings));
  PrintAll(records, json);
  return kExitOk;
}

int TestRoutes(const std::filesystem::path& config, const std::filesystem::path& file, bool json) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = LoadSettings(config, exit_code);
  if (!session) return exit_code;
  const config::LoadedRouteTests loaded = config::LoadRouteTests(file);
  for (const config::Diagnostic& mistake : loaded.mistakes) Err() << config::Format(mistake) << "\n";
  if (!loaded.mistakes.empty()) return kExitConfig;
  const auto verdicts = operations::RunRouteTests(session->settings, loaded.tests, SystemClock().Now());
  if (!verdicts) return PrintError(verdicts.error());
  std::vector<Record> records;
  std::int64_t failed = 0;
  for (const operations::RouteVerdict& verdict : *verdicts) {
    const bool passed = verdict.differences.empty();
    failed += passed ? 0 : 1;
    Record record{(passed ? "passed: " : "FAILED: ") + verdict.name, {}, {}};
    for (const std::string& difference : verdict.differences) Add(record, NewName(record, "difference"), difference);
    if (!passed) {
      for (const routing::RuleTrace& trace : verdict.rules) record.children.push_back(RecordOf(trace));
    }
    records.push_back(std::move(record));
  }
  PrintAll(records, json);
  if (!json) {
    Out() << CountOf(static_cast<std::int64_t>(verdicts->size()), "test") << ", " << failed << " failed\n";
  }
  return failed == 0 ? kExitOk : kExitFailure;
}

}  // namespace gateway::cli
