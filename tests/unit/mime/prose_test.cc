// Files in a text or in a page beside what is encrypted, in codes of any program; and texts as
// people and mail programs write them, which must never be taken for files.
#include <cstddef>
#include <cstdint>

#include "base/base64.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

constexpr const char* kHtml = "Content-Type: text/html";
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string LeftoverBeside(const std::string& text, const std::string& fields = kText) {
  return LeftoverOf(Mixed({Part(kFile, Armor(9)), Part(fields, text)}));
}

void ExpectCode(const std::string& text) {
  EXPECT_EQ(LeftoverBeside(text), "part-not-opened") << text.substr(0, 200);
  EXPECT_EQ(LeftoverBeside("Anbei das Bild:\n\n" + text), "part-not-opened") << text.substr(0, 200);
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, Armor(9) + "\nanbei:\n" + text)})), "part-not-opened") << text.substr(0, 200);
  EXPECT_EQ(LeftoverBeside("> " + Replaced(text, "\n", "\n> ")), "part-not-opened") << text.substr(0, 200);
}

// `letters` in lines, each between `before` and `behind`.
std::string Lines(const std::string& letters, std::size_t length, const std::string& before = "",
                  const std::string& behind = "") {
  std::string text;
  for (std::size_t at = 0; at < letters.size(); at += length) {
    text += before + letters.substr(at, length) + behind + "\n";
  }
  return text;
}

std::string Hex(const std::string& raw) {
  std::string text;
  for (const char c : raw) {
    text += kHexDigits[static_cast<unsigned char>(c) >> 4U];
    text += kHexDigits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

std::string Base64(const std::string& raw) {
  std::string lines;
  AppendBase64Lines(raw, 76, lines);
  return Replaced(lines, "\r\n", "\n");
}

const std::string kDicom = std::string(128, '\0') + "DICM" + RandomBytes(4, 900);

TEST(Prose, IsNoCodeInLinesOfOneLength) {
  const std::string uu_letters = "!\"#$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`";
  for (const std::size_t length : {43UL, 60UL, 64UL, 72UL, 76UL, 100UL}) {
    for (const std::string_view alphabet :
         {std::string_view(uu_letters), std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
          std::string_view("+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), kHexDigits}) {
      const std::string letters = RandomBytes(3, length * 12, alphabet);
      ExpectCode(Lines(letters, length));
      ExpectCode(Lines(letters, length, "z"));      // as git does
      ExpectCode(Lines(letters, length, "", "x"));  // a checksum
    }
  }
  std::string numbered;
  for (std::uint32_t i = 0; i < 9; ++i)
    numbered += std::to_string(i) + ": " + RandomBytes(7 + i, 61, uu_letters) + "\n";
  ExpectCode(numbered);
}

TEST(Prose, IsNoCodeInWordsOfOneLength) {
  for (const std::size_t length : {8UL, 10UL, 15UL}) {
    const std::string letters = RandomBytes(3, 900, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    EXPECT_EQ(LeftoverBeside(Replaced(Lines(letters, length), "\n", " ")), "part-not-opened") << length;
  }
  EXPECT_EQ(LeftoverBeside(Replaced(Lines(Replaced(Base64(kDicom), "\n", ""), 30), "\n", ",")), "part-not-opened");
}

TEST(Prose, IsNoTableOfHexadecimalNumbers) {
  const std::string hex = Hex(kDicom);
  std::string dump;
  std::string groups;
  std::string intel;
  for (std::size_t at = 0; at < hex.size(); at += 32) {
    const std::string line = hex.substr(at, 32);
    dump += "00000" + Hex(std::string(1, static_cast<char>(at / 32))) + "0  ";
    for (std::size_t i = 0; i < line.size(); i += 2) dump += line.substr(i, 2) + " ";
    dump += " |......DICM......|\n";
    for (std::size_t i = 0; i < line.size(); i += 4) groups += line.substr(i, 4) + " ";
    groups += "\n";
    intel += ":10" + line + "FF\n";
  }
  ExpectCode(dump);
  ExpectCode(groups);
  ExpectCode(intel);
}

std::string Number(unsigned value, unsigned base, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i > 0; --i, value /= base) text[i - 1] = kHexDigits[value % base];
  return text;
}

// As the program od and programmers write bytes.
TEST(Prose, IsNoTableOfBytes) {
  std::string bytes;
  std::string words;
  std::string array;
  std::string percent;
  std::string escaped;
  for (std::size_t at = 0; at < kDicom.size() / 16 * 16; ++at) {
    const unsigned byte = static_cast<unsigned char>(kDicom[at]);
    const bool starts = at % 16 == 0;
    if (starts) bytes += (at > 0 ? "\n" : "") + Number(static_cast<unsigned>(at), 8, 7);
    if (starts) words += (at > 0 ? "\n" : "") + Number(static_cast<unsigned>(at), 8, 7);
    if (starts && at > 0) array += "\n";
    bytes += " " + Number(byte, 8, 3);
    if (at % 2 == 0) words += " " + Number(byte * 256 + static_cast<unsigned char>(kDicom[at + 1]), 8, 6);
    array += "0x" + Number(byte, 16, 2) + ", ";
    percent += "%" + Number(byte, 16, 2);
    escaped += "\\x" + Number(byte, 16, 2);
  }
  for (const std::string& text : {bytes, words, array, percent, escaped}) ExpectCode(text + "\n");
}

TEST(Prose, MayHoldTablesOfCounters) {
  std::string patients;
  std::string numbers;
  std::string backwards;
  for (unsigned line = 0; line < 12; ++line) {
    std::string counters;
    for (unsigned i = 0; i < 9; ++i) counters += " " + Number(line * 9 + i, 8, 3);
    patients += "Pat" + counters + "\n";
    numbers += Number(line, 8, 4) + counters + "\n";
    backwards += Number(100 - line, 8, 7) + counters + "\n";
  }
  for (const std::string& text : {patients, numbers, backwards}) EXPECT_EQ(LeftoverBeside(text), "") << text;
}

// ASCII85, base91 and the like, in one line or in lines of any length.
TEST(Prose, IsNoMixtureOfCharacters) {
  std::string printable;
  for (char c = '!'; c <= '~'; ++c) printable += c == '<' || c == '>' || c == '&' || c == '|' ? 'k' : c;
  for (const std::uint32_t seed : {3U, 4U, 5U}) {
    const std::string letters = RandomBytes(seed, 1200, printable);
    ExpectCode(letters + "\n");
    std::string lines;
    for (std::size_t at = 0, length = 41; at < letters.size(); at += length, length = 41 + at % 37) {
      lines += letters.substr(at, length) + "\n";
    }
    ExpectCode(lines);
  }
}

TEST(Prose, IsNoXmlAndNoJsonOfFindings) {
  for (const std::string text : {"<svg xmlns=\"http://www.w3.org/2000/svg\"><text>Befund</text></svg>\n",
                                 "<NativeDicomModel xmlns=\"x\">\n", "<Befund xmlns:b=\"urn:x\" b:c=\"d\">\n"}) {
    EXPECT_EQ(LeftoverBeside(text), "part-not-opened") << text;
    EXPECT_EQ(LeftoverBeside("\n\n  " + text), "part-not-opened") << text;
  }
  for (const std::string text :
       {"<Bundle xmlns=\"http://hl7.org/fhir\">\n", "<ORU_R01 xmlns=\"urn:hl7-org:v2xml\">\n",
        "<DiagnosticReport xmlns='http://hl7.org/fhir'>\n",
        "<m:NativeDicomModel xmlns:m=\"http://dicom.nema.org/PS3.19/models/NativeDicom\">\n",
        "[{\"00080005\": {\"vr\": \"CS\", \"Value\": [\"ISO_IR 100\"]}}]\n", "H|\\^&|||LAB|||||||P|1394-97\n",
        "UNA:+.? '\nUNB+UNOC:3+A+B'\n", "UNB+UNOC:3+A+B+240312:1435+1'\n", "OBX|1|TX|||Fraktur\n"}) {
    ExpectCode(text);
  }
}

TEST(Prose, IsNoBase64OfASmallFile) {
  for (const std::string& file : {std::string("%PDF-1.4\n1 0 obj"), "PK\x03\x04" + RandomBytes(4, 30),
                                  kDicom.substr(0, 300), "\xFF\xD8\xFF\xE0" + RandomBytes(4, 30),
                                  std::string("MSH|^~\\&|RIS|KH"), std::string("{\\rtf1\\ansi Befund}")}) {
    ExpectCode(Base64(file));
    ExpectCode("Content-Type: application/pdf\n\n" + Base64(file));
  }
}

TEST(Prose, IsNoFileAfterIt) {
  for (const std::string& file :
       {std::string("%PDF-1.4\n1 0 obj"), std::string("%!PS-Adobe-3.0 PDF-1.4\n"), std::string("{\\rtf1 Befund}\n"),
        std::string("MSH|^~\\&|RIS|KH\nOBX|1|TX|||Fraktur\n"), std::string("FHS|^~\\&|RIS\n"),
        std::string("<?xml version=\"1.0\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">\n"),
        std::string("<hl7:ClinicalDocument xmlns:hl7=\"urn:hl7-org:v3\">\n"),
        std::string("{ \"resourceType\" : \"DiagnosticReport\" }\n"), std::string("x\n=yend size=3\n"),
        std::string("(Convert with BinHex 4.0)\n\n:#h4bHA0d:\n"), std::string("#!/bin/sh\n# shell archive\n"),
        std::string("01380006310\n014810000230\n0193101Musterfrau\n"),
        std::string("--b1\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nQQ==\n--b1--\n")}) {
    ExpectCode(file);
    EXPECT_EQ(LeftoverBeside("\xEF\xBB\xBF" + file), "part-not-opened") << file;
    EXPECT_EQ(LeftoverBeside("\n\n" + file), "part-not-opened") << file;
  }
  EXPECT_EQ(LeftoverBeside("Befund: %PDF-1.4\n1 0 obj\n"), "part-not-opened");
}

TEST(Prose, IsNoUuencodeWithADamagedFirstLine) {
  for (const char* first : {"begin\t644\tIM2.dcm", "Begin 644 IM2.dcm", "begin 644", "begin 64 IM2.dcm"}) {
    EXPECT_EQ(LeftoverBeside(std::string(first) + "\n#0V%T\n`\nend\n"), "part-not-opened") << first;
  }
}

TEST(Page, HoldsNoFileInATag) {
  const std::string dicom = Replaced(Base64(kDicom), "\n", "");
  const std::string pdf = Base64("%PDF-1.4\n1 0 obj");
  for (const std::string& page :
       {"<p><a href=\"data:application/dicom;base64," + dicom + "\" download>Bild</a>",
        "<!-- " + Base64(kDicom) + " --><p>Bild</p>",
        "<object data=\"data:application/pdf;base64," + pdf + "\"></object>",
        "<input type=hidden value=\"" + Base64(kDicom) + "\">",
        "<svg><image href=\"data:image/png;base64," + dicom + "\"/></svg>",
        "<img src=\"data:image/png;base64," + dicom + "\">",
        "<!-- " + Replaced(Armor(40, 7), "-----BEGIN PGP MESSAGE-----", "") + " --><p>x",
        std::string("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><title>Befund</title></ClinicalDocument>")}) {
    EXPECT_EQ(LeftoverBeside(page, kHtml), "part-not-opened") << page.substr(0, 100);
    EXPECT_EQ(LeftoverBeside("<html><body>\n" + page + "\n</body></html>", kHtml), "part-not-opened");
  }
}

// What people and their mail programs write.

constexpr const char* kSignature =
    "Mit freundlichen Grüßen\n\nDr. med. Hans-Jürgen Müller-Lüdenscheidt\nFacharzt für Diagnostische Radiologie\n"
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH\n"
    "________________________________________________________________________________\n"
    "Tel. +49 761 270-38010 | Fax +49 761 270-38020 | radiologie@klinikum-musterstadt.example\n"
    "-- \n"
    "PGP: 0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567\n"
    "     3AA5C34371567BD2D2DCA38F2F6B5D35D0A5E8C7\n"
    "SHA256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n";

constexpr const char* kLinks =
    "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.klinikum.example%2F&data=05%7C02%7Ca.b%40"
    "c.example%7C0123456789abcdef0123456789abcdef%7C0%7C638400000000000000%7CUnknown%7CTWFpbGZsb3d8eyJWIjoiMC4wLjAwMDAi"
    "LCJQIjoiV2luMzIiLCJBTiI6Ik1haWwiLCJXVCI6Mn0%3D%7C0%7C%7C%7C&sdata=Qm9iIHRoZSBCdWlsZGVyIHdhcyBoZXJlIDEyMzQ1Njc4%3D"
    "&reserved=0\n"
    "Join: <https://teams.microsoft.com/l/meetup-join/19%3ameeting_ZDAxNjQ3ZDMtY2E0OS00YWQ3LTk5YjYtNWM5OWRmYTVhMzI0%40"
    "thread.v2/0?context=%7b%22Tid%22%3a%220123%22%7d>\n"
    "________________________________________________________________________________\n"
    "Besprechungs-ID: 389 123 456 78   Kenncode: aBc9dE\n"
    "Message-ID: <AM0PR05MB4321C0FFEE0123456789ABCDEF0123456789ABCDEF012@AM0PR05MB4321.eurprd05.prod.outlook.com>\n"
    "------=_NextPart_000_0012_01DA3C5B.8D0E4A20\n"
    "\\\\fileserver.klinikum.example\\Radiologie\\Befunde\\2024\\Maerz\\Musterfrau_Erika_1957-11-03_CT_Thorax_Abdomen."
    "pdf\n";

constexpr const char* kTable =
    "Serie  Datum        kV   mAs   CTDIvol   DLP\n"
    "1      12.03.2024  120   180   8.40      612.10\n"
    "2      12.03.2024  120   180   8.40      612.10\n"
    "3      12.03.2024  100   140   4.20      301.05\n"
    "10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25\n"
    "26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41\n"
    "42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57\n"
    "58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73\n"
    "74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89\n"
    "+--------------------+--------------------+--------------------+\n"
    "| Leukozyten         | 7.4 /nl            | 4.0 - 10.0         |\n"
    "| Thrombozyten       | 250 /nl            | 150 - 400          |\n"
    "+--------------------+--------------------+--------------------+\n"
    "1.2.840.113619.2.55.3.2831868886.123.1700000001.467\n"
    "1.2.840.113619.2.55.3.2831868886.123.1700000001.468\n"
    "1.2.840.113619.2.55.3.2831868886.123.1700000001.469\n"
    "1.2.840.113619.2.55.3.2831868886.123.1700000001.470\n"
    "Musterfrau_Erika_19571103_CT_Thorax_Serie_001_Bild_0001.dcm\n"
    "Musterfrau_Erika_19571103_CT_Thorax_Serie_001_Bild_0002.dcm\n"
    "Musterfrau_Erika_19571103_CT_Thorax_Serie_001_Bild_0003.dcm\n"
    "Musterfrau_Erika_19571103_CT_Thorax_Serie_001_Bild_0004.dcm\n";

constexpr const char* kDisclaimer =
    "CONFIDENTIALITY NOTICE: This e-mail message, including any attachments, is for the sole use of the intended\n"
    "recipient(s) and may contain confidential and privileged information. Any unauthorized review, use, disclosure\n"
    "or distribution is prohibited. If you are not the intended recipient, please begin by contacting the sender.\n"
    "ACHTUNG: EXTERNE E-MAIL! KLICKEN SIE NICHT AUF LINKS UND ANHAENGE, WENN SIE DEN ABSENDER NICHT KENNEN!\n"
    "Die Bilder liegen als DICOM und PDF (PDF/A-1b, siehe %PDF-1.4 im Kopf) bei, der Befund folgt als HL7 (MSH, "
    "OBX).\n";

std::string OutlookPage() {
  return "<html xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\">\r\n"
         "<head><META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=utf-8\">"
         "<meta name=Generator content=\"Microsoft Word 15 (filtered medium)\">\r\n"
         "<!--[if !mso]><style>v\\:* {behavior:url(#default#VML);}\r\no\\:* "
         "{behavior:url(#default#VML);}</style><![endif]-->"
         "<style><!--\r\n@font-face\r\n\t{font-family:\"Cambria Math\";\r\n\tpanose-1:2 4 5 3 5 4 6 3 2 4;}\r\n"
         "p.MsoNormal,li.MsoNormal,div.MsoNormal{margin:0cm;margin-bottom:.0001pt;font-size:11.0pt;font-family:Calibri,"
         "sans-serif;mso-fareast-language:EN-US;}a:link,span.MsoHyperlink{mso-style-priority:99;color:#0563C1;}\r\n"
         "--></style><!--[if gte mso 9]><xml>\r\n<o:shapedefaults v:ext=\"edit\" spidmax=\"1026\" "
         "/>\r\n</xml><![endif]-->"
         "</head><body lang=DE link=\"#0563C1\" vlink=\"#954F72\" style='word-wrap:break-word'><div class=WordSection1>"
         "<?xml:namespace prefix = o ns = \"urn:schemas-microsoft-com:office:office\" />"
         "<p class=MsoNormal><a href=\"" +
         Replaced(Replaced(kLinks, "\n", " "), "<", "") +
         "\"><span style='mso-fareast-language:DE'>Klinikum&nbsp;Musterstadt</span></a><o:p></o:p></p>"
         "<p><img width=123 src=\"cid:image001.png@01DA3C5B.8D0E4A20\"></p><pre>" +
         std::string(kTable) + "</pre></div></body></html>\r\n";
}

constexpr const char* kLists =
    "{6B29FC40-CA47-1067-B31D-00DD010662DA}\n{7B29FC40-CA47-1067-B31D-00DD010662DB}\n"
    "GUID:8B29FC40-CA47-1067-B31D-00DD010662DC\nGUID:9B29FC40-CA47-1067-B31D-00DD010662DD\n"
    "GUID:AB29FC40-CA47-1067-B31D-00DD010662DE\nGUID:BB29FC40-CA47-1067-B31D-00DD010662DF\n"
    "References: <AM0PR05MB4321C0FFEE0123456789ABCDEF01@AM0PR05MB4321.eurprd05.prod.outlook.com>\n"
    "    <CAFnB2Sb3XyZ9kLmNoPqRsTuVwXyZ0123456789aBcDeFgHiJk@mail.gmail.com>\n"
    "    <CAFnB2Sb4XyZ9kLmNoPqRsTuVwXyZ0123456789aBcDeFgHiJl@mail.gmail.com>\n"
    "    <CAFnB2Sb5XyZ9kLmNoPqRsTuVwXyZ0123456789aBcDeFgHiJm@mail.gmail.com>\n"
    "    <DB9PR02MB6543D1FFEE0123456789ABCDEF012@DB9PR02MB6543.eurprd02.prod.outlook.com>\n"
    "kV mA ms\n100 120 140 160 200 210 220 240 250\n100 120 140 160 200 210 220 240 250\n"
    "100 120 140 160 200 210 220 240 250\n100 120 140 160 200 210 220 240 250\n100 120 140 160 200 210 220 240 250\n"
    "X:\\Radiologie\\Archiv\\2024\\CT_Thorax_Abdomen_Becken\\Musterfrau_Erika_1957_Serie_3\\Bild0012.dcm\n"
    "/srv/archive/2024/03/12/CT/Musterfrau-Erika/1.2.840.113619.2.55.3.2831868886/Series003/IM0012.dcm\n"
    "Gerät SOMATOM_Force_AXIOM-Sensis_Artis-Q_MAGNETOM-Vida_Skyra-fit_Biograph-mCT-Flow\n"
    "H|ello und UNB und OBX|x sind keine Nachrichten, <Befund> und <svg> keine Dateien.\n";

TEST(OrdinaryTexts, AreHarmless) {
  for (const char* text : {kSignature, kLinks, kTable, kDisclaimer, kLists}) {
    EXPECT_EQ(LeftoverBeside(text), "") << text;
    EXPECT_EQ(LeftoverBeside("> " + Replaced(text, "\n", "\n> ")), "") << text;
    EXPECT_EQ(LeftoverBeside(Replaced(text, "\n", "\r\n\r\n")), "") << text;
    EXPECT_EQ(LeftoverOf(Mixed({Part(kText, std::string(text) + Armor(9) + "\n" + text)})), "") << text;
    const std::string escaped = Replaced(Replaced(text, "<", "&lt;"), "\n", "<br>\n");
    EXPECT_EQ(LeftoverBeside("<html><body><div>" + escaped + "</div></body></html>", kHtml), "") << text;
  }
}

// In lines of one length, as mail programs break them.
TEST(OrdinaryTexts, WithoutBlanksAreHarmless) {
  const std::string thai = "ผู้ป่วยได้รับการตรวจเอกซเรย์คอมพิวเตอร์ทรวงอกเมื่อวันที่สิบสองมีนาคมและไม่พบความผิดปกติของปอดทั้งสองข้าง";
  const std::string chinese =
      "患者于三月十二日接受胸部计算机断层扫描检查双肺未见明显异常纵隔淋巴结无肿大心脏大小正常胸腔内无积液建议六个月后复"
      "查";
  for (const std::string& text : {thai, chinese}) {
    for (const std::size_t characters : {20UL, 24UL, 30UL}) {
      EXPECT_EQ(LeftoverBeside(Lines(text + text + text + text, characters * 3)), "") << characters << text;
    }
  }
  std::string japanese;
  for (unsigned i = 0; i < 8; ++i) {
    japanese +=
        "\x1B$B" + RandomBytes(i, 72, "!\"#$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh") + "\x1B(B\n";
  }
  EXPECT_EQ(LeftoverBeside(japanese, "Content-Type: text/plain; charset=iso-2022-jp"), "");
  std::string german;
  for (const std::string line : {"Das Formular wurde aus dem Browser kopiert und hat feste Blanks",
                                 "zwischen allen Woertern, wie es manche Programme eben so machen,",
                                 "wenn jemand eine Seite in seine Mail uebernimmt, ohne zu pruefn.",
                                 "Die Zeilen sind nur durch einen Zufall alle genau gleich lang : x"}) {
    german += line + "\n";
  }
  EXPECT_EQ(LeftoverBeside(Replaced(german, " ", "\xC2\xA0")), "");
}

TEST(OrdinaryTexts, InPagesAreHarmless) {
  const std::string apple =
      "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body "
      "style=\"overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;\" class=\"\">"
      "<div id=\"AppleMailSignature\" dir=\"ltr\">Gru\xC3\x9F</div><blockquote type=\"cite\" cite=\"mid:"
      "0123456789ABCDEF-0123-4567-89AB@klinikum.example\">Hallo</blockquote></body></html>";
  const std::string thunderbird =
      "<!DOCTYPE html>\n<html>\n  <head>\n    <meta http-equiv=\"content-type\" content=\"text/html; charset=UTF-8\">\n"
      "  </head>\n  <body>\n    <div class=\"moz-signature\">-- <br>\n      <pre class=\"moz-quote-pre\" "
      "wrap=\"\">Hallo\n"
      "</pre>\n    </div>\n  </body>\n</html>\n";
  const std::string newsletter =
      "<table cellpadding=\"0\" cellspacing=\"0\" role=\"presentation\" "
      "style=\"border-collapse:collapse;width:100%;\"><tr>"
      "<td><a href=\"https://click.news.example/u/?qs=" +
      RandomBytes(5, 300, kHexDigits) + "\"><img src=\"https://image.news.example/open.aspx?d=" +
      RandomBytes(6, 200, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") +
      "\" width=\"1\" height=\"1\"></a></td></tr></table>";
  const std::string xhtml =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0\">\n<html></html>";
  std::string words;
  for (unsigned i = 0; i < 90; ++i) words += "Wort" + std::to_string(i) + "%20";
  const std::string feedback =
      "<p>Fragen? <a href=\"mailto:info@klinikum.example?subject=Frage&body=" + words + "\">Schreiben Sie uns</a></p>";
  const std::string drawing =
      "<div>Gru\xC3\x9F<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\"><path d=\"M3 4h5\"/></svg></div>";
  const std::string fragment = "<div xmlns=\"http://www.w3.org/1999/xhtml\">Gru\xC3\x9F</div>";
  for (const std::string& page : {OutlookPage(), apple, thunderbird, newsletter, xhtml, feedback, drawing, fragment}) {
    EXPECT_EQ(LeftoverBeside(page, kHtml), "") << page;
    EXPECT_EQ(LeftoverOf(Mixed({Part(kText, Armor(9)), Part(kHtml, page)}, "alternative")), "") << page;
  }
}

}  // namespace
}  // namespace gateway::mime
