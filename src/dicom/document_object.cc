#include "dicom/document_object.h"

#include <array>
#include <cstdint>

#include "base/files.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "dicom/character_set.h"
#include "dicom/document_modules.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/meta_header.h"
#include "dicom/study_reference.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kMaxTitle = 64;  // characters; LO allows no more

// In most viewers this puts the series behind all other series of the study.
constexpr char kSeriesNumber[] = "9000";

// Makes a UUID (RFC 9562 version 8) of the hash, and writes it as a UID (PS3.5 section B.2).
std::string UidOf(std::string_view kind, std::string_view partner, std::string_view study, std::string_view hash) {
  Sha256 sha;
  for (const std::string_view part : {kind, partner, study, hash}) {
    (void)sha.Write(part);
    (void)sha.Write(std::string_view("\0", 1));
  }
  std::string digits = sha.Hex().substr(0, 32);
  digits[12] = '8';
  digits[16] = "89ab"[static_cast<unsigned char>(digits[16]) % 4];
  // Converts base 16 to base 10, digit by digit.
  std::string decimal = "0";
  for (const char c : digits) {
    int carry = c <= '9' ? c - '0' : c - 'a' + 10;
    for (auto digit = decimal.rbegin(); digit != decimal.rend(); ++digit) {
      carry += (*digit - '0') * 16;
      *digit = static_cast<char>('0' + carry % 10);
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) decimal.insert(decimal.begin(), static_cast<char>('0' + carry % 10));
  }
  return "2.25." + decimal;
}

// Makes one line of the title, without characters that would be delimiters in DICOM.
std::string CleanTitle(std::string_view title) {
  std::string clean;
  std::size_t characters = 0;
  while (!title.empty() && characters < kMaxTitle) {
    std::size_t length = 1;
    while (length < title.size() && (static_cast<unsigned char>(title[length]) & 0xC0) == 0x80) ++length;
    const std::string_view character = title.substr(0, length);
    const auto first = static_cast<unsigned char>(character.front());
    const bool usable = first >= 0x20 && first != 0x7F && first != '\\' && ValidUtf8Prefix(character) == length;
    clean.append(usable ? character : "_");
    title.remove_prefix(length);
    ++characters;
  }
  return clean;
}

Result<DocumentModules> ModulesOf(int document, DocumentKind kind) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(document));
  if (size == 0) return Corrupt(codes::kDocumentDamaged, "it is empty");
  if (size > kMaxDocument) return Corrupt(codes::kDocumentTooLarge, std::to_string(size) + " bytes, more than 2 GB");
  switch (kind) {
    case DocumentKind::pdf:
      return EncapsulatedPdf(document, size);
    case DocumentKind::cda:
      return EncapsulatedCda(document, size);
    case DocumentKind::jpeg:
      return CapturedJpeg(document, size);
    case DocumentKind::png:
      return CapturedPng(document, size);
  }
  return Corrupt(codes::kDocumentDamaged, "of no known kind");
}

// Adds SOP Common, the modules of the series and of the equipment, and all else that both families
// of objects have.
void AddCommonModules(const StudyReference& reference, const DocumentIdentity& identity, const DocumentModules& modules,
                      NewObject& object) {
  std::string title = CleanTitle(identity.title);
  std::string character_set = reference.character_set;
  if (!IsPlainAscii(title)) {
    // If no other text depends on it, the character set may be the one that can express any title.
    if (reference.plain_ascii) character_set = "ISO_IR 192";
    title = FromUtf8(title, character_set);
  }
  object.PutIfAny(Tag(0x0008, 0x0005), "CS", character_set);
  object.Put(Tag(0x0008, 0x0016), "UI", modules.sop_class_uid);
  object.Put(Tag(0x0008, 0x0018), "UI", identity.sop_instance_uid);
  // The times come from the study, because a clock would make another object of the same document
  // each time.
  object.Put(Tag(0x0008, 0x0023), "DA", reference.study_date);  // Content Date
  object.Put(Tag(0x0008, 0x0033), "TM", reference.study_time);  // Content Time
  object.Put(Tag(0x0008, 0x0060), "CS", modules.modality);
  object.Put(Tag(0x0008, 0x0064), "CS", modules.conversion_type);
  object.Put(Tag(0x0008, 0x0070), "LO", {});  // Manufacturer
  object.PutIfAny(Tag(0x0008, 0x103E), "LO", title);
  object.Put(Tag(0x0020, 0x000E), "UI", identity.series_instance_uid);
  object.Put(Tag(0x0020, 0x0011), "IS", kSeriesNumber);
  object.Put(Tag(0x0020, 0x0013), "IS", "1");
  if (modules.modality == "DOC") object.Put(Tag(0x0042, 0x0010), "ST", title);
}

Result<void> WriteObject(const DocumentModules& modules, const DocumentIdentity& identity, const NewObject& object,
                         int out) {
  FdSink sink(out);
  GATEWAY_TRY(sink.Write(Encode({.sop_class_uid = modules.sop_class_uid,
                                 .sop_instance_uid = identity.sop_instance_uid,
                                 .transfer_syntax_uid = modules.transfer_syntax_uid,
                                 .source_ae = {}})));
  GATEWAY_TRY(object.Write(modules.bulk, sink));
  return sink.Flush();
}

}  // namespace

DocumentIdentity IdentifyDocument(std::string_view partner, std::string_view study_instance_uid,
                                  std::string_view document_sha256, std::string_view title) {
  return {.series_instance_uid = UidOf("series", partner, study_instance_uid, document_sha256),
          .sop_instance_uid = UidOf("instance", partner, study_instance_uid, document_sha256),
          .title = CleanTitle(title)};
}

Result<InstanceHeader> WriteDocumentObject(int document, DocumentKind kind, int reference,
                                           const DocumentIdentity& identity, int out, std::string_view default_set) {
  GATEWAY_ASSIGN(const StudyReference study, ReadStudyReference(reference));
  GATEWAY_ASSIGN(DocumentModules modules, ModulesOf(document, kind));
  NewObject object = study.attributes;
  object.Add(modules.attributes);
  AddCommonModules(study, identity, modules, object);
  GATEWAY_TRY(WriteObject(modules, identity, object, out));
  return ReadHeader(out, default_set);
}

}  // namespace gateway::dicom
