// Makes a DICOM object of a non-DICOM document (docs/formats.md, "Non-DICOM parts"). PDF and HL7
// CDA become Encapsulated PDF and Encapsulated CDA (PS3.3 A.45). JPEG and PNG become a Secondary
// Capture (PS3.3 A.8). Patient and study come from a reference instance. The same input makes the
// same bytes, so a repeated conversion gives the same object. The input is hostile. Nothing here
// opens a file by name, so it works in a sandboxed process. There is no state: any thread may call
// it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dicom/character_set.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

enum class DocumentKind { pdf, cda, jpeg, png };

// Recognises the document by its first bytes. If these leave it open (XML), the media type counts
// as well. Returns nullopt if it is of no such kind.
Result<std::optional<DocumentKind>> RecogniseDocument(int fd, std::string_view media_type);

// Explains to a person why RecogniseDocument() finds no kind. The document may be of another type,
// be empty, or begin as something else than its type says. The text contains no words of the
// document.
Result<std::string> WhyNoKind(int fd, std::string_view media_type);

struct DocumentIdentity {
  std::string series_instance_uid;
  std::string sop_instance_uid;
  std::string title;  // UTF-8; Document Title, Series Description; may be empty
};

// Makes UIDs of hashes (PS3.5 B.2, "2.25."). They are always the same for the same document of the
// same partner and study.
DocumentIdentity IdentifyDocument(std::string_view partner, std::string_view study_instance_uid,
                                  std::string_view document_sha256, std::string_view title);

// Writes a Part 10 file into `out`, which must be empty and writable. `reference` is a Part 10 file
// of the study. PDF, CDA and baseline JPEG are streamed as they are. Other JPEG and PNG are decoded
// to RGB or MONOCHROME2, Explicit VR Little Endian. Returns the header of the written file, with
// its hash; `default_set` is that of TextConverter. Errors: corrupt "document-damaged"; corrupt
// "document-too-large" (more than 2 GB, or an image of more than 100 megapixels); corrupt
// "document-not-convertible"; corrupt "reference-unusable".
Result<InstanceHeader> WriteDocumentObject(int document, DocumentKind kind, int reference,
                                           const DocumentIdentity& identity, int out,
                                           std::string_view default_set = kUsualCharacterSet);

}  // namespace gateway::dicom
