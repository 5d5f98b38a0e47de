// What the tests of src/mime share: a private directory, files in it, Python and other tools as
// oracles.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "gateway/stream.h"
#include "mime/encrypted_leaf.h"
#include "mime/mail_reader.h"
#include "mime/mail_writer.h"
#include "mime/report.h"

namespace gateway::mime {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// An unlinked file with this content, open for reading.
UniqueFd FileWith(std::string_view content);
std::string ReadAll(Source& source);
// Reads in pieces of odd sizes.
std::string ReadInPieces(Source& source);
std::string ReadWhole(const std::filesystem::path& path);
// Random bytes, the same for the same seed; `alphabet` empty: all 256 values.
std::string RandomBytes(std::uint32_t seed, std::size_t length, std::string_view alphabet = {});
std::string Replaced(std::string text, std::string_view what, std::string_view by);

// Runs a shell command in `directory` and returns its output; the test fails when it does not exit
// with 0.
std::string Shell(const std::string& command, const std::filesystem::path& directory);
// Runs a script with Debian's Python, its arguments as they are for the shell.
std::string Python(const std::string& script, const std::string& arguments, const TempDirectory& directory);

struct ReadPart {
  LeafPart part;
  std::string content;
};
struct ReadEntity {
  std::vector<ReadPart> parts;
  InnerSummary summary;
  Result<void> result;
};
ReadEntity ReadInner(std::string_view entity, const ReadLimits& limits = {});
Envelope EnvelopeOf(std::string_view mail);
std::string CodeOfEnvelope(std::string_view mail, const ReadLimits& limits = {});  // "" when it is read
std::optional<Report> ReportOf(std::string_view mail, const ReadLimits& limits = {});
std::string EncryptedBody(std::string_view mail);  // up to where its armor ends, if it is armor, or the error's code

// An armored block with realistic lines, ended by LF.
std::string Armor(std::size_t data_lines, std::uint32_t seed = 1);
// The fields of a part, and its body.
std::string Part(const std::string& fields, const std::string& body);
// A mail of such parts.
std::string Mixed(const std::vector<std::string>& parts, const std::string& kind = "mixed");
MailParts PartsOf(const std::string& mail);
// The code of its reason; empty: there is none.
std::string LeftoverOf(const std::string& mail);
inline const std::string kText = "Content-Type: text/plain";
inline const std::string kFile = "Content-Type: application/octet-stream; name=x.asc";
OuterHeader SomeHeader();
std::string EncryptedMessage(const OuterHeader& header, const std::string& armor);

}  // namespace gateway::mime
