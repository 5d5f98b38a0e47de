// Section `routes`.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gateway/coding.h"
#include "gateway/edit.h"
#include "gateway/priority.h"
#include "gateway/repetition.h"
#include "gateway/settings/conditions.h"
#include "gateway/settings/deidentify.h"

namespace gateway {

struct OutboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> send_to;  // names of partners
  Priority priority = Priority::normal;
  Bundling bundling = Bundling::study;
  std::vector<Edit> edits;          // what changes in the attributes, in this order
  bool original_attributes = true;  // the values before the edits are kept in the instance
  Coding transcode = Coding::as_it_came;
  std::shared_ptr<const DeidentifySettings> deidentify;  // null: instances are not de-identified
  bool final = false;
};

struct InboundRuleSettings {
  std::string name;
  Condition when;
  std::vector<std::string> forward_to;      // names of PACS
  std::filesystem::path file_documents_to;  // a directory for non-DICOM parts; empty: they become DICOM objects
  std::vector<std::string> document_kinds;  // file name extensions that may be filed; empty: the usual ones
  std::filesystem::path document_scanner;   // a program that checks each document before it is filed; empty: none
  std::vector<Edit> edits;                  // as in OutboundRuleSettings
  bool original_attributes = true;          // as in OutboundRuleSettings
  OnDuplicate duplicates = OnDuplicate::ignore;
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
