// Reads files that a person names for `explain` and `routes test`, in the sandbox. It needs neither
// a daemon nor a state directory, and changes nothing but a directory of its own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/attribute.h"
#include "gateway/attribute_difference.h"
#include "gateway/coding.h"
#include "gateway/instance.h"
#include "gateway/recipe.h"
#include "gateway/result.h"
#include "opener/open_process.h"
#include "security/keys.h"
#include "spool/spool.h"

namespace gateway::operations {

// An instance that rules are asked about. The file of a mail's instance goes with the SampleReader.
struct SampleInstance {
  InstanceHeader header;
  std::filesystem::path file;
};

// An opened mail, or a file that is taken for what a partner's mail holds.
struct SampleMail {
  std::string partner;  // empty: the sender is no partner
  std::string set;      // empty: none
  std::vector<SampleInstance> instances;
};

// Says what a rule makes of an instance.
struct TriedChange {
  std::vector<AttributeDifference> differences;
  std::optional<InstanceHeader> copy;  // nullopt: it goes as it came
  std::string not_coded;               // why its pixel data are not coded; empty: they are, or no rule asks for it
};

class SampleReader {
 public:
  // Makes a directory for temporary files. Text of instances without a usable character set is read
  // in `default_set`. Error: permanent "file-error".
  static Result<SampleReader> Create(const std::string& default_set);
  ~SampleReader();
  SampleReader(SampleReader&&) noexcept = default;
  SampleReader& operator=(SampleReader&&) = delete;

  // Reads a DICOM file, with the attributes that rules ask for. Errors: those of
  // opener::OpenProcess::ReadHeader().
  Result<InstanceHeader> ReadHeader(const std::filesystem::path& file, const std::vector<AttributePath>& asked) const;

  // Makes a Part 10 file with these attributes, by their paths as attributes::Text() writes them,
  // and with a SOP class and UIDs. It goes with this object. Error: permanent "transform-failed"
  // for a value that does not fit.
  Result<std::filesystem::path> MakeSample(const std::map<std::string, std::vector<std::string>>& attributes) const;

  // Carries out what a rule asks for on a copy of the file, as the pipelines would: the recipe, and
  // after it the coding. `source` is the partner from whom the instance came. The header of the
  // copy has the attributes `asked`. Errors: those of opener::OpenProcess::Transform() and Code().
  Result<TriedChange> Try(const std::filesystem::path& file, const Recipe& recipe, Coding coding,
                          const std::string& source, const std::vector<AttributePath>& asked) const;

  // Opens a mail with the keys of our mailboxes. Who signed it is not judged; `inspect` tells that.
  // Errors: those of opener::OpenProcess::Open(), for the last mailbox that was tried.
  Result<SampleMail> ReadMail(const std::filesystem::path& file, const std::vector<AttributePath>& asked,
                              const security::Keys& keys, const std::vector<MailboxSettings>& mailboxes,
                              const std::vector<PartnerSettings>& partners) const;

 private:
  SampleReader(std::filesystem::path directory, const std::string& default_set);
  Result<SampleMail> ReadMailOf(const std::string& mailbox, const std::filesystem::path& file,
                                const std::vector<AttributePath>& asked, const security::Keys& keys,
                                const std::vector<PartnerSettings>& partners) const;

  std::filesystem::path directory_;
  opener::WorkerProgram program_;
  std::unique_ptr<spool::Spool> spool_;
};

}  // namespace gateway::operations
