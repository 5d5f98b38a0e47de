// The modules of an object that is made of a document, except those that all such objects share.
// Private to this folder.
#pragma once

#include <string>

#include "dicom/document_object.h"
#include "dicom/error_codes.h"
#include "dicom/new_object.h"
#include "dicom/study_reference.h"

namespace gateway::dicom {

struct DocumentModules {
  std::string sop_class_uid;
  std::string transfer_syntax_uid;
  std::string modality;         // (0008,0060)
  std::string conversion_type;  // (0008,0064)
  NewObject attributes;
  BulkElement bulk;
};

inline constexpr std::uint64_t kMaxDocument = 2ULL << 30;        // bytes
inline constexpr std::uint64_t kMaxPixels = 100ULL * 1'000'000;  // pixels of an image

inline Result<void> CheckPixels(std::uint64_t width, std::uint64_t height) {
  if (width * height <= kMaxPixels) return {};
  return Corrupt(codes::kDocumentTooLarge,
                 std::to_string(width) + " x " + std::to_string(height) + " pixels, more than 100 megapixels");
}

// Implement PS3.3 sections C.24.2 and A.45. The document is `size` bytes of `fd`, which must stay
// open until the bulk element has been written.
Result<DocumentModules> EncapsulatedPdf(int fd, std::uint64_t size);
Result<DocumentModules> EncapsulatedCda(int fd, std::uint64_t size);
// Do the same for PS3.3 sections C.7.6.1, C.7.6.3 and A.8.
Result<DocumentModules> CapturedJpeg(int fd, std::uint64_t size);
Result<DocumentModules> CapturedPng(int fd, std::uint64_t size);

}  // namespace gateway::dicom
