// `quarantine list|show|release|drop`: mails, instances and documents that wait for a person.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gateway::cli {

int QuarantineList(const std::filesystem::path& config, bool json);
int QuarantineShow(const std::filesystem::path& config, const std::string& id, bool json);

// Names items by their ids, or all items that fit every given word.
struct QuarantineSelection {
  std::vector<std::string> ids;
  std::string reason;
  std::string sender;  // an address, or "@" and a domain
  std::string partner;
  std::string older_than;  // "7d": in quarantine for at least this time
};

// The present configuration decides. A mail is opened and judged again. An instance is routed
// again, and one that is in conflict goes to the PACS beside the other one. A document waits for
// its study anew, for as long as at first. With `study_of`, an instance (I12), it joins the study
// of that instance.
int QuarantineRelease(const std::filesystem::path& config, const QuarantineSelection& selection,
                      const std::string& study_of);

// Gives the items up for good: their files are removed, and their entries in the ledger stay.
int QuarantineDrop(const std::filesystem::path& config, const QuarantineSelection& selection);

// Copies the item's file into the directory `to`.
int QuarantineExport(const std::filesystem::path& config, const std::string& id, const std::filesystem::path& to);

// Call it when a person has taken a document that was kept. Its file here is removed.
int QuarantineDone(const std::filesystem::path& config, const std::string& id);

}  // namespace gateway::cli
