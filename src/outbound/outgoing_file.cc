#include "outbound/outgoing_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "dicom/document_object.h"
#include "dicom/header_reader.h"
#include "dicom/part10_header.h"
#include "dicom/wholeness.h"
#include "outbound/error_codes.h"

namespace gateway::outbound {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCda = "application/hl7-cda+xml";
constexpr std::size_t kLongestName = 200;

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kMediaTypes{{
    {".pdf", "application/pdf"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".png", "image/png"},
    {".txt", "text/plain"},
    {".xml", "text/xml"},
    {".html", "text/html"},
    {".rtf", "application/rtf"},
    {".zip", "application/zip"},
}};

Error NotReadable(const fs::path& file, const std::string& why) {
  return Permanent(codes::kFileNotReadable, file.string() + why);
}

Result<void> CheckRegular(const fs::path& file) {
  std::error_code error;
  switch (fs::status(file, error).type()) {
    case fs::file_type::regular:
      return {};
    case fs::file_type::directory:
      return NotReadable(file, " is a directory: name the files in it");
    case fs::file_type::not_found:
      return NotReadable(file, " does not exist");
    default:
      return NotReadable(file, error ? ": " + error.message() : " is no regular file");
  }
}

Result<void> CopyFile(const fs::path& from, const fs::path& to) {
  Result<FileSource> source = FileSource::Open(from);
  if (!source) return NotReadable(from, ": " + source.error().detail);
  if (source->size() == 0) return Permanent(codes::kFileEmpty, from.string() + " is empty");
  GATEWAY_ASSIGN(const UniqueFd fd, CreateFile(to));
  FdSink sink(fd.get());
  GATEWAY_TRY(Copy(*source, sink));
  return sink.Flush();
}

// Adds a meta header, so that every copy in the spool has the same form.
Result<void> AddMetaHeader(int bare, const spool::Spool& spool, OutgoingFile& outgoing) {
  auto whole = std::make_unique<spool::WorkFile>(spool);
  GATEWAY_ASSIGN(const UniqueFd fd, CreateFile(whole->path()));
  GATEWAY_TRY(dicom::WritePart10(bare, fd.get(), *outgoing.header));
  outgoing.copy = std::move(whole);
  return {};
}

Result<ledger::NewDocument> Describe(const fs::path& file, const fs::path& copy, int fd) {
  ledger::NewDocument document;
  document.name = MailableName(file);
  // With this hint only the root element decides.
  GATEWAY_ASSIGN(const std::optional<dicom::DocumentKind> kind, dicom::RecogniseDocument(fd, kCda));
  document.content_type = kind == dicom::DocumentKind::cda ? std::string(kCda) : MediaTypeOf(file);
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(copy));
  document.size = source.size();
  GATEWAY_ASSIGN(document.sha256, Sha256Hex(source));
  return document;
}

}  // namespace

Result<OutgoingFile> TakeFile(const fs::path& file, const spool::Spool& spool, std::string_view default_set) {
  GATEWAY_TRY(CheckRegular(file));
  OutgoingFile outgoing;
  outgoing.copy = std::make_unique<spool::WorkFile>(spool);
  GATEWAY_TRY(CopyFile(file, outgoing.copy->path()));
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(outgoing.copy->path()));
  GATEWAY_ASSIGN(const bool is_dicom, dicom::LooksLikeDicom(fd.get()));
  if (!is_dicom) {
    GATEWAY_ASSIGN(outgoing.document, Describe(file, outgoing.copy->path(), fd.get()));
    return outgoing;
  }
  Result<InstanceHeader> header = dicom::ReadWholeHeader(fd.get(), default_set);
  if (!header) {
    return ErrorNamed(header.error().fault, header.error().code, file.string() + ": " + header.error().detail);
  }
  outgoing.header = std::move(header).value();
  if (!outgoing.header->has_meta_header) GATEWAY_TRY(AddMetaHeader(fd.get(), spool, outgoing));
  return outgoing;
}

std::string MediaTypeOf(const fs::path& file) {
  const std::string extension = LowerCase(file.extension().string());
  const auto* const known = std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                                         [&](const auto& candidate) { return candidate.first == extension; });
  return known == kMediaTypes.end() ? "application/octet-stream" : std::string(known->second);
}

std::string MailableName(const fs::path& file) {
  std::string name = file.filename().string();
  for (std::size_t valid = ValidUtf8Prefix(name); valid < name.size(); valid = ValidUtf8Prefix(name)) name[valid] = '_';
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '_');
  if (name.size() <= kLongestName) return name;
  // Keep the start of the name, and its extension if it has one.
  std::string extension = file.extension().string();
  if (extension.size() > 10 || ValidUtf8Prefix(extension) < extension.size()) extension.clear();
  name.resize(kLongestName - extension.size());
  name.resize(ValidUtf8Prefix(name));
  return name + extension;
}

}  // namespace gateway::outbound
