// A file that `send` was given. It is copied into spool/work, so that nothing changes it any more,
// and its type is recognised.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dicom/character_set.h"
#include "gateway/instance.h"
#include "gateway/result.h"
#include "ledger/new_document.h"
#include "spool/work_file.h"

namespace gateway::outbound {

struct OutgoingFile {
  std::unique_ptr<spool::WorkFile> copy;        // in it, a bare data set has become a Part 10 file
  std::optional<InstanceHeader> header;         // of a DICOM file
  std::optional<ledger::NewDocument> document;  // of any other; spool_key and study_id are still empty
};

// Errors: permanent "file-not-readable" (missing, not a regular file, no permission), "file-empty";
// for DICOM files also the corrupt ones of dicom::ReadHeader. The DICOM toolkit must have been
// started.
Result<OutgoingFile> TakeFile(const std::filesystem::path& file, const spool::Spool& spool,
                              std::string_view default_set = dicom::kUsualCharacterSet);

// Returns the media type for the file's extension, such as "application/pdf", or
// "application/octet-stream" for an unknown extension.
std::string MediaTypeOf(const std::filesystem::path& file);

// Returns the file's last component in a form that a mail may contain: UTF-8 without control
// characters, at most 200 bytes.
std::string MailableName(const std::filesystem::path& file);

}  // namespace gateway::outbound
