// Reads what the gateway needs to know about a DICOM file, in bounded memory whatever the file
// holds. It reads no pixel data, and no value longer than 4 KB. The input is hostile. Thread-safe.
#pragma once

#include <filesystem>
#include <string_view>

#include "dicom/attribute_query.h"
#include "dicom/character_set.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Reads `fd`, a regular file, from its start, whatever its position is. It opens nothing by name,
// so it also works in a sandboxed process. The hash of the data set covers the whole rest of the
// file.
//
// Errors: corrupt "not-dicom" (neither DICM at offset 128 nor a data set), "dicom-damaged" (a
// header that cannot be parsed), "dicom-incomplete" (no SOP Class, SOP Instance or Study Instance
// UID, or a text that is no UID by PS3.5 section 9), "uid-too-long" (a UID that is longer than
// allowed). Their details hold no value of the file.
//
// Text without a usable character set is read in `default_set`, as TextConverter does.
// With `query`, it also fills the header's `asked` (asked_attributes.h has the bounds).
Result<InstanceHeader> ReadHeader(int fd, std::string_view default_set = kUsualCharacterSet,
                                  const AttributeQuery& query = {});
Result<InstanceHeader> ReadHeader(const std::filesystem::path& file, std::string_view default_set = kUsualCharacterSet,
                                  const AttributeQuery& query = {});
// Reads no more than the header, and leaves dataset_sha256 empty.
Result<InstanceHeader> ReadHeaderWithoutHash(int fd, std::string_view default_set = kUsualCharacterSet,
                                             const AttributeQuery& query = {});

// Fills the header's `asked`, for a header that was read of this file.
Result<void> ReadAskedOf(int fd, const AttributeQuery& query, std::string_view default_set, InstanceHeader& header);

// Returns whether DICM stands at offset 128, or a plausible element of group 0008 starts the file.
// It is cheap. If the file cannot be read, the call returns an error.
Result<bool> LooksLikeDicom(int fd);
// Returns whether a part of a mail is to be read as DICOM, because it looks so, or because its
// content type (lower case) says so.
Result<bool> IsMeantAsDicom(int fd, std::string_view content_type);

}  // namespace gateway::dicom
