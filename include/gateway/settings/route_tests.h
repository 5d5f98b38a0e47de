// The file of `routes test`: a site's own examples for its routing tables.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/priority.h"

namespace gateway {

// A test says what comes, and what the site expects of the tables then.
struct RouteTest {
  std::string name;
  int line = 0;
  // A file comes, or attributes of DICOM by their paths as the gateway writes them.
  std::filesystem::path file;
  std::map<std::string, std::vector<std::string>> attributes;
  // With a partner it comes by mail, otherwise by C-STORE.
  std::string partner;
  std::optional<std::string> set;
  std::optional<Priority> mail_priority;
  std::string service;  // whose request it answers
  std::string calling_ae;
  std::string called_ae;
  std::string caller;
  std::uint16_t port = 0;
  std::optional<std::uint64_t> instances;
  std::optional<std::uint64_t> bytes;
  std::string at;  // 2026-11-30 18:00, local time; empty: now
  // The site expects these. The test does not compare what the site did not give.
  std::optional<std::vector<std::string>> rules;      // the rules that match, in any order
  std::optional<std::vector<std::string>> targets;    // partners or PACS, in any order
  std::optional<std::vector<std::string>> fallbacks;  // partners, of the first target
  std::optional<Priority> priority;                   // of the first target
  std::optional<bool> skipped;                        // a rule with `skip` ends the table
  // Values that the first target gets, by the paths of the attributes. Several values of one
  // attribute are separated by backslashes; empty: no value.
  std::map<std::string, std::string> edits;
};

}  // namespace gateway
