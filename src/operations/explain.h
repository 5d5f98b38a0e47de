// `explain`: what the routing tables would do with a file, and why. Nothing is changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/instance.h"
#include "gateway/priority.h"
#include "gateway/repetition.h"
#include "gateway/result.h"
#include "gateway/settings.h"
#include "gateway/time.h"
#include "ledger/store/database.h"
#include "operations/sample_reader.h"
#include "routing/trace.h"

namespace gateway::operations {

struct ExplainQuestion {
  std::filesystem::path file;  // a DICOM file, or a mail
  std::string calling_ae;
  std::string called_ae;
  std::string caller;
  std::uint16_t port = 0;
  std::string partner;  // a DICOM file that is to be explained as if this partner had mailed it
  Time at{};
};

struct ExplainedTarget {
  std::string name;  // a partner, or a PACS
  std::string rule;
  // Outbound only.
  Priority priority = Priority::normal;
  Bundling bundling = Bundling::study;
  CompletionSettings complete;  // what the rule leaves out is as section `dicom` says
  std::string key_fingerprint;
  std::string mailbox;
  std::uint64_t mail_bytes = 0;                  // about
  std::uint64_t pieces = 0;                      // mails on the wire
  std::uint64_t largest = 0;                     // bytes of a mail that the partner takes; 0: any
  OnDuplicate duplicates = OnDuplicate::ignore;  // inbound only
  FallbackSettings fallback;                     // of the rule
  std::optional<Time> window_opens;              // the time window of the rule is closed until then
  std::uint64_t limit = 0;                       // bytes per second at that time; 0: none
  // Both ways have what the rule makes of the instance.
  bool changes = false;  // a rule asks for changes
  TriedChange made;
  std::optional<Error> failure;  // why nothing leaves
};

// Says what happens to one instance.
struct Explanation {
  InstanceHeader header;
  bool inbound = false;
  std::string partner;  // inbound
  std::string set;
  std::vector<routing::RuleTrace> rules;
  std::vector<ExplainedTarget> targets;
  std::string skipped_by;  // outbound: the rule with `skip` at which the table ends
};

// Returns one explanation for each instance of the file. With `database`, what has come of the
// study so far is looked up there. Errors: those of SampleReader, routing::Router::Create() and
// security::ReadKeys(); permanent "no-such-destination" for an unknown partner.
Result<std::vector<Explanation>> Explain(const Settings& settings, const ExplainQuestion& question,
                                         ledger::Database* database);

}  // namespace gateway::operations
