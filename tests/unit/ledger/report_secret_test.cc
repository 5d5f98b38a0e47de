// Receipts that repeat the secret of the message that they answer, and such as do not.
#include "reports_fixture.h"

namespace gateway::ledger {
namespace {

constexpr const char* kKeyOfB = "KEY-OF-B";

class ReportSecretTest : public ReportsTest {
 protected:
  // Like SendOne(), with secrets inside.
  void SendWithSecrets(unsigned messages, Time sealed_at = At(50)) {
    CloseOne(messages);
    Seal(sealed_at);
    SendAll();
  }
  void Seal(Time at = At(50)) {
    for (const MessageToSeal& message : Must(ledger->seal_queue.Claim(1000, At(80), kLease))) {
      const unsigned copy = copies[message.id]++;
      SealedMessage sealed = MakeSealed("eml-" + std::to_string(message.id) + std::string(copy, '+'), fragments_);
      sealed.date = at;
      sealed.receipt_asked = ReceiptMode::mdn;
      sealed.nonce = Secret(message.id, copy);
      sealed.partner_address = "tele@b.example";
      sealed.partner_key = kKeyOfB;
      ASSERT_TRUE(ledger->seal_queue.RecordSealed(message.id, sealed));
    }
  }
  static std::string Secret(std::int64_t message, unsigned copy = 0) {
    return "secret-" + std::to_string(message) + "-" + std::to_string(copy);
  }
  static Report OfB(const std::string& message_id, std::optional<std::string> nonce,
                    ReceiptSecret secret = ReceiptSecret::learned) {
    Report report = MakeReport(Answer::delivered, message_id);
    report.partner_key = kKeyOfB;
    report.partner_address = "tele@b.example";
    report.nonce = std::move(nonce);
    report.secret = secret;
    return report;
  }

  unsigned fragments_ = 0;
};

TEST_F(ReportSecretTest, TheRightOneDelivers) {
  SendWithSecrets(1);
  EXPECT_TRUE(Record(OfB(IdOf(1), Secret(1))).changed);
  EXPECT_EQ(MessageState(1), "delivered");
}

TEST_F(ReportSecretTest, AReceiptOfAnotherMailChangesNothing) {
  SendWithSecrets(2);
  for (const std::string other : {"", "of-nothing", "secret-2-0"}) {
    const ReportOutcome outcome = Record(OfB(IdOf(1), other));
    EXPECT_EQ(outcome.refused, "receipt-of-another-mail") << other;
    EXPECT_FALSE(outcome.changed);
  }
  EXPECT_EQ(Count("messages", "sent"), 2);
  // By its set alone as well.
  Report by_set = OfB("rewritten@relay.example", "");
  by_set.set = TelemedicineSet{"set-of-b", 1, 2};
  EXPECT_EQ(Record(by_set).refused, "receipt-of-another-mail");
}

TEST_F(ReportSecretTest, SoftwareThatKnowsNoSecretsIsBelievedWithout) {
  SendWithSecrets(1);
  EXPECT_TRUE(Record(OfB(IdOf(1), std::nullopt)).changed);
}

TEST_F(ReportSecretTest, WhoIsKnownToKnowThemIsNotBelievedWithout) {
  SendWithSecrets(2, At(900));
  Report signed_one = OfB(IdOf(1), Secret(1));
  signed_one.signed_by_partner = true;
  EXPECT_TRUE(Record(signed_one, At(800)).changed);
  EXPECT_EQ(Record(OfB(IdOf(2), std::nullopt)).refused, "receipt-without-secret");
  // A person says that it is good; or that this partner has other software now.
  Report overruled = OfB(IdOf(2), std::nullopt);
  overruled.overruled = true;
  EXPECT_TRUE(Record(overruled).changed);
}

TEST_F(ReportSecretTest, WhatWasOnItsWayBeforeItWasKnownIsBelievedWithout) {
  SendWithSecrets(2, At(50));
  Report signed_one = OfB(IdOf(1), Secret(1));
  signed_one.signed_by_partner = true;
  EXPECT_TRUE(Record(signed_one, At(800)).changed);
  EXPECT_TRUE(Record(OfB(IdOf(2), std::nullopt), At(801)).changed);
}

TEST_F(ReportSecretTest, AnUnsignedReceiptTeachesNothing) {
  SendWithSecrets(2, At(900));
  EXPECT_TRUE(Record(OfB(IdOf(1), Secret(1)), At(800)).changed);
  EXPECT_TRUE(Record(OfB(IdOf(2), std::nullopt)).changed);
}

TEST_F(ReportSecretTest, TheProfileRequiresOrIgnores) {
  SendWithSecrets(2, At(900));
  EXPECT_EQ(Record(OfB(IdOf(1), std::nullopt, ReceiptSecret::required)).refused, "receipt-without-secret");
  Report signed_one = OfB(IdOf(1), Secret(1));
  signed_one.signed_by_partner = true;
  EXPECT_TRUE(Record(signed_one, At(800)).changed);
  EXPECT_TRUE(Record(OfB(IdOf(2), std::nullopt, ReceiptSecret::ignored)).changed);
}

TEST_F(ReportSecretTest, AMailOfThePartnerTeachesToo) {
  SendWithSecrets(1, At(900));
  OpenedMail opened = MakeOpened(Must(ledger->fetched_mails.Add(MakeMail(1))).mail, {MakeReceived("9.9")});
  opened.facts.signer = kKeyOfB;
  opened.knows_nonce = true;
  Must(ledger->opened_mails.Record(opened, At(100)));
  EXPECT_EQ(Record(OfB(IdOf(1), std::nullopt)).refused, "receipt-without-secret");
}

TEST_F(ReportSecretTest, AMessageSealedWithoutAsksForNone) {
  SendOne(1);
  EXPECT_TRUE(Record(OfB(IdOf(1), "", ReceiptSecret::required)).changed);
}

TEST_F(ReportSecretTest, ItFindsTheMessageWhoseMessageIdARelayChanged) {
  SendWithSecrets(2);
  const ReportOutcome first = Record(OfB("rewritten@relay.example", Secret(2)));
  EXPECT_EQ(first.message, 2);
  EXPECT_TRUE(first.changed && first.rewritten);
  EXPECT_EQ(MessageState(2), "delivered");
  EXPECT_FALSE(Record(OfB("other@relay.example", Secret(1))).rewritten);  // said before
}

TEST_F(ReportSecretTest, ItTellsTheCopyOfBadNews) {
  SendWithSecrets(1);
  Report bad = OfB("rewritten@relay.example", Secret(1));
  bad.answer = Answer::resend;
  EXPECT_TRUE(Record(bad).resent);
  Seal(At(80));
  SendAll(At(90));
  EXPECT_FALSE(Record(bad).changed);
  bad.nonce = Secret(1, 1);
  EXPECT_TRUE(Record(bad).resent);
}

TEST_F(ReportSecretTest, OfFragmentsItIsTheMessages) {
  fragments_ = 3;
  SendWithSecrets(1);
  EXPECT_EQ(Record(OfB("eml-1.2@a.example", "")).refused, "receipt-of-another-mail");
  EXPECT_TRUE(Record(OfB("eml-1.2@a.example", Secret(1))).changed);
}

TEST_F(ReportSecretTest, AnotherPartnersReceiptIsForeignThoughItKnowsTheSecret) {
  SendWithSecrets(1);
  Report report = OfB(IdOf(1), Secret(1));
  report.partner = "c";
  report.partner_key = "KEY-OF-C";
  report.partner_address = "tele@c.example";
  EXPECT_TRUE(Record(report).foreign);
  EXPECT_EQ(MessageState(1), "sent");
}

TEST_F(ReportSecretTest, ARenamedPartnerIsKnownByItsKeyOrItsAddress) {
  SendWithSecrets(3);
  Report report = OfB(IdOf(1), Secret(1));
  report.partner = "renamed";
  report.partner_address = "moved@b.example";
  EXPECT_TRUE(Record(report).changed);
  report = OfB(IdOf(2), Secret(2));
  report.partner = "renamed";
  report.partner_key = "NEW-KEY-OF-B";
  EXPECT_TRUE(Record(report).changed);
  report = OfB("", std::nullopt);
  report.partner = "renamed";
  report.set = TelemedicineSet{"set-of-b", 3, 3};
  EXPECT_EQ(Record(report).message, 3);
}

TEST_F(ReportSecretTest, ReceiptsThatFitNothingAreCountedWhileSomeAreAwaited) {
  const Report unknown = OfB("never-sent@relay.example", std::nullopt);
  EXPECT_EQ(Record(unknown).unmatched, 0);
  SendWithSecrets(2);
  EXPECT_EQ(Record(unknown).unmatched, 1);
  EXPECT_EQ(Record(unknown).unmatched, 2);
  EXPECT_TRUE(Record(OfB(IdOf(1), Secret(1))).changed);
  EXPECT_EQ(Record(unknown).unmatched, 1);
}

}  // namespace
}  // namespace gateway::ledger
