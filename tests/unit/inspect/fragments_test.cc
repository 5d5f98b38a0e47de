#include <gtest/gtest.h>

#include "mail_kit.h"

namespace gateway::inspect {
namespace {

std::string Fragment(const std::string& parameters, const std::string& body, const std::string& fields = "") {
  return "From: a@hospital-a.example\r\nTo: b@hospital-b.example\r\nDate: Tue, 24 Nov 2026 03:12:09 +0000\r\n"
         "Message-ID: <2@hospital-a.example>\r\nSubject: DICOM-eMail (1/2)\r\nMIME-Version: 1.0\r\n" +
         fields + "Content-Type: message/partial; " + parameters + "\r\n\r\n" + body;
}

class Fragments : public ::testing::Test {
 protected:
  Fragments() : mail_(MailOf({})), cut_(mail_.find("\r\n", mail_.size() / 2) + 2) {}

  [[nodiscard]] std::string First(const std::string& parameters = "id=x; number=1; total=2",
                                  const std::string& fields = "") const {
    return Fragment(parameters, mail_.substr(0, cut_), fields);
  }
  [[nodiscard]] std::string Second(const std::string& parameters = "id=x; number=2; total=2") const {
    return Fragment(parameters, mail_.substr(cut_));
  }
  static std::string Codes(const std::vector<std::string>& mails) { return Diagnosis(mails).codes(); }

  std::string mail_;
  std::size_t cut_;
};

TEST_F(Fragments, AreJoinedInAnyOrder) {
  for (const auto& mails : {std::vector{First(), Second()}, std::vector{Second(), First()}}) {
    const Diagnosis joined(mails);
    EXPECT_EQ(joined.codes(), "");
    EXPECT_EQ(joined.Value("signature", "validity"), "valid");
    EXPECT_NE(joined.Value("part", "sop instance"), "");
  }
}

TEST_F(Fragments, AloneAreLookedAtFromOutside) {
  const Diagnosis one({Second()});
  EXPECT_EQ(one.codes(), "partial-alone");
  EXPECT_TRUE(one.findings.clean());
}

TEST_F(Fragments, AreCheckedByRfc2046) {
  EXPECT_EQ(Codes({First(), Second("id=x; number=2")}), "partial-total-missing");
  EXPECT_EQ(Codes({First("id=x; number=1"), Second()}), "") << "the last one says it";
  EXPECT_EQ(Codes({First("id=x; number=1; total=3"), Second("id=x; number=2; total=3")}), "partial-incomplete");
  EXPECT_EQ(Codes({First("number=1; total=2"), Second()}), "partial-parameters");
  EXPECT_EQ(Codes({First("id=x; number=3; total=2"), Second()}), "partial-parameters");
  EXPECT_EQ(Codes({First("id=y; number=1; total=2"), Second()}), "partial-of-others");
  EXPECT_EQ(Codes({First(), MailOf({})}), "partial-of-others");
  std::string of_another = Second();
  of_another.replace(of_another.find("a@hospital"), 1, "c");
  EXPECT_EQ(Codes({First(), of_another}), "partial-of-others");
  EXPECT_EQ(Codes({First(), First(), Second()}), "partial-twice");
  EXPECT_EQ(Codes({First("id=x; number=1; total=2", "X-TELEMEDICINE-SETID: 1\r\n"), Second()}), "partial-with-set");
}

TEST_F(Fragments, Are7Bit) {
  EXPECT_EQ(Codes({First("id=x; number=1; total=2", "Content-Transfer-Encoding: 8bit\r\n"), Second()}),
            "partial-not-7bit");
}

TEST_F(Fragments, OfFragmentsAreNotLookedInto) {
  EXPECT_EQ(Codes({Fragment("id=z; number=1; total=1", First())}), "partial-nested");
}

}  // namespace
}  // namespace gateway::inspect
