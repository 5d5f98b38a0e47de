// Text of data sets, written as real systems write it.
#include "dicom/character_set.h"

#include "fixture.h"

namespace gateway::dicom {
namespace {

struct Case {
  std::string terms;
  std::string bytes;
  std::string text;
  Reading reading = Reading::as_declared;
};

void Check(const std::vector<Case>& cases, bool person_name = false,
           std::string_view default_set = kUsualCharacterSet) {
  for (const Case& c : cases) {
    TextConverter converter(c.terms, default_set);
    EXPECT_EQ(converter.ToUtf8(c.bytes, person_name), c.text) << c.terms;
    EXPECT_EQ(converter.reading(), c.reading) << c.terms << ' ' << c.text << ' ' << NameOf(converter.reading());
  }
}

TEST(CharacterSet, EachIsReadAsDeclared) {
  Check({{"ISO_IR 100",
          "Sch\xE4"
          "del",
          "Schädel"},
         {"ISO_IR 101", "Wa\xB3\xEAsa", "Wałęsa"},
         {"ISO_IR 109", "\xB6", "ĥ"},
         {"ISO_IR 110", "\xE0", "ā"},
         {"ISO_IR 144", "\xBB\xEE\xDA\x63\x65\xDC\xD1\xEB\xDF\x67", "Люкceмбыпg"},
         {"ISO_IR 127", "\xE2\xC8\xC7\xE6\xEA", "قباني"},
         {"ISO_IR 126", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2", "Διονυσιος"},
         {"ISO_IR 138", "\xF9\xF8\xE5\xEF", "שרון"},
         {"ISO_IR 148", "\xC7\x61v\x75\xFEo\xF0lu", "Çavuşoğlu"},
         {"ISO_IR 203", "\xA4 \xBD", "€ œ"},
         {"ISO_IR 166", "\xB9\xD2\xC1", "นาม"},
         {"ISO_IR 13", "\xD4\xCF\xC0\xDE", "ﾔﾏﾀﾞ"},
         {"ISO_IR 192", "Schädel", "Schädel"},
         {"GB18030", "\xCD\xF5^\xD0\xA1\xB6\xAB", "王^小东"},
         {"GBK", "\xCD\xF5^\xD0\xA1\xB6\xAB", "王^小东"}});
}

TEST(CharacterSet, EscapeSequencesLeadToAnySet) {
  Check({{"\\ISO 2022 IR 87", "\x1B$BF,It\x1B(B", "頭部"},
         {"ISO 2022 IR 13\\ISO 2022 IR 87", "\xD4\xCF\xC0\xDE \x1B$B;3ED\x1B(J", "ﾔﾏﾀﾞ 山田"},
         {"\\ISO 2022 IR 159", "\x1B$(D0\x21\x1B(B", "丂"},
         {"\\ISO 2022 IR 149", "\x1B$)C\xFB\xF3", "洪"},
         {"\\ISO 2022 IR 58", "\x1B$)A\xCD\xF5", "王"},
         {"ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126", "\xE4 \x1B-L\xBB \x1B-F\xC4 \x1B-A\xE4", "ä Л Δ ä"},
         {"ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 203", "\x1B-b\xA4", "€"}});
}

// PS3.5 sections H.3 and I.2.
TEST(CharacterSet, NamesBeginEachComponentAnew) {
  Check({{"\\ISO 2022 IR 87", "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B",
          "Yamada^Tarou=山田^太郎=やまだ^たろう"},
         {"\\ISO 2022 IR 149",
          "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF",
          "Hong^Gildong=洪^吉洞=홍^길동"}},
        true);
}

TEST(CharacterSet, ABackslashWithinACharacterIsNone) {
  Check({{"GBK", "\x8F\x5C", "廫"}, {"GB18030", "\x8F\x5C\\A", "廫\\A"}, {"ISO_IR 13", "\x95\x5C\\A", "表\\A"}});
}

TEST(CharacterSet, MisspeltTermsAreRepaired) {
  for (const char* term : {"ISO_IR_100", "ISO-IR 100", "ISO IR 100", "iso_ir 100", "ISO_IR100", "ISO 2022 IR 100",
                           "ISO_2022_IR_100", "IR 100", "ISO 8859-1", "ISO-8859-1", "latin1"}) {
    Check({{term,
            "Sch\xE4"
            "del",
            "Schädel", Reading::misspelt}});
  }
  for (const char* term : {"ISO IR 192", "UTF-8", "utf8", "ISO_IR_192"}) {
    Check({{term, "頭", "頭", Reading::misspelt}});
  }
  Check({{"\\ISO_2022_IR_87", "\x1B$BF,It\x1B(B", "頭部", Reading::misspelt},
         {"ISO 2022 IR 149", "\xFB\xF3", "洪", Reading::misspelt}});
}

TEST(CharacterSet, WhatIsNotAsDeclaredIsReadAllTheSame) {
  const std::string latin =
      "Sch\xE4"
      "del";
  Check({{"", latin, "Schädel", Reading::undeclared},
         {"ISO_IR 6", latin, "Schädel", Reading::undeclared},
         {"", "Schädel", "Schädel", Reading::undeclared},
         {"ISO_IR 192", latin, "Schädel", Reading::not_as_declared},
         {"ISO_IR 100", "Schädel", "Schädel", Reading::not_as_declared},
         {"ISO_IR 999", latin, "Schädel", Reading::unknown_term},
         {"nonsense", "頭", "頭", Reading::unknown_term},
         {"GB18030", "\xFF\xE4", "ÿä", Reading::not_as_declared},
         {"", "\x1B$BF,It\x1B(B", "頭部", Reading::undeclared},
         {"\\ISO 2022 IR 87", latin, "Schädel", Reading::not_as_declared}});
}

TEST(CharacterSet, TheDefaultIsTheAdministrators) {
  Check({{"", "\xBB\xEE\xDA", "Люк", Reading::undeclared}, {"", "頭", "頭", Reading::undeclared}}, false, "ISO_IR 144");
}

TEST(CharacterSet, IsInNormalFormAndWithoutControls) {
  Check({{"ISO_IR 192",
          "Scha\xCC\x88"
          "del",
          "Schädel"},
         {"ISO_IR 192", "a\x01\xC2\x85\x7F", "a???"},
         {"ISO_IR 100", "\x80\x93", "€“"}});
}

TEST(CharacterSet, SurvivesAnything) {
  std::uint32_t seed = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string value;
    for (int i = 0; i < 12; ++i) {
      seed = seed * 1'664'525 + 1'013'904'223;
      const char bytes[] = {static_cast<char>(seed >> 24), '\x1B', '$', '(', ')', 'B', 'C', '\\', '^', '-'};
      value += bytes[(seed >> 8) % 10];
    }
    for (const char* terms : {"", "\\ISO 2022 IR 87", "ISO 2022 IR 13\\ISO 2022 IR 159", "GBK", "ISO_IR 13",
                              "\\ISO 2022 IR 149\\ISO 2022 IR 58"}) {
      const std::string text = TextConverter(terms).ToUtf8(value, true);
      ASSERT_LE(text.size(), 4 * value.size());
    }
  }
}

}  // namespace
}  // namespace gateway::dicom
