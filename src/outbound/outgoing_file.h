// A file that `send` takes: copied into spool/work, so that nothing changes it any more, and recognised.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "gateway/instance.h"
#include "gateway/result.h"
#include "ledger/new_document.h"
#include "spool/work_file.h"

namespace gateway::outbound {

struct OutgoingFile {
  std::unique_ptr<spool::WorkFile> copy;        // a bare data set has become a Part 10 file in it
  std::optional<InstanceHeader> header;         // of a DICOM file
  std::optional<ledger::NewDocument> document;  // of any other; spool_key and study_id are still empty
};

// permanent "file-not-readable" (missing, no regular file, no permission), "file-empty"; corrupt, when it is DICOM:
// those of dicom::ReadHeader. The toolkit is started.
Result<OutgoingFile> TakeFile(const std::filesystem::path& file, const spool::Spool& spool);

// By the file's extension: "application/pdf"; "application/octet-stream" for an unknown one.
std::string MediaTypeOf(const std::filesystem::path& file);

// The file's last component as it may stand in a mail: UTF-8 without control characters, at most 200 bytes.
std::string MailableName(const std::filesystem::path& file);

}  // namespace gateway::outbound
