// Texts and pages that mail programs put between attachments, and that say nothing.
#include "mime/blank_text.h"

#include <gmock/gmock.h>

#include "base/base64.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

std::string CodeOf(const std::string& raw) {
  std::string text;
  AppendBase64Lines(raw, 80, text);
  return text.substr(0, text.find('\r'));
}

const std::string kOfOutlook =
    "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
    "xmlns:w=\"urn:schemas-microsoft-com:office:word\" xmlns:m=\"http://schemas.microsoft.com/office/2004/12/omml\" "
    "xmlns=\"http://www.w3.org/TR/REC-html40\"><head><meta http-equiv=Content-Type content=\"text/html; "
    "charset=utf-8\"><meta name=Generator content=\"Microsoft Word 15 (filtered medium)\">"
    "<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}\r\n</style><![endif]--><style><!--\r\n"
    "/* Font Definitions */\r\n@font-face\r\n\t{font-family:\"Cambria Math\";\r\n\tpanose-1:2 4 5 3 5 4 6 3 2 4;}\r\n"
    "p.MsoNormal, li.MsoNormal, div.MsoNormal\r\n\t{margin:0cm;\r\n\tfont-size:11.0pt;\r\n\t"
    "font-family:\"Calibri\",sans-serif;}\r\na:link, span.MsoHyperlink\r\n\t{mso-style-priority:99;}\r\n--></style>"
    "<!--[if gte mso 9]><xml>\r\n<o:shapedefaults v:ext=\"edit\" spidmax=\"1026\" />\r\n</xml><![endif]--></head>"
    "<body lang=DE link=\"#0563C1\" vlink=\"#954F72\" style='word-wrap:break-word'><div class=WordSection1>"
    "<p class=MsoNormal><span style='font-size:10pt'><o:p>&nbsp;</o:p></span></p></div></body></html>\r\n";

TEST(BlankPage, IsThatOfMailProgramsBetweenAttachments) {
  const std::string apple =
      "<html><head><meta http-equiv=\"content-type\" content=\"text/html; charset=us-ascii\"></head><body "
      "style=\"overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;\"><br></body>"
      "</html>";
  const std::string exchange =
      "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2//EN\"><HTML><HEAD><META NAME=\"Generator\" CONTENT=\"MS Exchange "
      "Server version 16\"><TITLE></TITLE></HEAD><BODY>\n<!-- Converted from text/plain format "
      "-->\n<BR>\n</BODY></HTML>";
  for (const std::string& page :
       {std::string("<html><head></head><body><br></body></html>"), std::string("<body>&nbsp;</body>"),
        std::string("<html><body></body></html>\r\n"), std::string("<div dir=\"auto\"><br></div>"),
        std::string("<p>&#160;&zwnj;&#8203;&#xA0;\xC2\xA0\xE2\x80\x8B</p>"), apple, exchange, kOfOutlook}) {
    EXPECT_TRUE(IsBlankPage(page)) << page;
  }
}

TEST(BlankPage, IsNoneThatHoldsAnything) {
  const std::string code = CodeOf(RandomBytes(3, 60));
  for (const std::string& inside : {std::string("Befund"),
                                    std::string("."),
                                    std::string("&auml;"),
                                    std::string("&lt;"),
                                    std::string("&unknown;"),
                                    std::string("<img src=\"cid:a\">"),
                                    std::string("<img src='data:image/png;base64,AAAA'>"),
                                    std::string("<a href=\"https://hospital.example/\"></a>"),
                                    std::string("<script>x()</script>"),
                                    std::string("<svg/>"),
                                    std::string("<iframe></iframe>"),
                                    std::string("<p title=\"Befund\"></p>"),
                                    std::string("<p onclick=\"x()\"></p>"),
                                    std::string("<input>"),
                                    std::string("<p style=\"a:url(x)\"></p>"),
                                    std::string("<style>p{content:\"Befund\"}</style>"),
                                    std::string("<style>p{background:url(x)}</style>"),
                                    std::string("<style>p{}"),
                                    std::string("<title>Befund</title>"),
                                    std::string("<!-- " + code + " -->"),
                                    std::string("<!--[if mso]>" + code + "<![endif]-->"),
                                    std::string("<!--[if mso]><p>Befund</p><![endif]-->"),
                                    std::string("<p class=\"" + code + "\"></p>"),
                                    std::string("<p id=" + code + "></p>"),
                                    std::string("<!-- ohne Ende"),
                                    std::string("<p"),
                                    std::string("\xF0\x9F\xA6\xB4"),
                                    std::string("\xE9\xAA\xA8")}) {
    EXPECT_FALSE(IsBlankPage("<html><body>" + inside + "</body></html>")) << inside;
  }
}

TEST(BlankText, MayHaveAnyWhiteSpace) {
  EXPECT_TRUE(SaysNothing("text/plain", "", ""));
  EXPECT_TRUE(SaysNothing("text/plain", "\xC2\xA0\r\n", "utf-8"));
  EXPECT_TRUE(SaysNothing("text/plain", "\xA0", "")) << "as Windows writes it";
  EXPECT_TRUE(SaysNothing("text/plain", "\xE3\x80\x80\xE2\x80\xA8\xEF\xBB\xBF\xE2\x80\x8B\t\f\n", "utf-8"));
  EXPECT_TRUE(SaysNothing("text/plain", std::string("\xFF\xFE \0\r\0\n\0", 8), "utf-16"));
  EXPECT_FALSE(SaysNothing("text/plain", "\xC2\xA0-", "utf-8"));
  EXPECT_FALSE(SaysNothing("text/plain", "<br>", "utf-8")) << "it is no page";
  EXPECT_FALSE(SaysNothing("text/plain", std::string(1, '\0'), "utf-8"));
}

std::size_t PartsOf(const std::string& entity) {
  const auto read = ReadInner(entity);
  EXPECT_TRUE(read.result.ok());
  EXPECT_FALSE(read.summary.leftover) << entity;
  return read.summary.parts;
}

TEST(BlankText, IsNoPartOfWhatIsEncrypted) {
  const auto beside = [](const std::string& fields, const std::string& body) {
    return "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: "
           "application/dicom\r\n\r\nx\r\n--b\r\n" +
           fields + "\r\n\r\n" + body + "\r\n--b--\r\n";
  };
  EXPECT_EQ(PartsOf(beside("Content-Type: text/html", kOfOutlook)), 1u);
  EXPECT_EQ(PartsOf(beside("Content-Type: text/html; name=PGPexch.htm", "<html><body></body></html>")), 1u);
  EXPECT_EQ(PartsOf(beside("Content-Type: text/plain; charset=utf-8", "\xC2\xA0")), 1u);
  EXPECT_EQ(PartsOf(beside("Content-Type: text/html", "<body>Befund</body>")), 2u);
  EXPECT_EQ(PartsOf(beside("Content-Type: image/png", "")), 2u);
}

TEST(BlankText, MayBeEncryptedByItselfWithoutAHeader) {
  const auto parts = [](std::string_view content, const std::string& name) {
    const UniqueFd fd = FileWith(content);
    StringSink sink;
    const auto summary = ReadInnerEntity(
        fd.get(), content.size(), {}, [&](const LeafPart&) { return Result<Sink*>(&sink); }, name);
    EXPECT_TRUE(summary.ok());
    return summary ? summary->parts : 99U;
  };
  EXPECT_EQ(parts("<html><body></body></html>\r\n", "PGPexch.htm"), 0u);
  EXPECT_EQ(parts("<html><body>Befund</body></html>\r\n", "PGPexch.htm"), 1u);
  EXPECT_EQ(parts("\xC2\xA0\r\n", ""), 0u);
  EXPECT_EQ(parts("\xC2\xA0\r\n", "IM1.dcm"), 1u);
}

TEST(BlankText, AnEmptyAttachmentLosesNothing) {
  const auto leftover = [](const std::string& type) {
    return LeftoverOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: " + type, "")}));
  };
  EXPECT_EQ(leftover("application/octet-stream; name=a.bin"), "");
  EXPECT_EQ(leftover("application/pdf; name=Befund.pdf"), "");
  EXPECT_EQ(leftover("text/calendar"), "");
  for (const char* lost : {"application/dicom; name=a.dcm", "application/octet-stream; name=IM1",
                           "application/octet-stream; name=IM1.dcm.gpg", "application/octet-stream"}) {
    EXPECT_EQ(leftover(lost), "part-not-opened") << lost;
  }
}

}  // namespace
}  // namespace gateway::mime
