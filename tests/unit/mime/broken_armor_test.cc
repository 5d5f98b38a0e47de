// Armor into which a mail program put blanks or other characters is nobody's prose, and prose is
// nobody's armor.
#include <gmock/gmock.h>

#include <cstddef>
#include <filesystem>

#include "base/base64.h"
#include "mime/armor_scan.h"
#include "mime_test.h"

namespace gateway::mime {
namespace {

// `text` with `by` after each `every` bytes of a line.
std::string Broken(const std::string& text, std::size_t every, const std::string& by) {
  std::string broken;
  std::size_t in_line = 0;
  for (const char c : text) {
    if (c != '\n' && in_line > 0 && in_line % every == 0) broken += by;
    broken += c;
    in_line = c == '\n' ? 0 : in_line + 1;
  }
  return broken;
}

// The base64 of armor alone.
std::string WithoutMarks(const std::string& armor) {
  const std::size_t begin = armor.find("\n\n") + 2;
  return armor.substr(begin, armor.find("\n-----END") + 1 - begin);
}

std::string WithoutChecksum(const std::string& armor) {
  return Replaced(armor, "=njUN\n", "");
}

std::string LeftoverBeside(const std::string& text, const std::string& fields = kText) {
  const std::string code = LeftoverOf(Mixed({Part(kFile, Armor(9)), Part(fields, text)}));
  EXPECT_EQ(LeftoverOf(Mixed({Part(kText, Armor(9) + "\n" + text)})), code);
  return code;
}

TEST(BrokenArmor, WithBlanksBetweenItsLettersIsLeftOver) {
  for (std::size_t every = 1; every <= 24; ++every) {
    EXPECT_EQ(LeftoverBeside(Broken(Armor(40, 7), every, " ")), "part-not-opened") << every;
    EXPECT_EQ(LeftoverBeside("> " + Replaced(Broken(Armor(40, 7), every, " "), "\n", "\n> ")), "part-not-opened")
        << every;
  }
}

TEST(BrokenArmor, WithOtherCharactersBetweenItsLettersIsLeftOver) {
  const std::string soft_hyphen = "\xC2\xAD";
  const std::string no_break_space = "\xC2\xA0";
  const std::string zero_width_space = "\xE2\x80\x8B";
  for (const std::string& by : {soft_hyphen, no_break_space, zero_width_space, std::string("  \t"), std::string("%20"),
                                std::string("<wbr>"), std::string("_")}) {
    EXPECT_EQ(LeftoverBeside(Broken(Armor(40, 7), 8, by)), "part-not-opened") << by;
  }
  const std::string page = "<p>" + Broken(Armor(40, 7), 8, "&nbsp;&shy;") + "</p>";
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: text/html", page)})), "part-not-opened");
}

TEST(BrokenArmor, WithoutItsMarksIsLeftOver) {
  for (const std::uint32_t seed : {7U, 107U, 207U, 307U, 407U}) {
    const std::string letters = WithoutChecksum(WithoutMarks(Armor(30, seed)));
    for (const std::size_t every : {1U, 2U, 3U, 4U, 5U, 8U, 10U, 16U, 19U}) {
      EXPECT_EQ(LeftoverBeside(Broken(letters, every, " ")), "part-not-opened") << every;
      // In shorter lines.
      EXPECT_EQ(LeftoverBeside(Broken(letters, every, "\n> ")), "part-not-opened") << every;
    }
  }
}

TEST(BrokenArmor, WhoseMarksAreBrokenIntoLinesIsLeftOver) {
  for (const std::size_t every : {4U, 8U, 16U, 20U, 26U}) {
    EXPECT_EQ(LeftoverBeside(Broken(Armor(40, 7), every, "\n")), "part-not-opened") << every;
  }
}

TEST(BrokenArmor, BehindProseThatNamesItsMarkIsLeftOver) {
  EXPECT_EQ(LeftoverBeside("Hier ist er: -----BEGIN PGP MESSAGE-----\n" + Broken(WithoutMarks(Armor(40, 7)), 8, " ")),
            "part-not-opened");
}

TEST(BrokenArmor, OfAnyLengthBehindItsMarkIsLeftOver) {
  for (const std::size_t lines : {2U, 3U, 5U, 9U}) {
    EXPECT_EQ(LeftoverBeside(Broken(Armor(lines, 7), 8, " ")), "part-not-opened") << lines;
    // The last line of armor is lost.
    const std::string cut = Replaced(Armor(lines, 7), "-----END PGP MESSAGE-----\n", "");
    EXPECT_EQ(LeftoverBeside(Broken(cut, 8, " ")), "part-not-opened") << lines;
  }
}

constexpr const char* kGerman =
    "MRT des Schädels nativ und nach i.v. Gabe von 7,5 ml Gadovist vom 12.03.2024, 14:35 Uhr\n"
    "Sehr geehrte Frau Kollegin Dr. med. Müller-Lüdenscheidt, vielen Dank für die freundliche Überweisung\n"
    "Ihres Patienten, geb. 03.11.1957, wohnhaft Bahnhofstr. 17a, 79098 Freiburg (Pat.-Nr. 4711-0815).\n"
    "Klinische Angaben: Z. n. Mediainfarkt li. 2019, V. a. Rezidiv. Fragestellung: Blutung? Ischämie?\n"
    "Technik: T1w SE, T2w TSE, FLAIR, T2*-GRE, DWI (b0/b500/b1000) mit ADC, TOF-MRA; SD 5 mm, 3D-MPRAGE 1 mm.\n"
    "Befund: Im Vergleich zur VU vom 02.01.2023 (CT2, extern) keine Änderung. LWK4/5 und LWK5/SWK1 mit\n"
    "Chondrose II°, BWK12 mit Deckplatteneinbruch, HWK5/6 mit Spondylose. Kein Anhalt für frische Ischämie.\n"
    "Beurteilung: 1. Kein Nachweis einer Raumforderung. 2. Mikroangiopathie Fazekas II. 3. NNH frei, z. B. d. li.\n"
    "Die Aufnahmen 1.2.840.113619.2.55.3.2831868886.1.1234567890 wurden am PACS (KIS-Nr. AB12cd34) archiviert.\n"
    "Mit freundlichen kollegialen Grüßen, OA Dr. h. c. A. v. Weißenfels, FA f. Radiologie, Tel. 0761/270-3801\n";

constexpr const char* kEnglish =
    "CT of the chest, abdomen and pelvis with IV contrast (Omnipaque 350, 100 mL), 12 Mar 2024, 2:35 PM\n"
    "History: 67M with NSCLC s/p RUL lobectomy, now T2aN0M0, PET/CT 01/2023 negative; eGFR 58, HbA1c 6.9 %.\n"
    "Technique: 120 kVp, 180 mAs, pitch 0.984, 1.25 mm recon, DLP 612 mGy*cm, CTDIvol 8.4 mGy, iDose4 L3.\n"
    "Findings: The 6 mm ground-glass nodule (series 4, image 112) in the LLL is stable since 10/2022. No PE.\n"
    "L4-L5 disc bulge, C5/C6 spondylosis, Th12 compression fracture, unchanged. SUVmax 2.1, Deauville 2.\n"
    "Impression: 1) No evidence of recurrence. 2) Follow-up CT in 6 months per Fleischner 2017 guidelines.\n"
    "Ordered by: Jane O'Neill, MD PhD; read by A. McDonald, FRCR; ext. 4-2217; accession ACC-20240312-00417.\n";

std::string Many(const std::string& text, std::size_t bytes) {
  std::string many;
  while (many.size() < bytes) many += text;
  return many;
}

TEST(Prose, IsHarmless) {
  EXPECT_EQ(LeftoverBeside(Many(kGerman, 100'000)), "");
  EXPECT_EQ(LeftoverBeside(Many(kEnglish, 100'000)), "");
  EXPECT_EQ(LeftoverBeside("> " + Replaced(Many(kGerman, 20'000), "\n", "\n> ")), "");
  EXPECT_EQ(LeftoverBeside("<p>" + Many(kGerman, 20'000) + "</p>", "Content-Type: text/html"), "");
}

// The documentation of the gateway: prose, tables, names of fields, hashes, UIDs and configuration.
TEST(Prose, OfThisProjectIsHarmless) {
  const std::filesystem::path docs = std::filesystem::path(TEST_DATA_DIR) / "../../docs";
  std::size_t pages = 0;
  for (const auto& file : std::filesystem::directory_iterator(docs)) {
    if (file.path().extension() != ".md") continue;
    ++pages;
    StringSource text(ReadWhole(file.path()));
    const ArmorScan scan = ScanForArmor(text).value();
    EXPECT_FALSE(scan.is_beheaded) << file.path();
    EXPECT_TRUE(scan.blocks.empty()) << file.path();
  }
  EXPECT_GE(pages, 10U);
}

TEST(Prose, IsHarmlessWithTablesAndNumbers) {
  std::string hexadecimal;
  std::string grouped;
  std::string uids;
  std::string keywords;
  std::string protocols;
  std::string codes;
  for (std::uint32_t i = 0; i < 200; ++i) {
    hexadecimal += RandomBytes(i, 64, "0123456789abcdef") + "\n" + RandomBytes(i, 64, "0123456789ABCDEF") + "\n";
    grouped += Broken(RandomBytes(i, 64, i % 2 == 0 ? "0123456789abcdef" : "0123456789ABCDEF"), 4, " ") + "\n";
    uids += "1.2.276.0.7230010.3.1.4." + RandomBytes(i, 18, "123456789") + " CT" + std::to_string(i) + " Thorax\n";
    keywords += "PatientID StudyInstanceUID SeriesInstanceUID SOPClassUID (0010,0020) ModalitiesInStudy KVP\n";
    protocols += "t1_mprage_sag_p2_iso_1.0 ep2d_diff_b50_400_800_ADC AX T2 FLAIR t2_tse_sag_320_4mm CoR3D\n";
    codes += "ACC" + RandomBytes(i, 6, "0123456789") + " | " + RandomBytes(i, 5, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789") +
             "-" + RandomBytes(i + 1, 5, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789") + " | Mueller, Hans | 12.03.2024\n";
  }
  for (const std::string& text : {uids, keywords, protocols, codes}) {
    EXPECT_EQ(LeftoverBeside(text), "") << text.substr(0, 200);
  }
  // Nobody reads 200 lines of such, but some fingerprints of keys are usual.
  for (const std::string& text : {hexadecimal, grouped}) {
    EXPECT_EQ(LeftoverBeside(text), "part-not-opened") << text.substr(0, 200);
    EXPECT_EQ(LeftoverBeside(text.substr(0, 200)), "") << text.substr(0, 200);
  }
}

TEST(Prose, IsHarmlessWithLongAddresses) {
  const std::string token = RandomBytes(5, 700, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
  const std::string link = "https://eur01.safelinks.example/?url=https%3A%2F%2Fx.example%2F" + token;
  std::string broken = "Bitte hier klicken:\n" + link;
  for (std::size_t at = 96; at < broken.size(); at += 77) broken.insert(at, "\n");
  std::string list;
  for (std::uint32_t i = 0; i < 50; ++i) {
    list += "https://x.example/" + std::to_string(i) + "/" + token.substr(i * 10, 200) + "?a=b\nwww.y.example/" +
            token.substr(i * 7, 120) + " <CAF" + token.substr(i * 3, 60) + "@mail.example>\n";
  }
  for (const std::string& text : {link + "\n", broken + "\n", list, "<" + link + ">\n"}) {
    EXPECT_EQ(LeftoverBeside(text + kGerman), "") << text.substr(0, 200);
  }
}

// Mail programs put the logo of a signature into the page.
TEST(Prose, IsHarmlessWithPicturesInAPage) {
  for (const std::size_t size : {3'000UL, 60'000UL, 200'000UL}) {
    const std::string raw = "\x89PNG\r\n\x1A\n" + RandomBytes(5, size);
    std::string lines;
    AppendBase64Lines(raw, 76, lines);
    for (const std::string& base64 : {lines, Replaced(lines, "\r\n", "")}) {
      const std::string page =
          "<p>Gruss</p><IMG alt=x src=\"data:image/png;base64," + base64 + "\" width=3><p>Ende</p>";
      EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: text/html", page)})), "") << size;
      const std::string with_armor = page + "<pre>" + Armor(9, 20) + "</pre>";
      EXPECT_THAT(PartsOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: text/html", with_armor)})).encrypted,
                  testing::SizeIs(2));
    }
  }
  const std::string style = "<style>.logo { background: url(data:image/png;base64,iVBORw0KGgo" +
                            RandomBytes(5, 9'000, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") +
                            ") }</style><p>Gruss</p>";
  EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: text/html", style)})), "");
  // Marks of pictures without end cost no more than other text.
  for (const std::string mark : {"<v:", "<v:data:image/", "<img src=\"data:image/png;base64,iVBORw0KGgo",
                                 "o:gfxdata=\"UEsDB", "src=data:image/png;base64,/9j/ "}) {
    std::string marks = "<p>Gruss</p>";
    while (marks.size() < 900'000) marks += mark;
    const std::string with_armor = marks + "><pre>\r\n" + Armor(9, 20) + "</pre>";
    EXPECT_THAT(PartsOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: text/html", with_armor)})).encrypted,
                testing::SizeIs(2))
        << mark;
  }
  // A tag of another kind, or one that only begins so, hides nothing.
  for (const char* begin :
       {"<b src=\"data:image/png;base64,", "<img src=\"x\" ", "<img src=\"data:image/png;base64,\" "}) {
    EXPECT_EQ(LeftoverOf(Mixed({Part(kFile, Armor(9)), Part("Content-Type: text/html", begin + Armor(2'000, 7))})),
              "part-not-opened")
        << begin;
  }
}

TEST(Prose, ThatHoldsTheFirstLineOfArmorIsHarmless) {
  for (const char* mark : {"-----BEGIN PGP MESSAGE-----", "  -----BEGIN PGP MESSAGE-----", "BEGIN PGP MESSAGE"}) {
    const std::string text = std::string("Der Block beginnt mit\n") + mark + "\nund Sie kopieren ihn ganz.\n";
    EXPECT_EQ(LeftoverBeside(text + kGerman), "") << text;
    EXPECT_EQ(LeftoverBeside(text + "\n" + kEnglish), "") << text;
    const std::string both = Mixed({Part(kText, text + kGerman), Part(kText, text + Armor(9))});
    EXPECT_THAT(PartsOf(both).encrypted, testing::SizeIs(1)) << text;
    EXPECT_EQ(LeftoverOf(both), "") << text;
  }
  const std::string mail = "From: a@b.example\r\nContent-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n";
  EXPECT_EQ(EnvelopeOf(mail + kGerman).kind, MailKind::plain);
  EXPECT_EQ(EnvelopeOf(mail + "\r\nVersion: 1\r\n\r\n" + kGerman).kind, MailKind::encrypted);
  EXPECT_EQ(EnvelopeOf(mail + Replaced(Armor(1), "-----BEGIN PGP MESSAGE-----\n", "")).kind, MailKind::encrypted);
}

TEST(Prose, DoesNotHideArmorThatFollowsIt) {
  const std::string mark = " -----BEGIN PGP MESSAGE-----\n";
  EXPECT_EQ(LeftoverBeside(mark + kGerman + Armor(40, 7).substr(mark.size() - 1)), "part-not-opened");
  EXPECT_EQ(LeftoverBeside(mark + kGerman + Broken(WithoutMarks(Armor(40, 7)), 8, " ")), "part-not-opened");
}

}  // namespace
}  // namespace gateway::mime
