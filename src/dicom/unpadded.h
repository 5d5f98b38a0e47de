// Reads a data set as it goes to a PACS. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// Reads a range of `fd`: all of it, or permanent "file-error" if the file has become shorter.
std::unique_ptr<Source> OpenWholeRange(int fd, ByteRange range);

// Returns the bytes of the data set in `fd`, a regular file that outlives the source, as they stand
// there. Only the padding is left out, which begins at ContentEnd() of wholeness.h: some PACS never
// answer a data set with padding. A deflated data set that holds padding is deflated anew.
// `offset` is where the data set starts, in bytes.
Result<std::unique_ptr<Source>> OpenUnpadded(int fd, std::uint64_t offset, const std::string& transfer_syntax_uid);

}  // namespace gateway::dicom
