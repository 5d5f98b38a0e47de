// Compares a page with the plain text beside it. Words that only the page has must not be lost, and
// the pages that mail programs make of a text are no documents.
#include "mime/page_words.h"

#include "mime_test.h"

namespace gateway::mime {
namespace {

std::size_t Documents(const std::string& text, const std::string& page, const std::string& charset = "utf-8",
                      const std::string& charset_of_page = "utf-8") {
  const std::string entity =
      Mixed({Part("Content-Type: text/plain; charset=" + charset + "\r\nContent-Transfer-Encoding: 8bit", text),
             Part("Content-Type: text/html; charset=" + charset_of_page + "\r\nContent-Transfer-Encoding: 8bit", page)},
            "alternative");
  return ReadInner(entity).parts.size();
}

const std::string kReport =
    "Befund: Im Vergleich zur Voruntersuchung vom 02.01.2023 keine Änderung. Kein Anhalt für frische Ischämie.\r\n"
    "Der Herd im linken Unterlappen misst 6 mm. Die Lymphknoten sind nicht vergrößert. Leber und Milz sind frei.\r\n"
    "Beurteilung: 1. Kein Nachweis einer Raumforderung. 2. Mikroangiopathie Fazekas II. 3. Kontrolle in 6 Monaten.\r\n";

std::string PageOf(const std::string& text) {
  return "<html><body><p>" + Replaced(text, "\r\n", "</p>\r\n<p>") + "</p></body></html>";
}

TEST(APage, SaysTheSameInAnyAlphabet) {
  for (const std::string text :
       {"Перелом лучевой кости слева.", "Κάταγμα κερκίδας αριστερά.", "左侧桡骨骨折。右侧无异常。", "左橈骨骨折。",
        "왼쪽 요골 골절입니다.", "كسر في عظم الكعبرة الأيسر.", "שבר ברדיוס השמאלי.", "बाएं रेडियस का फ्रैक्चर।",
        "Fraktur des Radius, größer als früher.", "Trật khớp vai trái."}) {
    EXPECT_EQ(Documents(text, PageOf(text)), 1U) << text;
    EXPECT_EQ(Documents("Guten Tag", PageOf("Guten Tag\r\n" + text)), 2U) << text;
    EXPECT_EQ(Documents(text + "\r\n", PageOf("Hallo\r\n" + text)), 2U) << text;
  }
  EXPECT_EQ(Documents("Перелом слева", PageOf("Перелом справа")), 2U);
  EXPECT_EQ(Documents("左侧骨折", PageOf("右侧骨折")), 2U);
}

TEST(APage, SaysMoreIfItSaysOneWordMore) {
  EXPECT_EQ(Documents(kReport, PageOf(kReport)), 1U);
  std::string many;
  for (unsigned i = 0; i < 100; ++i) many += kReport;
  EXPECT_EQ(Documents(many, PageOf(many)), 1U);
  for (const std::string& more : {std::string("Zusätzlich Fraktur der 7. Rippe links.\r\n"), std::string("Fraktur\r\n"),
                                  std::string("7\r\n"), std::string("Kein Anhalt für frische Ischämie.\r\n")}) {
    EXPECT_EQ(Documents(many, PageOf(many + more)), 2U) << more;
    EXPECT_EQ(Documents(many, PageOf(more + many)), 2U) << more;
    EXPECT_EQ(Documents(kReport, PageOf(Replaced(kReport, "Beurteilung", more + "Beurteilung"))), 2U) << more;
  }
}

TEST(APage, SaysSomethingElseWithTheSameWords) {
  EXPECT_EQ(Documents("Rechts Fraktur. Links keine Fraktur.", PageOf("Rechts keine Fraktur. Links Fraktur.")), 2U);
  EXPECT_EQ(Documents("Herd von 5 mm, 12 Wochen", PageOf("Herd von 12 mm, 5 Wochen")), 2U);
  EXPECT_EQ(Documents("Herd von 5 mm", PageOf("Herd von 6 mm")), 2U);
}

// Each word of the page must be a whole word of the text.
TEST(APage, SaysSomethingElseWithAPartOfAWord) {
  struct Pair {
    std::string text;
    std::string page;
  };
  for (const auto& [text, page] : {Pair{"keine Fraktur", "eine Fraktur"},
                                   Pair{"unauff\xC3\xA4llig", "auff\xC3\xA4llig"},
                                   Pair{"Herzgeräusch", "Herz"},
                                   Pair{"15 mm", "5 mm"},
                                   Pair{"50 mm", "5 mm"},
                                   Pair{"15 mm", "1,5 mm"},
                                   Pair{"1,5 mm", "5 mm"},
                                   Pair{"1,5 mm", "15 mm"},
                                   Pair{"0.5 mm", ".5 mm"},
                                   Pair{"5 mm", ".5 mm"},
                                   Pair{"1 5 mm", "15 mm"},
                                   Pair{"15 mm", "1 5 mm"},
                                   Pair{"1'500 ml", "500 ml"},
                                   Pair{"HIV -", "HIV +"},
                                   Pair{"HIV +", "HIV -"},
                                   Pair{"HIV-", "HIV+"},
                                   Pair{"HER2+", "HER2-"},
                                   Pair{"Protein +", "Protein ++"},
                                   Pair{"+ 5 Grad", "- 5 Grad"},
                                   Pair{"+5 Grad", "-5 Grad"},
                                   Pair{"5 Grad", "-5 Grad"},
                                   Pair{"-5 Grad", "5 Grad"},
                                   Pair{"5 Grad",
                                        "\xE2\x88\x92"
                                        "5 Grad"},
                                   Pair{"5 mm", "&lt;5 mm"},
                                   Pair{"5 mm", "&lt; 5 mm"},
                                   Pair{"< 5 mm", "&gt; 5 mm"},
                                   Pair{"<5 mm", "5 mm"},
                                   Pair{"<5 mm", "&gt;5 mm"},
                                   Pair{"Wert >5", "Wert 5"},
                                   Pair{"5 mm", "&plusmn;5 mm"},
                                   Pair{"5", "&ge;5"},
                                   Pair{"3-5 mm", "35 mm"},
                                   Pair{"35 mm", "3-5 mm"},
                                   Pair{"3-5 mm", "3 mm"},
                                   Pair{"右侧无骨折", "骨折"}}) {
    EXPECT_EQ(Documents(text, "<p>" + page + "</p>"), 2U) << text << " | " << page;
    EXPECT_EQ(Documents("Befund: " + text + ", sonst o. B.", "<p>Befund: " + page + ", sonst o. B.</p>"), 2U)
        << text << " | " << page;
    EXPECT_EQ(Documents(text, "<table><tr><td>" + Replaced(page, " ", "</td><td>") + "</td></tr></table>"), 2U)
        << text << " | " << page;
  }
  EXPECT_EQ(Documents("CRP < Norm", "<p>CRP &gt; Norm</p>"), 2U);
  EXPECT_EQ(Documents("CRP > Norm", "<p>CRP &lt; Norm</p>"), 2U);
}

// Mail programs break lines, and divide words by tags and marks.
TEST(APage, SaysTheSameWhereverWordsAreDivided) {
  struct Pair {
    std::string text;
    std::string page;
  };
  for (const auto& [text, page] :
       {Pair{"*Frak*tur und Frak_tur_", "<b>Frak</b>tur und Frak<div>tur</div>"},
        Pair{"Herd 5mm, 7 mm", "Herd 5&nbsp;mm, 7mm"},
        Pair{"*1*,5 mm und *-5* Grad", "<b>1</b>,5 mm und <b>-5</b> Grad"},
        Pair{"左侧桡骨\r\n骨折。", "左侧桡\n骨骨折。"},
        Pair{"> 左侧桡骨\r\n> 骨折。", "<blockquote>左侧桡骨骨折。</blockquote>"},
        Pair{"Tel. 0761 270-\r\n38010", "Tel. 0761 270-38010"}, Pair{"COVID-\r\n19", "COVID&#8209;19"},
        Pair{"Haupt- und Neben-\r\nbefund", "Haupt- und Neben&shy;befund"},
        Pair{"3 - 5 mm, -2 Grad, HIV -", "3 &ndash; 5&nbsp;mm, &minus;2 Grad, HIV &#8211;"},
        Pair{"HIV\r\n- negativ, CRP\r\n< 5", "HIV\n&ndash; negativ, CRP &lt;&nbsp;5"},
        Pair{"Gr\xC3\xB6\xC3\x9F"
             "e\t>5\tmm",
             "<tr><td>Gr&ouml;&szlig;e</td><td>&gt;5</td><td>mm</td></tr>"},
        Pair{"Hans' Befund", "Hans&rsquo; Befund"}, Pair{"Frak tur", "Fraktur"},
        Pair{"7 x 10^9/l, H_2 O", "7 x 10<sup>9</sup>/l, H<sub>2</sub>O"}}) {
    EXPECT_EQ(Documents(text, "<html><p>" + page + "</p></html>"), 1U) << text << " | " << page;
    EXPECT_EQ(Documents("Guten Tag,\r\n" + text + "\r\nEnde", "<html><p>Guten Tag,<p>" + page + "</p>Ende</html>"), 1U)
        << text << " | " << page;
  }
}

// As Outlook, Apple Mail, Gmail and Thunderbird write answers.
TEST(APage, SaysTheSameInAnAnswer) {
  EXPECT_EQ(
      Documents("Guten Tag,\r\n\r\nCRP 5,2 mg/l (<5), Leukozyten 7.4\r\n\r\n"
                "Tel. +49 761 270-38010<tel:+4976127038010> | in der Praxis<https://praxis.example/in/der/Klinik>\r\n"
                "[cid:image001.png@01DA3C5B.8D0E4A20]\r\n\r\nVon: Hans <hans5@b.example<mailto:hans5@b.example>>\r\n"
                "Gesendet: 02.01.2023 10:30\r\n",
                "<div class=WordSection1><p>Guten Tag,<o:p></o:p></p><p>CRP 5,2&nbsp;mg/l (&lt;5), Leukozyten 7.4</p>"
                "<p>Tel. <a href=\"tel:+4976127038010\">+49 761 270-38010</a> | <a href=\"https://praxis.example\">in "
                "der Praxis</a></p><p><img src=\"cid:image001.png@01DA3C5B.8D0E4A20\"></p><p><b>Von:</b> Hans "
                "&lt;<a href=\"mailto:hans5@b.example\">hans5@b.example</a>&gt;<br><b>Gesendet:</b> 02.01.2023 "
                "10:30</p></div>"),
      1U);
  EXPECT_EQ(
      Documents("Danke!\r\n\r\n> Am 02.01.2023 um 10:30 schrieb Hans <hans@b.example>:\r\n> \r\n> 5 mm rechts,\r\n"
                ">> 7 mm links\r\n>>8 mm oben\r\n",
                "<html><body>Danke!<div><br></div><blockquote type=cite>Am 02.01.2023 um 10:30 schrieb Hans "
                "&lt;hans@b.example&gt;:<br><br>5 mm rechts,<blockquote>7 mm links<br>8 mm oben</blockquote>"
                "</blockquote></body></html>"),
      1U);
  EXPECT_EQ(Documents("> 5 mm rechts\r\n>7 mm links\r\n> o. B.\r\n",
                      "<pre>&gt; 5 mm rechts\n&gt;7 mm links\n&gt; o. B.\n</pre>"),
            1U);
  EXPECT_EQ(Documents("   - Leber frei\r\n   - Milz 11 cm\r\n   1. Kontrolle\r\n\r\n-- \r\nDr. M\xC3\xBCller",
                      "<ul><li>Leber frei</li><li>Milz 11 cm</li></ul><ol><li>Kontrolle</li></ol><div>--&nbsp;<br>Dr. "
                      "M&uuml;ller</div>"),
            1U);
}

// Mail programs write the addresses of links, stars around bold words and marks of quotations into
// the plain text.
TEST(APage, SaysTheSameAsTheTextThatAProgramMadeOfIt) {
  EXPECT_EQ(
      Documents("Sehr geehrte Kollegen,\r\n\r\nBefund siehe klinikum.example <https://klinikum.example/a?b=c>\r\n"
                "*Kein* Anhalt f\xC3\xBCr Isch\xC3\xA4mie \xE2\x80\x93 Gr\xC3\xB6\xC3\x9F"
                "e 5\xC2\xA0mm\r\n\r\nVon: Hans <hans@b.example>\r\n> Hallo Welt\r\n",
                "<html><head><title>x</title><style>p {color: red}</style></head><body><!--[if !mso]><!-- -->"
                "<p>Sehr geehrte Kollegen,</p><p>Befund siehe <a href=\"https://klinikum.example/a?b=c\">klinikum."
                "example</a><br><b>Kein</b> Anhalt f&uuml;r Isch&auml;mie &ndash; Gr&ouml;&szlig;e 5&nbsp;mm</p>"
                "<p>Von: Hans &lt;<a href=\"mailto:hans@b.example\">hans@b.example</a>&gt;</p><blockquote>Hallo "
                "Welt</blockquote></body></html>"),
      1U);
  // Numbers and bullets of Outlook, and its smiley.
  EXPECT_EQ(
      Documents("*\tLeber frei\r\n*\tMilz frei\r\nDanke :-)\r\n",
                "<p class=MsoListParagraph><![if !supportLists]><span style='mso-list:Ignore'>1.<span "
                "style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span></span><![endif]>Leber frei<o:p></o:p></p>"
                "<p><![if !supportLists]>\xC3\x98<![endif]>Milz frei</p><p>Danke <span style='font-family:Wingdings'>"
                "J</span></p>"),
      1U);
  // Cells of tables, words that lines or tags break, and ligatures.
  EXPECT_EQ(
      Documents("Leukozyten 7.4\r\nThrombo-\r\nzyten 250 fi\xC3\xA4\r\n",
                "<table><tr><th>Leukozyten</th><th>7.4</th></tr><tr><td>Thrombo&shy;zyten</td><td>250</td></tr></table>"
                "<i>\xEF\xAC\x81</i>\xC3\xA4"),
      1U);
}

// Mail programs put a page and its pictures into a multipart/related.
TEST(APage, MayStandBesideItsPictures) {
  const auto documents = [](const std::string& page) {
    const std::string related = "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" +
                                Part("Content-Type: text/html", page) + "--r\r\n" +
                                Part("Content-Type: image/png\r\nContent-ID: <a@b>", "\x89PNG\r\n\x1A\n") + "--r--\r\n";
    std::vector<std::string> types;
    for (const ReadPart& part : ReadInner(Mixed({Part(kText, "Befund: Fraktur"), related}, "alternative")).parts) {
      types.push_back(part.part.content_type);
    }
    return types;
  };
  using Types = std::vector<std::string>;
  EXPECT_EQ(documents("<p>Befund: Fraktur<img src=\"cid:a@b\">"), (Types{"text/plain", "image/png"}));
  EXPECT_EQ(documents("<p>Befund: keine Fraktur<img src=\"cid:a@b\">"),
            (Types{"text/plain", "text/html", "image/png"}));
}

TEST(APage, IsComparedInItsCharacterSet) {
  EXPECT_EQ(Documents("M\xFCller \x96 gr\xF6\xDF"
                      "er",
                      "<p>M\xC3\xBCller \xE2\x80\x93 gr\xC3\xB6\xC3\x9F"
                      "er</p>",
                      "windows-1252"),
            1U);
  EXPECT_EQ(Documents("\xF0\xC5\xD2\xC5\xCC\xCF\xCD", "<p>Перелом</p>", "koi8-r"), 1U);
  EXPECT_EQ(Documents("\xF0\xC5\xD2\xC5\xCC\xCF\xCD", "<p>&#1055;&#x435;релом</p>", "koi8-r"), 1U);
  EXPECT_EQ(Documents("\x1B$B9|@^\x1B(B", "<p>\x1B$B9|@^\x1B(B</p>", "iso-2022-jp", "iso-2022-jp"), 1U);
  EXPECT_EQ(Documents("Gr\xFC\xDF"
                      "e",
                      "<p>Gr&uuml;&szlig;e</p>", "x-unknown", "us-ascii"),
            1U);
  EXPECT_EQ(Documents("Gr\xFC\xDF"
                      "e",
                      "<p>Gr&unknown;e</p>"),
            2U);
}

TEST(APage, MayBeLongAndOddInReasonableTime) {
  std::string odd;
  for (unsigned i = 0; i < 60'000; ++i) odd += "<!--<style<![if !supportlists]>j &#";
  EXPECT_FALSE(SaysTheSame(odd, std::string(500'000, 'x')));
  // Each word is compared at many places, and is at none of them.
  const std::size_t many = 524'288;
  std::string pairs;
  for (std::size_t i = 0; i < many / 2; ++i) pairs += "aa ";
  EXPECT_FALSE(SaysTheSame("<p>" + std::string(many, 'a') + "b</p>", std::string(2 * many, 'a')));
  EXPECT_FALSE(SaysTheSame("<p>" + std::string(many - 1, 'a') + " b</p>", pairs));
  EXPECT_FALSE(SaysTheSame("<p>a " + std::string(many / 2, 'a') + " b</p>", pairs));
  const std::string text(300'000, 'x');
  EXPECT_EQ(Documents(text, "<p>" + text + "</p>"), 1U);
}

TEST(Words, AreThoseOfAllAlphabets) {
  EXPECT_EQ(WordsOf("Die GRÖSSE: 5,2 mm"), "die grösse 5,2 mm ");
  EXPECT_EQ(WordsOf("größe"), "grösse ");
  EXPECT_EQ(WordsOf(" -- "), "");
  EXPECT_EQ(WordsOf("-5, 3\xE2\x80\x93"
                    "7 - 1.2.3. Ende.5"),
            "-5 3-7 - 1.2.3 ende 5 ");
  EXPECT_EQ(WordsOf("> Hallo\n>5 \xC2\xB1 2 <3"), "hallo > 5 \xC2\xB1 2 <3 ");
  EXPECT_EQ(WordsOf("左侧、右侧"), "左侧 右侧 ");
}

}  // namespace
}  // namespace gateway::mime
