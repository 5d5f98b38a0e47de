#include "mime/joiner.h"

#include <gmock/gmock.h>

#include "mime_test.h"

namespace gateway::mime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<std::string> TryJoin(const std::vector<std::string>& fragments, const ReadLimits& limits = {}) {
  std::vector<UniqueFd> files;
  std::vector<int> descriptors;
  for (const std::string& fragment : fragments) {
    files.push_back(FileWith(fragment));
    descriptors.push_back(files.back().get());
  }
  StringSink sink;
  GATEWAY_TRY(JoinFragments(descriptors, limits, sink));
  return sink.text();
}

std::string Join(const std::vector<std::string>& fragments) {
  const auto joined = TryJoin(fragments);
  EXPECT_TRUE(joined.ok()) << joined.error().code << " " << joined.error().detail;
  return joined ? *joined : std::string();
}

std::string Fragment(unsigned number, unsigned total, const std::string& body, const std::string& fields = {}) {
  return "From: gw@a.example\r\nSubject: x (1/2)\r\nMessage-ID: <outer@a>\r\nMIME-Version: 1.0\r\n" + fields +
         "Content-Type: message/partial; id=abc; number=" + std::to_string(number) +
         (total ? "; total=" + std::to_string(total) : "") + "\r\n\r\n" + body;
}

std::string Data(std::uint32_t seed) {
  return RandomBytes(seed, 64, "ABCDEFabcdef0123456789+/") + "\r\n";
}

TEST(Joiner, LetsTheEnclosedHeaderWin) {
  const std::string body = "From: enclosed@a.example\r\nSubject: real\r\nx-telemedicine-setid: 1\r\n\r\ntext\r\n";
  EXPECT_EQ(Join({Fragment(1, 1, body,
                           "Received: by b\r\n for c\r\nX-TELEMEDICINE-SETID: 2\r\nX-TELEMEDICINE-SETPART: 3\r\n")}),
            "Received: by b\r\n for c\r\nX-TELEMEDICINE-SETPART: 3\r\n" + body);
}

TEST(Joiner, TakesNoContentFieldsFromTheFragment) {
  const std::string joined = Join({Fragment(1, 1, "To: b@b\r\n\r\ntext\r\n", "Content-Foo: x\r\nEncrypted: PGP\r\n")});
  EXPECT_EQ(joined, "From: gw@a.example\r\nTo: b@b\r\n\r\ntext\r\n");
}

TEST(Joiner, JoinsAHeaderThatWasCut) {
  EXPECT_EQ(Join({Fragment(1, 2, "From: a@a\r\nSubj"), Fragment(2, 2, "ect: b\r\n\r\nc")}),
            "From: a@a\r\nSubject: b\r\n\r\nc");
}

TEST(Joiner, DropsOneBlankLineBetweenBase64Lines) {
  const std::string header = "From: a@a\r\n\r\n";
  const std::string whole = header + Data(1) + Data(2) + Data(3);
  EXPECT_EQ(Join({Fragment(1, 2, header + Data(1) + "\r\n"), Fragment(2, 2, Data(2) + Data(3))}), whole);
  EXPECT_EQ(Join({Fragment(1, 2, header + Data(1)), Fragment(2, 2, "\r\n" + Data(2) + Data(3))}), whole);
  EXPECT_EQ(Join({Fragment(1, 2, header + Data(1) + "\n"), Fragment(2, 2, Data(2) + Data(3))}), whole);
}

TEST(Joiner, DropsABlankLineBeforeTheEndOfTheArmor) {
  for (const std::string rest :
       {"=njUN\r\n-----END PGP MESSAGE-----\r\n", "-----END PGP MESSAGE-----\r\n", "abc=\r\n"}) {
    EXPECT_EQ(Join({Fragment(1, 2, "A: b\r\n\r\n" + Data(1) + "\r\n"), Fragment(2, 2, rest)}),
              "From: gw@a.example\r\nA: b\r\n\r\n" + Data(1) + rest);
  }
}

TEST(Joiner, KeepsBlankLinesThatMayBeTheMessages) {
  const std::string message = "From: a@a\r\nX: y\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\n" +
                              Replaced(Armor(3), "\n", "\r\n") + "\r\n--b--\r\n";
  // Cut behind and before each blank line there is.
  for (std::size_t at = message.find("\r\n\r\n"); at != std::string::npos; at = message.find("\r\n\r\n", at + 1)) {
    for (const std::size_t cut : {at + 2, at + 4}) {
      EXPECT_EQ(Join({Fragment(1, 2, message.substr(0, cut)), Fragment(2, 2, message.substr(cut))}), message);
    }
  }
}

TEST(Joiner, LeavesTwoBlankLinesAlone) {
  const std::string start = "From: a@a\r\n\r\n" + Data(1) + "\r\n\r\n";
  EXPECT_EQ(Join({Fragment(1, 2, start), Fragment(2, 2, Data(2))}), start + Data(2));
}

TEST(Joiner, UndoesAMailServersReencoding) {
  const TempDirectory directory;
  const std::string first = "From: a@a\r\nContent-Type: text/plain; a=\"b\"\r\n\r\n" + Data(1);
  directory.Write("first", first);
  directory.Write("second", Data(2));
  const auto encode = [&](const std::string& module, const std::string& file) {
    return Python(
        "import sys, base64, quopri\nsys.stdout.buffer.write(" + module + "(open('" + file + "','rb').read()))", "",
        directory);
  };
  for (const auto& [field, module] :
       {std::pair("base64", "base64.encodebytes"), {"Quoted-Printable", "quopri.encodestring"}}) {
    const std::string fields = std::string("Content-Transfer-Encoding: ") + field + "\r\n";
    EXPECT_EQ(Join({Fragment(1, 2, encode(module, "first"), fields), Fragment(2, 2, encode(module, "second"), fields)}),
              first + Data(2));
  }
}

TEST(Joiner, DoesNotBelieveAnEncodingThatIsNotThere) {
  const std::string first = "From: a@a\r\nContent-Type: text/plain; a=\"b\"\r\n\r\n" + Data(1);
  for (const std::string encoding : {"base64", "quoted-printable", "8bit"}) {
    const std::string fields = "Content-Transfer-Encoding: " + encoding + "\r\n";
    const std::string last = Data(2) + "=njUN\r\n";
    EXPECT_EQ(Join({Fragment(1, 2, first, fields), Fragment(2, 2, last, fields)}), first + last);
  }
}

TEST(Joiner, DoesNotBelieveAnEncodingOfLaterFragments) {
  const std::string first = "From: a@a\r\nContent-Type: text/plain; a=\"b\"\r\n\r\n" + Data(1);
  // =4142 would be a character and two digits in quoted-printable.
  const std::string last = Data(2) + std::string(5000, 'A') + "\r\n=4142\r\n";
  const std::string both = "Content-Transfer-Encoding: quoted-printable\r\n";
  EXPECT_EQ(Join({Fragment(1, 2, first, both), Fragment(2, 2, last, both)}), first + last);
  EXPECT_EQ(Join({Fragment(1, 2, first), Fragment(2, 2, Data(2), "Content-Transfer-Encoding: BASE64\r\n")}),
            first + Data(2));
  EXPECT_EQ(Join({Fragment(1, 2, first), Fragment(2, 2, Data(2) + "=njUN\r\n", both)}), first + Data(2) + "=njUN\r\n");
}

TEST(Joiner, UndoesTheReencodingOfALaterFragment) {
  const std::string first = "From: a@a\r\n\r\n" + Data(1);
  EXPECT_EQ(Join({Fragment(1, 2, first),
                  Fragment(2, 2, "LS0tLS1FTkQg\r\nUEdQDQo=\r\n", "Content-Transfer-Encoding: base64\r\n")}),
            first + "-----END PGP\r\n");
}

TEST(Joiner, MakesAFragmentOfNestedFragments) {
  const std::string message = "From: a@a\r\nSubject: real\r\n\r\n" + Data(1) + Data(2) + Data(3);
  const std::string one = Fragment(1, 2, message.substr(0, 60));
  // A relay on the way cuts fragment 1 once more.
  const auto of_relay = [](std::string fragment) { return fragment.replace(fragment.find("id=abc"), 6, "id=relay"); };
  const std::string joined =
      Join({of_relay(Fragment(1, 2, one.substr(0, 50))), of_relay(Fragment(2, 2, one.substr(50)))});
  const Envelope envelope = EnvelopeOf(joined);
  ASSERT_TRUE(envelope.kind == MailKind::partial && envelope.partial);
  EXPECT_EQ(envelope.partial->id, "abc");
  EXPECT_EQ(envelope.from, "gw@a.example");
  EXPECT_EQ(Join({joined, Fragment(2, 2, message.substr(60))}), message);
}

TEST(Joiner, TakesTheSetFromFragmentOneWhereTheEnclosedHasNone) {
  const std::string fields =
      "X-TELEMEDICINE-SETID: outer\r\nX-TELEMEDICINE-SETPART: 3\r\nX-TELEMEDICINE-SETTOTAL: 120\r\n"
      "Disposition-Notification-To: gw@a.example\r\n";
  const std::string enclosed = "Content-Type: text/plain\r\n\r\n" + Armor(3);
  const Envelope envelope = EnvelopeOf(Join({Fragment(1, 1, enclosed, fields)}));
  EXPECT_EQ(envelope.kind, MailKind::encrypted);
  ASSERT_TRUE(envelope.set);
  EXPECT_EQ(envelope.set->part, 3u);
  EXPECT_EQ(envelope.receipt_to, "gw@a.example");
  const std::string own = Replaced(fields, "outer", "enclosed") + enclosed;
  EXPECT_EQ(EnvelopeOf(Join({Fragment(1, 1, own, fields)})).set->id, "enclosed");
}

TEST(Joiner, TakesTheTotalOnTheLastFragmentOnly) {
  EXPECT_EQ(Join({Fragment(1, 0, "From: a@a\r\n\r\nb\r\n"), Fragment(2, 2, "c\r\n")}), "From: a@a\r\n\r\nb\r\nc\r\n");
}

TEST(Joiner, RefusesWhatDoesNotBelongTogether) {
  const std::string one = Fragment(1, 2, "A: b\r\n\r\n");
  const std::string two = Fragment(2, 2, "c");
  const auto code = [](const std::vector<std::string>& fragments) { return TryJoin(fragments).error().code; };
  EXPECT_EQ(code({}), "fragments-damaged");
  EXPECT_EQ(code({one}), "fragments-damaged");
  EXPECT_EQ(code({two, one}), "fragments-damaged");
  EXPECT_EQ(code({one, Replaced(two, "id=abc", "id=def")}), "fragments-damaged");
  EXPECT_EQ(code({one, "From: a@a\r\n\r\n"}), "fragments-damaged");
  EXPECT_EQ(code({Fragment(1, 2, "\r\n"), two}), "fragments-damaged");
}

TEST(Joiner, BoundsTheJoinedMessage) {
  ReadLimits limits;
  limits.message_size = 1000;
  const std::string body = "A: b\r\n\r\n" + std::string(600, 'x');
  EXPECT_EQ(TryJoin({Fragment(1, 2, body), Fragment(2, 2, body)}, limits).error().code, "mail-too-large");
  limits.message_size = 1'000'000;
  limits.header_size = 1000;
  EXPECT_EQ(TryJoin({Fragment(1, 1, "A: " + std::string(20'000, 'x'))}, limits).error().code, "fragments-damaged");
}

}  // namespace
}  // namespace gateway::mime
