// What the tests of documents share: references of a study, documents by the tools that make them,
// objects of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dicom/document_object.h"
#include "fixture.h"

namespace gateway::dicom {

// What pydicom reads of the object, its payload (the document, the pixels or their one fragment)
// apart.
struct ReadObject {
  std::map<std::string, std::string> values;  // by keyword
  std::string payload;
};

class Documents : public testing::Test {
 protected:
  std::filesystem::path Reference(const std::string& syntax = "1.2.840.10008.1.2.1",
                                  const std::string& character_set = "ISO_IR 100",
                                  const std::string& name = "M\xC3\xBCller^Hans", bool undefined = false) const;
  std::filesystem::path Document(const std::string& content) const;
  // By make_image.py; `pixels` gets what must be seen.
  std::filesystem::path Png(const std::vector<std::string>& arguments, std::string& pixels) const;
  // A grey or colour gradient by cjpeg.
  std::filesystem::path Jpeg(bool colour, unsigned width, unsigned height,
                             const std::vector<std::string>& options) const;
  // The pixels as djpeg sees them.
  std::string DecodedByDjpeg(const std::filesystem::path& jpeg) const;

  Result<InstanceHeader> Write(const std::filesystem::path& document, DocumentKind kind,
                               const std::string& title = "Befund.pdf");
  Result<InstanceHeader> Write(const std::filesystem::path& document, DocumentKind kind, const std::string& title,
                               const std::filesystem::path& reference);
  // Of what Write() wrote last.
  [[nodiscard]] const std::filesystem::path& object() const { return object_; }
  [[nodiscard]] ReadObject Read() const;
  // dciodvfy's complaints, one a line, without what concerns DICOMDIRs, and what it says of a
  // Laterality that is empty because nobody knows it (without one it says more).
  [[nodiscard]] std::string Complaints() const;

  TempDirectory directory_;

 private:
  std::filesystem::path object_;
  int objects_ = 0;
};

std::optional<DocumentKind> Recognise(const std::filesystem::path& document, const std::string& media_type);

inline constexpr char kPdf[] = "%PDF-1.4\n1 0 obj <<>> endobj\n%%EOF";
inline constexpr char kCda[] =
    "<?xml version=\"1.0\"?><?xml-stylesheet href=\"a.xsl\"?><!-- <id root=\"9\"/> -->\n"
    "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><realmCode code='DE'/><author><id root=\"8\"/></author>"
    "<id extension=\"A&amp;B\" root=\"1.2.276.0.76.4711\"/><title>Arztbrief</title>"
    "<component><text mediaType=\"application/pdf\">JVBERi0=</text></component></ClinicalDocument>";

}  // namespace gateway::dicom
