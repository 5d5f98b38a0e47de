// Files in a directory that other programs read: whole under their names, and never over one that is there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::inbound {

// "PREFIX_NAME" as a name that every file system takes and every person reads as it is: no path, nothing that cannot be
// printed or turns the direction of text, at most some 150 bytes, the ending kept. The parts may be hostile. Without a
// name one of the media type's: "document.pdf".
std::string SafeFileName(std::string_view prefix, std::string_view name, std::string_view media_type);

struct FileToPlace {
  const std::filesystem::path& file;
  const std::string& name;    // as of SafeFileName()
  const std::string& sha256;  // of its content
  const std::string& key;     // names the unfinished copy; the same in every try, and nobody else's
};

// Copies the file into `directory`, with mode 0640: durable when it returns. Where the name is taken by other content,
// "-2", "-3", ... goes before its ending; by the same content, nothing is left to do. transient "directory-unusable"
// whatever the directory has against it; its details hold no name of a file. corrupt "document-changed": the file's
// content has another hash.
Result<void> PlaceFile(const std::filesystem::path& directory, const FileToPlace& file);

// A copy of `file` in `directory`, for a person, with mode 0600: "NAME", or "NAME-2" where that is taken. Its path.
Result<std::filesystem::path> ExportFile(const std::filesystem::path& file, const std::string& name,
                                         const std::filesystem::path& directory);

}  // namespace gateway::inbound
