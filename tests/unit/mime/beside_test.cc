// What stands beside an encrypted part and is content although it looks like a mail's text: it is
// left over.
#include <filesystem>

#include "base/base64.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

// Of a mail with good armor and, beside it, a part; a text is `part` behind the armor in one text
// as well.
void ExpectLeftOver(const std::string& fields, const std::string& body, const std::string& code = "part-not-opened") {
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), Part(fields, body)})), code) << fields << "\n" << body;
}

void ExpectTextLeftOver(const std::string& text, const std::string& code = "part-not-opened") {
  ExpectLeftOver(kText, text, code);
  ExpectLeftOver("Content-Type: text/html", "<pre>\n" + Replaced(text, "<", "&lt;") + "</pre>", code);
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, Armor(9) + "\r\nanbei:\r\n" + text)})), code) << text;
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, text + "\r\n" + Armor(9))})), code) << text;
}

// As uuencode of `raw`, with "`" or a blank for zero.
std::string Uuencoded(const std::string& raw, char zero, const std::string& prefix = "") {
  std::string text = prefix + "begin 644 IM2.dcm\r\n";
  const auto put = [&](unsigned value) { text += (value & 63U) == 0 ? zero : static_cast<char>(' ' + (value & 63U)); };
  for (std::size_t at = 0; at < raw.size(); at += 45) {
    std::string line = raw.substr(at, 45);
    text += prefix;
    put(static_cast<unsigned>(line.size()));
    line.resize((line.size() + 2) / 3 * 3);
    for (std::size_t i = 0; i < line.size(); i += 3) {
      unsigned bits = 0;
      for (std::size_t k = 0; k < 3; ++k) bits = bits << 8U | static_cast<unsigned char>(line[i + k]);
      for (const unsigned shift : {18U, 12U, 6U, 0U}) put(bits >> shift);
    }
    text.erase(text.find_last_not_of(' ') + 1);  // as mail programs do
    text += "\r\n";
  }
  return text + prefix + "`\r\n" + prefix + "end\r\n";
}

TEST(BesideWhatIsEncrypted, AUuencodedFileIsLeftOver) {
  const std::string dicom = std::string(128, '\0') + "DICM" + RandomBytes(5, 400);
  for (const std::string& file : {dicom, Armor(9, 7), std::string("%PDF-1.4\n"), RandomBytes(3, 900)}) {
    for (const char zero : {'`', ' '}) {
      for (const char* prefix : {"", "> ", "  "}) ExpectTextLeftOver(Uuencoded(file, zero, prefix));
    }
  }
}

TEST(BesideWhatIsEncrypted, AUuencodedFileWithoutItsFirstLineIsLeftOver) {
  const std::string text = Uuencoded(RandomBytes(5, 450), '`');
  ExpectTextLeftOver(text.substr(text.find('\n') + 1));
}

TEST(BesideWhatIsEncrypted, AFileInAnyOldCodeIsLeftOver) {
  for (const std::string& text :
       {std::string("=ybegin line=128 size=3 name=a.pdf\r\nabc\r\n=yend size=3\r\n"),
        std::string("(This file must be converted with BinHex 4.0)\r\n\r\n:#h4bHA0d:\r\n"),
        std::string("begin-base64 644 a.pdf\r\nJVBERi0xLjQK\r\n====\r\n"),
        std::string("begin 644 a.pdf\r\n7YCF\r\n+\r\nend\r\n"), std::string("%PDF-1.4\r\n1 0 obj\r\n")}) {
    ExpectTextLeftOver(text);
  }
}

TEST(BesideWhatIsEncrypted, ProseThatBeginsLikeAFileIsHarmless) {
  for (const char* text : {"begin 100 mg Aspirin\r\ntwice a day", "begin 644", "Please begin 644 a.pdf\r\nM",
                           "it is a %PDF-1.4 file", "end\r\n"}) {
    ExpectTextLeftOver(text, "");
  }
}

TEST(BesideWhatIsEncrypted, AnAttachmentWithoutANameIsLeftOver) {
  for (const char* type : {"text/plain", "text/html", "text/enriched"}) {
    for (const char* disposition : {"attachment", "ATTACHMENT; size=3", "unknown"}) {
      ExpectLeftOver(std::string("Content-Type: ") + type + "\r\nContent-Disposition: " + disposition,
                     "Befund: Fraktur");
    }
    ExpectLeftOver(std::string("Content-Type: ") + type + "\r\nContent-Disposition: inline", "Befund: Fraktur", "");
  }
  ExpectLeftOver("Content-Disposition: attachment", "Befund: Fraktur");
  // Exchange makes such of a disclaimer.
  ExpectLeftOver("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=ATT00001.txt", "Disclaimer",
                 "");
}

TEST(BesideWhatIsEncrypted, AFileThatIsCalledATextIsLeftOver) {
  const std::string dicom = std::string(128, 'x') + "DICM\x02";
  for (const std::string& body :
       {std::string("%PDF-1.4\nx"), dicom, std::string("PK\x03\x04x"), std::string("\xFF\xD8\xFF\xE0x"),
        std::string("\x89PNG\r\n\x1A\nx"), std::string("GIF89a"), std::string("{\\rtf1 Befund}"),
        std::string("MSH|^~\\&|RIS"), std::string("<?xml version=\"1.0\"?><ClinicalDocument/>"),
        std::string(9000, 'x') + std::string(1, '\0')}) {
    for (const char* type : {"text/plain", "text/vcard", "application/pgp-signature"}) {
      if (std::string_view(type) != "text/plain" && body.size() > 9000) continue;  // a signature may have a NUL
      ExpectLeftOver(std::string("Content-Type: ") + type, body);
      std::string base64;
      AppendBase64Lines(body, 76, base64);
      ExpectLeftOver(std::string("Content-Type: ") + type + "\r\nContent-Transfer-Encoding: base64", base64);
    }
  }
  ExpectLeftOver("Content-Type: text/html", "<?xml version=\"1.0\"?><html><p>x</p></html>", "");
}

// A block of armor without its first line, and with lines of `columns` letters.
std::string Headless(const std::string& armor, std::size_t columns) {
  std::string text;
  const std::string body = armor.substr(armor.find('\n') + 1);
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find('\n', at);
    for (; at < end; at += std::min(columns, end - at)) {
      text += body.substr(at, std::min(columns, end - at)) + "\r\n";
    }
    ++at;
  }
  return text;
}

TEST(BesideWhatIsEncrypted, ArmorWithoutItsFirstLineIsLeftOver) {
  for (const std::size_t columns : {20U, 30U, 36U, 64U}) {
    const std::string long_one = Headless(Armor(40, 7), columns);
    ExpectTextLeftOver(long_one);
    ExpectTextLeftOver(Headless(Armor(6, 7), columns));  // its last line stands there
    ExpectTextLeftOver(long_one.substr(0, long_one.find("-----END")));
  }
  const std::string short_one = Headless(Armor(6, 7), 64);
  ExpectTextLeftOver(short_one.substr(0, short_one.find("-----END")));  // its checksum does
  ExpectTextLeftOver("> " + Replaced(short_one, "\r\n", "\r\n> "));
  ExpectLeftOver(kText, Replaced(Headless(Armor(40, 7), 64), "\r\n", "<br>\r\n"));
  ExpectTextLeftOver("-----END PGP MESSAGE-----\r\n");
}

// The session key of a message for X25519 (RFC 4880 section 5.1, RFC 6637), as its first line.
const std::string kSessionKeyLine = "hF4DAQIDBAUGBwgSAQdABwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYn";

const std::string kKey = ReadWhole(std::filesystem::path(TEST_DATA_DIR) / "mails/keys/receiver.public.asc");

std::string BodyOf(const std::string& armor) {
  const std::size_t begin = armor.find("\n\n") + 2;
  return armor.substr(begin, armor.find("\n=", begin) + 1 - begin);
}

TEST(BesideWhatIsEncrypted, AMessageBehindAKeyInOneBlockIsLeftOver) {
  std::string both;
  std::string message;
  ASSERT_TRUE(AppendBase64Decoded(Replaced(BodyOf(kKey), "\n", ""), both));
  ASSERT_TRUE(AppendBase64Decoded("hF4DAQIDBAUGBwgSAQdABwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYn", message));
  const std::string key = both;
  both += message;
  std::string base64;
  AppendBase64Lines(both, 64, base64);
  ExpectTextLeftOver("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + Replaced(base64, "\r\n", "\n") +
                     "-----END PGP PUBLIC KEY BLOCK-----\n");
  const std::string encoding = "\r\nContent-Transfer-Encoding: base64";
  ExpectLeftOver("Content-Type: application/pgp-keys" + encoding, base64);
  ExpectLeftOver("Content-Type: application/octet-stream; name=a.sig" + encoding, base64);
  std::string alone;
  AppendBase64Lines(key, 64, alone);
  ExpectLeftOver("Content-Type: application/pgp-keys" + encoding, alone, "");
}

TEST(BesideWhatIsEncrypted, AKeyWithoutItsLastLineHidesNoMessage) {
  const std::string cut = kKey.substr(0, kKey.find("\n=") + 1);
  const std::string headless = Armor(40, 7).substr(Armor(40, 7).find('\n') + 1);
  for (const std::string& key : {cut, cut.substr(0, cut.find('\n', cut.size() / 2) + 1)}) {
    ExpectTextLeftOver(key + "\n" + headless);
    ExpectTextLeftOver(key + "\n" + Replaced(headless, "-----END PGP MESSAGE-----", ""));
  }
}

TEST(BesideWhatIsEncrypted, ProseThatNamesAKeyHidesNothing) {
  std::string base64;
  AppendBase64Lines(std::string(128, '\0') + "DICM" + RandomBytes(3, 3000), 76, base64);
  for (const char* prose :
       {"We begin publication soon.", "begin private consultations", "BEGIN PUBLIC", "Begin certificate"}) {
    ExpectTextLeftOver(std::string(prose) + "\n" + base64);
    ExpectTextLeftOver(std::string(prose) + "\nJeden Montag in der Praxis.\n", "");
  }
  ExpectTextLeftOver("-----BEGIN CERTIFICATE-----\n" + base64 + "-----END CERTIFICATE-----\n");
}

TEST(BesideWhatIsEncrypted, AHeaderOfArmorIsNoneOfItsBase64) {
  const std::string armor = Replaced(Armor(6, 7), "\n\n", "\n\n" + kSessionKeyLine + "\n");
  for (const char* field : {"MessageID: ZSj3oRDSSVrq2r1zrEAPp2bXvVmSXhDF", "Comment: KlinikumMusterstadtRadiologie"}) {
    ExpectTextLeftOver(Replaced(Replaced(armor, "Version: test", field), "MESSAGE-----", "PUBLIC KEY BLOCK-----"));
    ExpectTextLeftOver(Replaced(kKey, "KEY BLOCK-----\n\n", std::string("KEY BLOCK-----\n") + field + "\n\n"), "");
  }
}

TEST(BesideWhatIsEncrypted, ALabelIsNotBelieved) {
  const std::string report = "Befund: Fraktur";
  std::string data_set("\x08\0\5\0CS\n\0ISO_IR 100", 18);
  for (const char* type : {"application/pgp-keys", "application/pgp-signature", "application/pkcs7-signature",
                           "text/vcard", "text/directory", "text/rfc822-headers", "application/pgp-encrypted"}) {
    const std::string fields = std::string("Content-Type: ") + type;
    ExpectLeftOver(fields, report);
    ExpectLeftOver(fields, data_set);
    ExpectLeftOver(fields, "BEGIN:VCARD\r\nEND:VCARD\r\n" + report);
    ExpectLeftOver(fields, "-----BEGIN PGP SIGNATURE-----\r\n\r\n" + report);
    ExpectLeftOver(fields, Headless(Armor(40, 7), 64));
    ExpectLeftOver(fields, "\r\n\r\n", "");
  }
  ExpectLeftOver("Content-Type: text/rfc822-headers", "Subject: Bilder\r\nX-Mailer: x\r\n folded\r\n", "");
  ExpectLeftOver("Content-Type: application/pgp-encrypted", "Version: 1\r\n", "");
  ExpectLeftOver("Content-Type: application/octet-stream; name=Befund.sig", "\x88" + RandomBytes(3, 300));
}

TEST(BesideWhatIsEncrypted, APictureThatNoPageShowsIsLeftOver) {
  const auto related = [](const std::string& page, const std::string& fields, const std::string& body) {
    return "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" + Part("Content-Type: text/html", page) +
           "--r\r\n" + Part("Content-Type: image/jpeg\r\nContent-ID: <a@b>" + fields, body) + "--r--\r\n";
  };
  const auto leftover = [](const std::string& part) { return LeftoverOf(Mixed({Part(kFile, Armor(9)), part})); };
  const std::string jpeg = "\xFF\xD8\xFF\xE0x";
  const std::string shown = "<img src=\"cid:a@b\">";
  EXPECT_EQ(leftover(related(shown, "", jpeg)), "");
  EXPECT_EQ(leftover(related("<img src=CID:a%40b>", "\r\nContent-Disposition: inline; filename=a.jpg", jpeg)), "");
  EXPECT_EQ(leftover(related("<p>x", "", jpeg)), "part-not-opened");
  EXPECT_EQ(leftover(related("<img src=\"cid:a@bc\">", "", jpeg)), "part-not-opened");
  EXPECT_EQ(leftover(related(shown, "\r\nContent-Disposition: attachment", jpeg)), "part-not-opened");
  EXPECT_EQ(leftover(related(shown, "", std::string("\x08\0\5\0CS\n\0ISO_IR 100", 18))), "part-not-opened");
  EXPECT_EQ(leftover(related(shown, "", "Befund")), "part-not-opened");
}

TEST(BesideWhatIsEncrypted, OfTwoDispositionsAnAttachmentCounts) {
  for (const char* fields : {"Content-Disposition: inline\r\nContent-Disposition: attachment",
                             "Content-Disposition: attachment\r\nContent-Disposition: inline",
                             "Content-Disposition: inline\r\nContent-Disposition: inline; filename=Befund.txt"}) {
    ExpectLeftOver(fields, "Befund: Fraktur");
  }
}

TEST(BesideWhatIsEncrypted, APartOfADigestIsAMail) {
  const std::string mail = "\r\nFrom: a@b.example\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\r\n";
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), mail}, "digest")), "part-not-opened");
  const std::string text = "\r\nFrom: a@b.example\r\n\r\nHallo\r\n";
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), text}, "digest")), "");
}

TEST(BesideWhatIsEncrypted, APartBehindTheLastIsLeftOver) {
  const std::string mail = Mixed({Part(kFile, Armor(9))});
  const std::size_t last = mail.rfind("\r\n--");
  const std::string boundary = mail.substr(last + 2, mail.rfind("--") - last - 2);
  EXPECT_EQ(LeftoverOf(mail + boundary + "\r\n\r\nBefund: Fraktur\r\n" + boundary + "--\r\n"), "part-not-opened");
  EXPECT_EQ(LeftoverOf(mail + boundary + "--\r\nDisclaimer\r\n"), "");
}

TEST(BesideWhatIsEncrypted, AMessageThatIsCalledAKeyIsLeftOver) {
  const std::string armor = Replaced(Armor(6, 7), "\n\n", "\n\n" + kSessionKeyLine + "\n");
  for (const char* label : {"PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK", "SIGNATURE"}) {
    const std::string text = Replaced(armor, "MESSAGE", label);
    ExpectTextLeftOver(text);
    ExpectLeftOver("Content-Type: application/pgp-keys", text);
    ExpectTextLeftOver(Replaced(Armor(6, 7), "MESSAGE", label));  // it is no key either
  }
  ExpectTextLeftOver(kKey, "");
  ExpectLeftOver("Content-Type: application/pgp-keys", kKey, "");
  // Nor needs it a first line, or a last.
  ExpectTextLeftOver(kSessionKeyLine + "\r\n");
}

TEST(BesideWhatIsEncrypted, ArmorInTheCodeOfAnotherProgramIsLeftOver) {
  const std::string armor = Armor(9, 7);
  ExpectLeftOver(kText, "{\"body\": \"" + Replaced(armor, "\n", "\\n") + "\"}");
  std::string url;
  for (const char c : Armor(40, 7)) {
    url += c == '\n' ? "%0A" : c == ' ' ? "%20" : c == '+' ? "%2B" : c == '/' ? "%2F" : std::string(1, c);
  }
  ExpectLeftOver(kText, url);
  ExpectLeftOver(kText, Replaced(Replaced(Headless(Armor(40, 7), 64), "+", "-"), "/", "_"));
  ExpectLeftOver(kText, "Hier: " + Replaced(Headless(armor, 36), "Version: test", "-----BEGIN PGP MESSAGE-----"));
}

TEST(BesideWhatIsEncrypted, ProseThatExplainsArmorIsHarmless) {
  ExpectTextLeftOver(
      "Der Block beginnt mit\r\n   -----BEGIN PGP MESSAGE-----\r\nund endet mit\r\n"
      "   -----END PGP MESSAGE-----\r\nBitte ganz kopieren.\r\n",
      "");
  // What has the length of a message may be one.
  ExpectTextLeftOver("> -----BEGIN PGP MESSAGE-----\r\n> " + kSessionKeyLine + "\r\n> " + kSessionKeyLine +
                     "\r\n> -----END PGP MESSAGE-----\r\n");
}

}  // namespace
}  // namespace gateway::mime
