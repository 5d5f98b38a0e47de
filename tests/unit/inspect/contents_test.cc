#include <gtest/gtest.h>

#include "mail_kit.h"

namespace gateway::inspect {
namespace {

std::string CodesWithPart(const std::string& part) {
  Parts parts;
  parts.part = part;
  return CodesOf(parts);
}
const std::string kDicom = "Content-Type: application/dicom; name=\"IM.dcm\"\r\n";
const std::string kBase64 = "Content-Transfer-Encoding: base64\r\n";
const std::string kPdf = "Content-Type: application/pdf; name=\"x.pdf\"\r\n";

TEST(Contents, TakeBinaryWithANote) {
  const std::string binary = kDicom + "Content-Transfer-Encoding: binary\r\n\r\n" + DicomFile();
  EXPECT_EQ(CodesWithPart(binary), "inner-binary");
  EXPECT_EQ(CodesWithPart(kDicom + "\r\n" + DicomFile()), "") << "zeros and letters are 7 bits";
  std::string accented = DicomFile();
  accented[accented.find("nativ") + 1] = '\xe4';
  EXPECT_EQ(CodesWithPart(kDicom + "\r\n" + accented), "8bit-undeclared text-misdeclared");
  EXPECT_EQ(CodesWithPart(kDicom + "Content-Transfer-Encoding: x-uuencode\r\n\r\n" + DicomFile()), "encoding-unknown");
}

TEST(Contents, CheckNames) {
  const std::string body = "\r\n" + InBase64(DicomFile());
  const auto named = [&](const std::string& parameters) {
    return CodesWithPart("Content-Type: application/dicom" + parameters + "\r\n" + kBase64 + body);
  };
  EXPECT_EQ(named(""), "name-missing");
  EXPECT_EQ(named("; name=IM1"), "name-without-dcm");
  EXPECT_EQ(named("; name=\"../../etc/x.dcm\""), "name-with-path");
  EXPECT_EQ(named("; name=\"=?utf-8?Q?f=C3=BCr?=.dcm\""), "encoded-word-in-parameter");
  EXPECT_EQ(named("; name*=f%C3%BCr.dcm"), "parameter-malformed");
  EXPECT_EQ(named("; name*=utf-8''f%C3%BCr.dcm"), "");
}

TEST(Contents, CheckDicom) {
  const std::string file = DicomFile();
  EXPECT_EQ(CodesWithPart("Content-Type: application/octet-stream; name=a.dcm\r\n" + kBase64 + "\r\n" + InBase64(file)),
            "dicom-of-other-type");
  EXPECT_EQ(CodesWithPart(kDicom + kBase64 + "\r\n" + InBase64("hello")), "not-dicom");
  EXPECT_EQ(CodesWithPart(kDicom + kBase64 + "\r\n"), "part-empty");
  EXPECT_EQ(CodesWithPart(kDicom + kBase64 + "\r\n" + InBase64(file.substr(0, file.size() - 100))), "dicom-incomplete");
}

TEST(Contents, CheckBareDataSets) {
  const std::string file = DicomFile();
  const std::string bare = file.substr(file.find(std::string("\x08\x00\x16\x00", 4)));
  // Explicit VR, which a bare data set cannot say, or a note of a missing preamble: never a clean
  // bill.
  EXPECT_NE(CodesWithPart(kDicom + kBase64 + "\r\n" + InBase64(bare)), "");
}

TEST(Contents, NameOtherKinds) {
  const std::string pdf = kBase64 + "\r\n" + InBase64("%PDF-1.4 and so on");
  EXPECT_EQ(CodesWithPart(kPdf + pdf), "study-id-missing");
  EXPECT_EQ(CodesWithPart(kPdf + "X-TELEMEDICINE-STUDYID: 1.2.3\r\n" + pdf), "");
  EXPECT_EQ(CodesWithPart("Content-Type: text/plain; name=a.txt\r\nX-TELEMEDICINE-STUDYID: 1.2\r\n\r\nhello\r\n"),
            "document-unknown");
  Parts parts;
  parts.part = kPdf + "X-TELEMEDICINE-STUDYID: 1.2.3\r\n" + pdf;
  EXPECT_EQ(Diagnosis({MailOf(parts)}).Value("part", "kind"), "PDF");
}

TEST(Contents, CheckTypesAndLinesOfParts) {
  EXPECT_EQ(
      CodesWithPart("Content-Disposition: attachment; filename=a.dcm\r\n" + kBase64 + "\r\n" + InBase64(DicomFile())),
      "part-type-missing dicom-of-other-type");
  const std::string text = "Content-Type: text/plain; name=a.txt\r\nX-TELEMEDICINE-STUDYID: 1.2\r\n\r\n";
  EXPECT_EQ(CodesWithPart(text + std::string(999, 'x') + "\r\n"), "inner-line-too-long document-unknown");
  EXPECT_EQ(CodesWithPart(text + std::string(998, 'x') + "\r\n"), "document-unknown");
}

TEST(Contents, CompareTheStudyOfDicomAndOthers) {
  const auto both = [](const std::string& study) {
    return Parts().part + "\r\n--inner\r\n" + kPdf + "X-TELEMEDICINE-STUDYID: " + study + "\r\n" + kBase64 + "\r\n" +
           InBase64("%PDF-1.4");
  };
  EXPECT_EQ(CodesWithPart(both("1.2.826.0.1.3680043.8.498.4711")), "mixed-mail");
  EXPECT_EQ(CodesWithPart(both("1.2.3")), "mixed-mail study-id-differs");
}

TEST(Contents, CheckTheInnerHeader) {
  Parts parts;
  parts.inner_set.clear();
  EXPECT_EQ(CodesOf(parts), "inner-set-missing");
  parts = {};
  parts.inner = "hello\r\n";
  EXPECT_NE(CodesOf(parts).find("inner-type-missing"), std::string::npos);
  parts.inner = InnerOf({});
  std::erase(parts.inner, '\r');
  EXPECT_EQ(CodesOf(parts), "inner-line-ends");
  parts.inner = "Content-Type: multipart/mixed; boundary=inner\r\n" + Parts().inner_set + "\r\n--inner--\r\n";
  EXPECT_EQ(CodesOf(parts), "no-parts");
  parts.inner = InnerOf({});
  parts.inner.erase(parts.inner.rfind("--inner--"));
  EXPECT_EQ(CodesOf(parts), "mime-damaged");
}

TEST(Contents, ReadReceiptsInsideTheEncryption) {
  Parts parts;
  parts.inner =
      "Content-Type: text/plain\r\nX-TELEMEDICINE-REPORT: automatic-action/MDN-sent-automatically; displayed\r\n"
      "X-TELEMEDICINE-ORIGINAL-CONTENT-ID: <7@a.example>\r\n\r\nstored\r\n";
  const Diagnosis mail({MailOf(parts)});
  EXPECT_EQ(mail.codes(), "");
  EXPECT_EQ(mail.Value("report", "kind"), "receipt inside the encryption");
  EXPECT_EQ(mail.Value("report", "verdict"), "delivered");
}

}  // namespace
}  // namespace gateway::inspect
