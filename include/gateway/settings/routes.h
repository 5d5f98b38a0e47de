// Section `routes`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/coding.h"
#include "gateway/edit.h"
#include "gateway/priority.h"
#include "gateway/repetition.h"
#include "gateway/settings/conditions.h"
#include "gateway/settings/deidentify.h"
#include "gateway/settings/services.h"
#include "gateway/time.h"
#include "gateway/time_window.h"

namespace gateway {

// Says when a study or series that a rule collects is complete.
enum class CompleteBy {
  quiet,        // nothing new has come for `grace`
  association,  // the associations that brought it have ended, and nothing has come for `grace`
  count,        // the PACS `at` has as many instances as have come
  instance      // an instance of one of `sop_classes` has come, and then nothing for `grace`
};

struct CompletionSettings {
  CompleteBy by = CompleteBy::quiet;
  std::string at;                        // count: the name of a PACS
  std::optional<Milliseconds> grace;     // nullopt: quiet: dicom.quiet_period; otherwise at most 10 s
  std::optional<Milliseconds> at_most;   // nullopt: dicom.longest_wait
  std::vector<std::string> sop_classes;  // instance: UIDs
};

// Says from which size on a shipment is an alarm. 0: any number is fine.
struct LargestStudy {
  std::uint64_t instances = 0;
  std::uint64_t bytes = 0;
  bool hold = false;  // a larger shipment waits until a person lets it go on
};

// Says who gets a study if a partner does not take it.
struct FallbackSettings {
  std::vector<std::string> to;      // names of partners; empty: nobody
  Milliseconds after{30 * 60'000};  // counted from when the study was ready to leave
};

struct OutboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> send_to;  // names of partners
  // By partner of send_to: the service that the rule names in place of the partner.
  std::map<std::string, ServiceSettings> services;
  Priority priority = Priority::normal;
  Bundling bundling = Bundling::study;
  std::vector<Edit> edits;          // what changes in the attributes, in this order
  bool original_attributes = true;  // the values before the edits are kept in the instance
  Coding transcode = Coding::as_it_came;
  std::shared_ptr<const DeidentifySettings> deidentify;  // null: instances are not de-identified
  std::optional<CompletionSettings> complete;            // nullopt: as section `dicom` says
  LargestStudy largest_study;
  bool skip = false;  // what matches goes to nobody else, and no further rule is tried; implies `final`
  FallbackSettings fallback;
  std::optional<TimeWindow> window;  // when mails leave; nullopt: at any time
  bool final = false;
};

// What a rule does with instances that a PACS of its forward_to does not take.
struct PacsFallback {
  std::vector<std::string> to;  // names of other PACS, each of which gets the instance
  // The PACS may be away, or may fail to take the instance, for so long. A refusal for good does
  // not wait.
  Milliseconds after{600'000};
};

struct InboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> forward_to;      // names of PACS
  std::filesystem::path file_documents_to;  // a directory for non-DICOM parts; empty: they become DICOM objects
  std::vector<std::string> document_kinds;  // file name extensions that may be filed; empty: the usual ones
  std::filesystem::path document_scanner;   // a program that checks each document before it is filed; empty: none
  std::vector<Edit> edits;                  // as in OutboundRuleSettings
  // The identifiers that we replaced on the way out become the original ones, before the edits.
  bool reidentify = false;
  bool original_attributes = true;  // as in OutboundRuleSettings
  OnDuplicate duplicates = OnDuplicate::ignore;
  std::optional<PacsFallback> fallback;
  bool final = false;
};

enum class Unrouted { hold, reject };

struct RouteSettings {
  std::vector<OutboundRuleSettings> outbound;
  std::vector<InboundRuleSettings> inbound;
  Unrouted unrouted = Unrouted::hold;
  std::vector<std::string> holidays;  // "2026-12-25", or "12-25" for each year
};

}  // namespace gateway
