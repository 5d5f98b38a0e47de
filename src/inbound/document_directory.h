// Places files in a directory that other programs read. A file is complete when its name appears,
// and it never replaces another file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/result.h"

namespace gateway::inbound {

// Returns "PREFIX_NAME" as a name that every file system accepts and that every person reads as it
// is. It has no path, nothing that cannot be printed or that changes the direction of text, and at
// most some 150 bytes. The ending is kept. The parts may be hostile. If there is no name, the media
// type gives one, such as "document.pdf".
std::string SafeFileName(std::string_view prefix, std::string_view name, std::string_view media_type);

struct FileToPlace {
  const std::filesystem::path& file;
  const std::string& name;    // as of SafeFileName()
  const std::string& sha256;  // of its content
  const std::string& key;     // names the unfinished copy; the same in every try, and unique
};

// Copies the file into `directory`, with mode 0640. The copy is durable when the function returns.
// If a file with other content has the name, "-2", "-3", ... goes before the ending. If a file with
// the same content has the name, nothing is left to do. Errors: transient "directory-unusable" for
// all failures of the directory, with details that contain no file name; corrupt "document-changed"
// if the file's content has another hash.
Result<void> PlaceFile(const std::filesystem::path& directory, const FileToPlace& file);

// Copies `file` into `directory` for a person, with mode 0600, as "NAME", or "NAME-2" if that name
// is taken. Returns the path of the copy.
Result<std::filesystem::path> ExportFile(const std::filesystem::path& file, const std::string& name,
                                         const std::filesystem::path& directory);

}  // namespace gateway::inbound
