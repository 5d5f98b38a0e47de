// Section `routes`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/priority.h"
#include "gateway/rule_attributes.h"

namespace gateway {

// One list of a `when:`. An empty list matches anything. Otherwise one entry must match. An entry
// matches if it is equal to the value. If an entry starts with "~", its rest is an ECMAScript
// regular expression that must be found anywhere in the value.
using Patterns = std::vector<std::string>;

// One key of a `when:`.
struct Criterion {
  const RuleAttribute* attribute = nullptr;  // an entry of kRuleAttributes
  Patterns patterns;
};

// A `when:`, whose criteria must all match.
using Condition = std::vector<Criterion>;

struct OutboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> send_to;  // names of partners
  Priority priority = Priority::normal;
  Bundling bundling = Bundling::study;
  bool final = false;
};

struct InboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> forward_to;      // names of PACS
  std::filesystem::path file_documents_to;  // a directory for non-DICOM parts; empty: they become DICOM objects
  std::vector<std::string> document_kinds;  // file name extensions that may be filed; empty: the usual ones
  std::filesystem::path document_scanner;   // a program that checks each document before it is filed; empty: none
  bool final = false;
};

enum class Unrouted { hold, reject };

struct RouteSettings {
  std::vector<OutboundRuleSettings> outbound;
  std::vector<InboundRuleSettings> inbound;
  Unrouted unrouted = Unrouted::hold;
};

}  // namespace gateway
