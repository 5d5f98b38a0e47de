#include "dicom/document_object.h"

#include "base/files.h"
#include "document_kit.h"

namespace gateway::dicom {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Pair;

using DocumentObject = Documents;

TEST_F(DocumentObject, CarriesAPdfByteForByte) {
  for (const std::string tail : {"", "x"}) {
    const std::string pdf = kPdf + tail;
    const Result<InstanceHeader> header = Write(Document(pdf), DocumentKind::pdf);
    ASSERT_TRUE(header) << header.error().code;
    EXPECT_EQ(header->sop_class_uid, "1.2.840.10008.5.1.4.1.1.104.1");
    EXPECT_EQ(Read().payload, pdf);
    EXPECT_EQ(Complaints(), "");
  }
}

TEST_F(DocumentObject, IsExtractedByDcmtk) {
  ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf));
  ASSERT_EQ(RunTool({"dcm2pdf", object(), directory_ / "out.pdf"}).exit_code, 0);
  EXPECT_EQ(ReadAll(directory_ / "out.pdf"), kPdf);
  EXPECT_THAT(RunTool({"dcmftest", object()}).output, HasSubstr("yes:"));
}

TEST_F(DocumentObject, HasTheModulesOfDcmtks) {
  ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf));
  const ReadObject ours = Read();
  const std::filesystem::path theirs = directory_ / "theirs.dcm";
  ASSERT_EQ(RunTool({"pdf2dcm", "+st", directory_ / "reference.dcm", directory_ / "document", theirs}).exit_code, 0);
  std::istringstream lines(RunTool({"dcmdump", "-q", "+L", theirs}).output);
  // Of a clock.
  const std::string exceptions = "InstanceCreationDate InstanceCreationTime";
  const std::string dump = RunTool({"dcmdump", "-q", "+L", object()}).output;
  for (std::string line; std::getline(lines, line);) {
    const std::string keyword = line.substr(line.find_last_of(' ') + 1);
    if (!line.starts_with("(") || exceptions.find(keyword) != std::string::npos) continue;
    EXPECT_THAT(dump, HasSubstr(" " + keyword)) << line;
  }
}

TEST_F(DocumentObject, TakesPatientAndStudyFromTheReference) {
  ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf));
  EXPECT_THAT(Read().values, IsSupersetOf({Pair("PatientName", "M\xC3\xBCller^Hans"),
                                           Pair("PatientID", "PID-1"),
                                           Pair("IssuerOfPatientID", "Klinikum A"),
                                           Pair("PatientBirthDate", "19640812"),
                                           Pair("PatientSex", "F"),
                                           Pair("PatientAge", "059Y"),
                                           Pair("PatientSize", "1.70"),
                                           Pair("PatientWeight", "70"),
                                           Pair("StudyInstanceUID", "1.2.3"),
                                           Pair("StudyID", "4711"),
                                           Pair("StudyDate", "20240131"),
                                           Pair("StudyTime", "101500"),
                                           Pair("AccessionNumber", "ACC-1"),
                                           Pair("StudyDescription", "Nativ"),
                                           Pair("ReferringPhysicianName", "Haus^Gregor"),
                                           Pair("TimezoneOffsetFromUTC", "+0100"),
                                           Pair("SpecificCharacterSet", "ISO_IR 100"),
                                           Pair("ContentDate", "20240131"),
                                           Pair("ContentTime", "101500"),
                                           Pair("OtherPatientIDsSequence.PatientID", "OTHER-0")}));
}

TEST_F(DocumentObject, TakesNothingOfTheReferencesSeriesAndInstance) {
  ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf));
  const DocumentIdentity identity = IdentifyDocument("klinikum-a", "1.2.3", std::string(64, 'a'), "");
  const auto values = Read().values;
  EXPECT_EQ(values.at("SeriesInstanceUID"), identity.series_instance_uid);
  EXPECT_EQ(values.at("SOPInstanceUID"), identity.sop_instance_uid);
  EXPECT_EQ(values.at("Modality"), "DOC");
  EXPECT_EQ(values.at("SeriesDescription"), "Befund.pdf");
  EXPECT_EQ(values.at("DocumentTitle"), "Befund.pdf");
}

TEST_F(DocumentObject, ReadsReferencesInEveryEncoding) {
  std::string first;
  for (const std::string syntax : {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
                                   "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50"}) {
    for (const bool undefined : {false, true}) {
      const auto reference = Reference(syntax, "ISO_IR 100", "M\xC3\xBCller^Hans", undefined);
      ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf, "Befund", reference)) << syntax;
      if (first.empty()) first = ReadAll(object());
      EXPECT_EQ(ReadAll(object()), first) << syntax << undefined;
    }
  }
}

TEST_F(DocumentObject, IsTheSameEveryTime) {
  const auto first = Write(Document(kPdf), DocumentKind::pdf);
  const std::string bytes = ReadAll(object());
  const auto second = Write(Document(kPdf), DocumentKind::pdf);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(ReadAll(object()), bytes);
  EXPECT_EQ(first->dataset_sha256, second->dataset_sha256);
  EXPECT_EQ(first->file_size, bytes.size());
}

struct TitleCase {
  const char* character_set;
  const char* patient;
  const char* expected_set;
  const char* expected_title;
};

TEST_F(DocumentObject, WritesTheTitleInTheReferencesCharacterSet) {
  const std::string title =
      "\xC3\x9C"
      "bersicht \xE2\x82\xAC.pdf";  // U with diaeresis, Euro sign
  for (const TitleCase& c : {TitleCase{"ISO_IR 192", "M\xC3\xBCller", "ISO_IR 192", title.c_str()},
                             TitleCase{"ISO_IR 100", "Mueller", "ISO_IR 192", title.c_str()},
                             TitleCase{"ISO_IR 100", "M\xC3\xBCller", "ISO_IR 100", "?bersicht ?.pdf"},
                             TitleCase{"", "Mueller", "ISO_IR 192", title.c_str()}}) {
    const auto reference = Reference("1.2.840.10008.1.2.1", c.character_set, c.patient);
    ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf, title, reference));
    const auto values = Read().values;
    EXPECT_EQ(values.at("SpecificCharacterSet"), c.expected_set);
    EXPECT_EQ(values.at("DocumentTitle"), c.expected_title);
    EXPECT_EQ(values.at("PatientName"), c.patient);
  }
}

TEST_F(DocumentObject, WritesLatinTitles) {
  ASSERT_TRUE(Write(Document(kPdf), DocumentKind::pdf,
                    "\xC3\x9C"
                    "bersicht.pdf"));
  EXPECT_EQ(Read().values.at("DocumentTitle"),
            "\xC3\x9C"
            "bersicht.pdf");
  EXPECT_EQ(Read().values.at("SpecificCharacterSet"), "ISO_IR 100");
}

TEST_F(DocumentObject, CarriesACda) {
  ASSERT_TRUE(Write(Document(kCda), DocumentKind::cda, ""));
  const ReadObject read = Read();
  EXPECT_EQ(read.payload, kCda);
  EXPECT_THAT(read.values, IsSupersetOf({Pair("SOPClassUID", "1.2.840.10008.5.1.4.1.1.104.2"),
                                         Pair("MIMETypeOfEncapsulatedDocument", "text/XML"),
                                         Pair("HL7InstanceIdentifier", "1.2.276.0.76.4711^A&B"),
                                         Pair("ListOfMIMETypes", "application/pdf")}));
  EXPECT_EQ(Complaints(), "");
}

TEST_F(DocumentObject, RefusesACdaWithoutId) {
  EXPECT_THAT(
      Write(Document("<ClinicalDocument xmlns='urn:hl7-org:v3'><title/></ClinicalDocument>"), DocumentKind::cda),
      FailsWith("document-damaged"));
}

TEST_F(DocumentObject, RefusesAReferenceThatIsNone) {
  for (const std::string& content : {std::string("%PDF-1.4"), std::string(), std::string(132, '\0') + "DICM"}) {
    WriteFile(directory_ / "bad", content);
    EXPECT_THAT(Write(Document(kPdf), DocumentKind::pdf, "", directory_ / "bad"), FailsWith("reference-unusable"));
  }
}

TEST_F(DocumentObject, SurvivesEveryTruncationOfTheReference) {
  const std::string whole = ReadAll(Reference());
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    WriteFile(directory_ / "bad", whole.substr(0, size));
    const auto written = Write(Document(kPdf), DocumentKind::pdf, "", directory_ / "bad");
    EXPECT_EQ(written ? written->study_instance_uid : written.error().code, written ? "1.2.3" : "reference-unusable");
    std::filesystem::remove(object());
  }
}

TEST_F(DocumentObject, RefusesAnEmptyDocument) {
  EXPECT_THAT(Write(Document(""), DocumentKind::pdf), FailsWith("document-damaged"));
}

TEST_F(DocumentObject, RefusesMoreThanTwoGigabytes) {
  const auto document = Document(kPdf);
  std::filesystem::resize_file(document, (2ULL << 30) + 1);  // sparse
  const auto written = Write(document, DocumentKind::pdf);
  EXPECT_THAT(written, FailsWith("document-too-large"));
  EXPECT_EQ(written.error().detail, "2147483649 bytes, more than 2 GB");
}

TEST(DocumentIdentity, IsTheSameForTheSameDocumentOnly) {
  const auto identity = IdentifyDocument("a", "1.2", "hash", "t");
  EXPECT_EQ(identity.sop_instance_uid, IdentifyDocument("a", "1.2", "hash", "t").sop_instance_uid);
  EXPECT_NE(identity.sop_instance_uid, IdentifyDocument("b", "1.2", "hash", "t").sop_instance_uid);
  EXPECT_NE(identity.sop_instance_uid, IdentifyDocument("a", "1.3", "hash", "t").sop_instance_uid);
  EXPECT_NE(identity.sop_instance_uid, IdentifyDocument("a", "1.2", "hash2", "t").sop_instance_uid);
  EXPECT_NE(identity.sop_instance_uid, identity.series_instance_uid);
}

TEST(DocumentIdentity, IsAUuidAsUid) {
  const std::string uid = IdentifyDocument("a", "1.2", "hash", "t").sop_instance_uid;
  const Finished done =
      RunTool({"/usr/bin/python3", "-c",
               "import sys, uuid; u = uuid.UUID(int=int(sys.argv[1][5:])); print(u.version, u.variant)", uid});
  EXPECT_EQ(uid.substr(0, 5), "2.25.");
  EXPECT_EQ(done.output, "8 specified in RFC 4122\n");
}

TEST(DocumentIdentity, CleansTheTitle) {
  EXPECT_EQ(IdentifyDocument("a", "1", "h", "a\\b\nc\xFF\xC3\xA9").title, "a_b_c_\xC3\xA9");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) umlauts += "\xC3\xA4";
  EXPECT_EQ(IdentifyDocument("a", "1", "h", umlauts).title, umlauts.substr(0, 128));
}

using DocumentKinds = Documents;

TEST_F(DocumentKinds, AreRecognisedByContent) {
  std::string pixels;
  EXPECT_EQ(Recognise(Document(kPdf), "application/octet-stream"), DocumentKind::pdf);
  EXPECT_EQ(Recognise(Document(kCda), "text/plain"), DocumentKind::cda);
  EXPECT_EQ(Recognise(Jpeg(false, 8, 8, {}), "image/png"), DocumentKind::jpeg);
  EXPECT_EQ(Recognise(Png({"0", "8", "2", "2"}, pixels), ""), DocumentKind::png);
}

TEST_F(DocumentKinds, OthersAreNone) {
  for (const std::string& content :
       {std::string(), std::string("Befund: unauff\xE4llig"), std::string("<html><ClinicalDocument/></html>"),
        std::string("<Bundle xmlns='http://hl7.org/fhir'/>"), std::string("\xFF\xD8"), std::string("<<<<<<"),
        std::string("<!DOCTYPE a [<!ENTITY b 'c'>]><ClinicalDocument xmlns='urn:hl7-org:v3'>")}) {
    EXPECT_EQ(Recognise(Document(content), "application/pdf"), std::nullopt) << content;
  }
}

TEST_F(DocumentKinds, SayWhyThereIsNone) {
  const std::string cda = "<ClinicalDocument xmlns='urn:hl7-org:v3'><id root='1'/></ClinicalDocument>";
  struct Case {
    std::string content;
    const char* type;
    const char* why;
  };
  for (const auto& [content, type, why] : std::vector<Case>{
           {"", "application/pdf", "it is empty"},
           {std::string(2'000'000, 'b') + "\n", "text/plain",
            "plain text, RTF or the like: no DICOM object is made of it, whatever its"},
           {"Befund: unauff\xE4llig", "application/octet-stream", "plain text"},
           {"\xFF\xFE<\0C\0", "text/xml", "UTF-16"},
           {std::string("\xFF\xFE\0\0<\0\0\0", 8), "text/xml", "UTF-32"},
           {"no such thing", "application/pdf", "first 1024 bytes: it is damaged, or no PDF"},
           {std::string(2000, ' ') + "%PDF-1.4", "application/pdf", "first 1024 bytes, only behind them"},
           {"\r\n\r\n%PDF-1.3", "application/octet-stream", "only behind 4 other bytes"},
           {"GIF89a", "image/jpeg", "its type is image/jpeg, but it does not begin as such an image"},
           {"<html/>", "text/html", "its first element is no ClinicalDocument"},
           {"<!DOCTYPE a>" + cda, "text/xml", "DOCTYPE"},
           {"<ClinicalDocument><id root='1'/></ClinicalDocument>", "text/xml", "urn:hl7-org:v3"},
           {"<!--" + std::string(300'000, 'c') + "-->" + cda, "text/xml", "within the first 262144 bytes"},
           {std::string("PK\3\4\0", 5), "application/msword", "it is no PDF, HL7 CDA, JPEG or PNG"}}) {
    const auto file = Document(content);
    ASSERT_EQ(Recognise(file, type), std::nullopt) << why;
    const UniqueFd fd(OpenForReading(file).value());
    EXPECT_THAT(WhyNoKind(fd.get(), type).value(), testing::HasSubstr(why));
  }
}

TEST_F(DocumentKinds, MediaTypeSettlesWhatContentLeavesOpen) {
  const auto xml = Document("<ClinicalDocument><id root='1'/></ClinicalDocument>");
  EXPECT_EQ(Recognise(xml, "application/hl7-cda+xml"), DocumentKind::cda);
  EXPECT_EQ(Recognise(xml, "text/xml"), std::nullopt);
  const auto pdf = Document("\r\n\r\n%PDF-1.3");
  EXPECT_EQ(Recognise(pdf, "application/pdf"), DocumentKind::pdf);
  EXPECT_EQ(Recognise(pdf, "text/plain"), std::nullopt);
}

TEST_F(DocumentKinds, PrefixedCdaIsRecognised) {
  EXPECT_EQ(Recognise(Document("\xEF\xBB\xBF<c:ClinicalDocument a='>' xmlns:c=\"urn:hl7-org:v3\">"), "text/xml"),
            DocumentKind::cda);
}

}  // namespace
}  // namespace gateway::dicom
