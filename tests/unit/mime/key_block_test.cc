// Keys, signatures, visiting cards and headers hide nothing: neither within their lines nor behind
// them.
#include <filesystem>

#include "base/base64.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

constexpr const char* kHtml = "Content-Type: text/html";

std::string LeftoverBeside(const std::string& text, const std::string& fields = kText) {
  return LeftoverOf(Mixed({Part(kFile, Armor(9)), Part(fields, text)}));
}

// In a text of its own, in the text of the armor, quoted, and in a page.
void ExpectLeftOver(const std::string& text, const std::string& code = "part-not-opened") {
  EXPECT_EQ(LeftoverBeside(text), code) << text.substr(0, 300);
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, Armor(9) + "\n" + text)})), code) << text.substr(0, 300);
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, text + "\n" + Armor(9))})), code) << text.substr(0, 300);
  EXPECT_EQ(LeftoverBeside("> " + Replaced(text, "\n", "\n> ")), code) << text.substr(0, 300);
  const std::string escaped = Replaced(Replaced(Replaced(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
  EXPECT_EQ(LeftoverBeside("<html><pre>\n" + escaped + "</pre></html>", kHtml), code) << text.substr(0, 300);
}

const std::string kKey =
    Replaced(ReadWhole(std::filesystem::path(TEST_DATA_DIR) / "mails/keys/receiver.public.asc"), "\r\n", "\n");
const std::string kCutKey = kKey.substr(0, kKey.find('\n', kKey.size() / 2) + 1);
// Its packets are whole, but it has neither a checksum nor a last line.
const std::string kOpenKey = kKey.substr(0, kKey.find("\n=") + 1);

const std::string kDicom = std::string(128, '\0') + "DICM" + RandomBytes(4, 1500);

std::string Base64(const std::string& raw, std::size_t columns = 76) {
  std::string lines;
  AppendBase64Lines(raw, columns, lines);
  return Replaced(lines, "\r\n", "\n");
}

std::string HexDump(const std::string& raw) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    text += {kDigits[byte >> 4U], kDigits[byte & 15U], i % 16 == 15 ? '\n' : ' '};
  }
  return text;
}

// Files in forms that nobody opens.
std::vector<std::string> HiddenFiles() {
  const std::string letters = Replaced(Base64(kDicom), "\n", "");
  std::string words;
  for (std::size_t at = 0; at < letters.size(); at += 9) words += letters.substr(at, 9) + (at % 72 == 63 ? "\n" : " ");
  return {HexDump(kDicom),
          Base64(kDicom),
          words,
          "%PDF-1.4\n1 0 obj\n",
          "=ybegin line=128 size=3 name=a\nabc\n=yend size=3\n",
          "begin 644 a.pdf\n#0V%T\n`\nend\n",
          "MSH|^~\\&|RIS|KH\nOBX|1|TX|||Fraktur\n",
          Base64("%PDF-1.4\n1 0 obj")};
}

TEST(AKey, WithoutItsLastLineHidesNothing) {
  for (const std::string& file : HiddenFiles()) {
    ExpectLeftOver(kCutKey + file);
    ExpectLeftOver(kCutKey + "\n" + file);
    ExpectLeftOver(kOpenKey + "\n" + file);
    ExpectLeftOver("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + file);
    ExpectLeftOver("-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 1\n\nanbei:\n" + file);
  }
  ExpectLeftOver(kCutKey);  // nobody can tell what it is
  ExpectLeftOver(kOpenKey + "\nMit freundlichen Gruessen\nDr. Hans Mueller\n", "");
}

TEST(AKey, HidesNothingBehindItsChecksum) {
  const std::size_t end = kKey.find("-----END");
  for (const std::string& file : HiddenFiles()) {
    const std::string both = kKey.substr(0, end) + file + kKey.substr(end);
    ExpectLeftOver(both);
    for (const char* fields :
         {"Content-Type: application/pgp-keys", "Content-Type: application/octet-stream; name=k.asc",
          "Content-Type: text/vcard", "Content-Type: application/pgp-signature"}) {
      EXPECT_EQ(LeftoverBeside(both, fields), "part-not-opened") << fields;
      EXPECT_EQ(LeftoverBeside(kKey + file, fields), "part-not-opened") << fields;
    }
  }
}

TEST(AKey, HidesNothingInItsFields) {
  std::string fields;
  for (const char* field : {"Comment: ", "Version: ", "Hash: "}) {
    for (std::size_t at = 0; at < 1800; at += 100) fields += field + Base64(kDicom).substr(at, 70) + "\n";
  }
  const std::string both = Replaced(kKey, "KEY BLOCK-----\n", "KEY BLOCK-----\n" + fields);
  ASSERT_NE(both, kKey);
  ExpectLeftOver(both);
  EXPECT_EQ(LeftoverBeside(both, "Content-Type: application/pgp-keys"), "part-not-opened");
  ExpectLeftOver(Replaced(kKey, "KEY BLOCK-----\n", "KEY BLOCK-----\nComment: Dr. M\xC3\xBCller <a@b.example>\n"), "");
}

TEST(AKey, ThatIsDamagedIsNone) {
  const std::size_t middle = kKey.find('\n', kKey.size() / 3);
  for (const std::string& key :
       {kKey.substr(0, middle) + "==" + kKey.substr(middle), kKey.substr(0, middle - 1) + kKey.substr(middle),
        kKey.substr(0, middle) + "\n" + Base64(kDicom, 64) + kKey.substr(middle)}) {
    ExpectLeftOver(key);
    EXPECT_EQ(LeftoverBeside(key, "Content-Type: application/pgp-keys"), "part-not-opened");
  }
}

TEST(AKey, IsHarmlessHoweverAMailProgramShowsIt) {
  const std::string windows = Replaced(kKey, "\n", "\r\n");
  std::string outlook = "<html><body><div class=WordSection1>\r\n";
  std::string apple = "<html><body style=\"overflow-wrap: break-word;\">";
  for (std::size_t at = 0; at < kKey.size();) {
    const std::size_t end = kKey.find('\n', at);
    outlook += "<p\r\nclass=MsoNormal><span style='mso-fareast-language:DE'>" + kKey.substr(at, end - at) +
               "<o:p></o:p></span></p>\r\n";
    apple += "<div>" + kKey.substr(at, end - at) + "</div>";
    at = end + 1;
  }
  EXPECT_EQ(LeftoverBeside(windows), "");
  EXPECT_EQ(LeftoverBeside(windows + "\r\n" + windows), "");
  EXPECT_EQ(LeftoverBeside("-- \r\nDr. M\xC3\xBCller\r\n\r\n" + windows + "Bitte verschl\xC3\xBCsseln Sie damit.\r\n"),
            "");
  EXPECT_EQ(LeftoverBeside(outlook + "</div></body></html>", kHtml), "");
  EXPECT_EQ(LeftoverBeside(apple + "</body></html>", kHtml), "");
  EXPECT_EQ(LeftoverBeside("<pre>" + kKey + "</pre>", kHtml), "");
  EXPECT_EQ(LeftoverBeside("<p>" + Replaced(kKey, "\n", "<br>\n") + "</p>", kHtml), "");
  EXPECT_EQ(LeftoverBeside(windows, "Content-Type: application/pgp-keys; name=OpenPGP_0x1234.asc"), "");
}

// What only talks of armor is searched as any other text.
TEST(ALineOfArmor, InProseHidesNothingBehindIt) {
  for (const char* mark : {"-----BEGIN PGP MESSAGE-----", "  -----BEGIN PGP MESSAGE-----", "BEGIN PGP MESSAGE"}) {
    const std::string prose = std::string("Der Block beginnt mit\n") + mark +
                              "\nund Sie kopieren ihn ganz in das andere Programm, wie es dort steht.\n";
    ExpectLeftOver(prose, "");
    for (const std::string& file : HiddenFiles()) ExpectLeftOver(prose + file);
  }
}

TEST(ACertificate, IsNoEncryptedMessage) {
  const TempDirectory directory;
  Shell(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=x -days 9 2>/dev/null; "
      "echo Befund | openssl smime -encrypt -outform DER cert.pem | base64 > enveloped.txt; "
      "echo Befund > text; openssl cms -sign -signer cert.pem -inkey key.pem -in text -binary -outform DER > detached; "
      "openssl cms -sign -nodetach -signer cert.pem -inkey key.pem -in text -binary -outform DER > opaque; "
      "openssl cms -sign -nodetach -signer cert.pem -inkey key.pem -in text -binary -outform DER -stream > both",
      directory.path());
  const auto read = [&](const char* name) { return ReadWhole(directory.path() / name); };
  ExpectLeftOver(read("cert.pem"), "");
  ExpectLeftOver("-----BEGIN CERTIFICATE-----\n" + read("enveloped.txt") + "-----END CERTIFICATE-----\n");
  const std::string type = "Content-Type: application/pkcs7-signature; name=smime.p7s";
  // Programs that do not know the length beforehand mark the ends.
  std::string streamed = read("both");
  const std::size_t content = streamed.find("\xA0\x80\x24\x80");
  ASSERT_NE(content, std::string::npos);
  streamed.erase(content, 4 + 2 + std::string("Befund\n").size() + 4);
  for (const std::string& signature : {read("detached"), streamed}) {
    EXPECT_EQ(LeftoverBeside(signature, type), "");
    EXPECT_EQ(LeftoverBeside(Base64(signature), type + "\r\nContent-Transfer-Encoding: base64"), "");
  }
  EXPECT_EQ(LeftoverBeside(read("opaque"), type), "part-not-opened");
  EXPECT_EQ(LeftoverBeside(read("both"), type), "part-not-opened");
  EXPECT_EQ(LeftoverBeside(read("detached") + std::string("II*\0 x", 6), type), "part-not-opened");
}

std::string Folded(const std::string& base64) {
  return " " + Replaced(Replaced(base64, "\n", "\r\n "), "\r\n \r\n", "\r\n") + "\r\n\r\n";
}

TEST(AVisitingCard, IsHarmlessAsProgramsWriteIt) {
  const std::string jpeg = Base64("\xFF\xD8\xFF\xE0" + RandomBytes(3, 3000));
  const std::string certificate = Base64(std::string("\x30\x82\x02\x01\x30", 5) + RandomBytes(3, 0x200));
  const std::string outlook =
      "BEGIN:VCARD\r\nVERSION:2.1\r\nX-MS-SIGNATURE:YES\r\nN;LANGUAGE=de;CHARSET=Windows-1252:M\xFCller;Hans\r\n"
      "ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE:;;Hauptstra=C3=9Fe 1=0D=0A=\r\n=0D=0AHinterhaus "
      "links;Freiburg;;79098;\r\n"
      "LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Hauptstra=C3=9Fe 1=0D=0A=\r\n79098 Freiburg\r\n"
      "KEY;X509;ENCODING=BASE64:\r\n" +
      Folded(certificate) + "PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n" + Folded(jpeg) +
      "X-MS-OL-DESIGN;CHARSET=utf-8:<card xmlns=\"http://schemas.microsoft.com/office/outlook/12/"
      "electronicbusinesscards\" ver=\"1.0\" layout=\"left\" bgcolor=\"ffffff\"></card>\r\nREV:20240312T143500Z\r\n"
      "END:VCARD\r\n";
  const std::string apple =
      "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Apple Inc.//macOS 14.0//EN\r\nN:M\xC3\xBCller;Hans;;;\r\n"
      "item1.EMAIL;type=INTERNET;type=pref:hans.mueller@klinikum.example\r\nitem1.X-ABLabel:_$!<HomePage>!$_\r\n"
      "PHOTO;ENCODING=b;TYPE=JPEG:" +
      Replaced(Folded(jpeg), "\r\n\r\n", "\r\n").substr(1) + "UID:0123456789ABCDEF-0123-4567-89AB\r\nEND:VCARD\r\n";
  const std::string newest = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Hans\r\nPHOTO:data:image/jpeg;base64," +
                             Replaced(jpeg, "\n", "\r\n ") + "\r\nEND:VCARD\r\n";
  for (const std::string& card : {outlook, apple, newest, outlook + apple}) {
    EXPECT_EQ(LeftoverBeside(card, "Content-Type: text/vcard; name=a.vcf"), "") << card.substr(0, 300);
    EXPECT_EQ(LeftoverBeside(card, "Content-Type: application/octet-stream; name=a.vcf"), "");
  }
}

TEST(AVisitingCard, HidesNoFile) {
  const std::string start = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Hans\r\n";
  const std::string end = "END:VCARD\r\n";
  const std::string file = Replaced(Base64(kDicom), "\n", "\r\n");
  for (const std::string& lines :
       {file, "NOTE:" + Replaced(file, "\r\n", "\r\n ") + "\r\n", "PHOTO;ENCODING=b:" + Folded(file),
        "PHOTO:" + Folded(file), "KEY;ENCODING=b:" + Folded(file), "X-FILE;ENCODING=b:" + Folded(file),
        "FN:x\r\n\r\n" + file, "PHOTO;ENCODING=b:/9j/4AAQ\r\nBefund: " + file,
        std::string("Befund und Beurteilung\r\n"), HexDump(kDicom),
        std::string("NOTE:MSH|^~\\&|RIS|KH\r\n OBX|1|TX|||Fraktur\r\n"), std::string("NOTE:x\r\n %PDF-1.4\r\n")}) {
    EXPECT_EQ(LeftoverBeside(start + lines + end, "Content-Type: text/vcard; name=a.vcf"), "part-not-opened") << lines;
    EXPECT_EQ(LeftoverBeside(start + end + lines, "Content-Type: text/vcard; name=a.vcf"), "part-not-opened") << lines;
  }
}

TEST(AHeader, HidesNoFile) {
  const std::string type = "Content-Type: text/rfc822-headers";
  const std::string token = Replaced(Base64(RandomBytes(8, 1200)), "\n", "\r\n ");
  EXPECT_EQ(LeftoverBeside("Subject: Bilder\r\nX-MS-Exchange-AntiSpam-MessageData-0: " + token + "\r\n", type), "");
  EXPECT_EQ(LeftoverBeside("Subject: Bilder\r\nDKIM-Signature: v=1; b=" + token + "\r\n", type), "");
  EXPECT_EQ(LeftoverBeside("X-File: " + Replaced(Base64(kDicom), "\n", "\r\n ") + "\r\n", type), "part-not-opened");
  EXPECT_EQ(LeftoverBeside("X-File:\r\n " + Base64("%PDF-1.4\n1 0 obj") + "\r\n", type), "part-not-opened");
}

// Word keeps a drawing as an archive beside its picture.
TEST(APageOfWord, MayHoldADrawing) {
  for (const std::size_t size : {900UL, 30'000UL, 200'000UL}) {
    const std::string base64 = Base64("PK\x03\x04\x14\0\6\0" + RandomBytes(2, size));
    const auto page = [&](const std::string& tag, const std::string& attribute, const std::string& value) {
      return "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" "
             "xmlns:o=\"urn:schemas-microsoft-com:office:office\"><body>"
             "<p class=MsoNormal>Mit freundlichen Gr&uuml;&szlig;en<!--[if gte vml 1]><" +
             tag + " id=\"Textfeld_x0020_1\" o:spid=\"_x0000_s1026\" style='position:absolute;width:80pt' " +
             attribute + value + "\"><v:textbox/></" + tag +
             "><![endif]--><![if !vml]><img width=107 height=46 "
             "src=\"cid:image001.png@01DA3C5B.8D0E4A20\"><![endif]></p></body></html>";
    };
    for (const char* line_end : {"\r\n", "&#10;", "&#xA;\r\n"}) {
      const std::string value = Replaced(base64, "\n", line_end);
      EXPECT_EQ(LeftoverBeside(page("v:shape", "o:gfxdata=\"", value), kHtml), "") << size;
      EXPECT_EQ(LeftoverBeside(page("v:shape", "title=\"", value), kHtml), "part-not-opened") << size;
      EXPECT_EQ(LeftoverBeside(page("p", "o:gfxdata=\"", value), kHtml), "part-not-opened") << size;
    }
    EXPECT_EQ(LeftoverBeside(page("v:shape", "o:gfxdata=\"", Base64(kDicom + RandomBytes(2, size))), kHtml),
              "part-not-opened");
  }
}

}  // namespace
}  // namespace gateway::mime
