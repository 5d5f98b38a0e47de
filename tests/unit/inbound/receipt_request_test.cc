#include "inbound/receipt_request.h"

#include <gtest/gtest.h>

namespace gateway::inbound {
namespace {

using ledger::ReceiptKind;

constexpr const char* kPartner = "tele@hospital-b.example";

mime::Envelope AskedByMdn(const std::string& to) {
  mime::Envelope envelope;
  envelope.message_id = "1@hospital-b.example";
  envelope.receipt_to = to;
  return envelope;
}

opener::MessageReply AskedInside(const std::string& to) {
  opener::MessageReply reply;
  reply.receipt = mime::PgpReceiptRequest{to, "0123456789ABCDEF", "content@hospital-b.example"};
  return reply;
}

ReceiptDecision Decide(const mime::Envelope& envelope, const opener::MessageReply& reply,
                       ReceiptMode mode = ReceiptMode::mdn) {
  PartnerSettings partner;
  partner.address = kPartner;
  partner.profile.receipts = mode;
  return DecideReceipt(envelope, reply, partner, "tele@hospital-a.example", ReceiptWhen::accepted);
}

TEST(ReceiptRequest, IsNotMadeUnasked) {
  const ReceiptDecision decision = Decide(AskedByMdn(""), {});
  EXPECT_FALSE(decision.request);
  EXPECT_EQ(decision.withheld, "");
}

TEST(ReceiptRequest, NamesTheMailAndHasAnIdOfItsOwn) {
  const ReceiptDecision decision = Decide(AskedByMdn(kPartner), {});
  ASSERT_TRUE(decision.request);
  EXPECT_EQ(decision.request->kind, ReceiptKind::mdn);
  EXPECT_EQ(decision.request->original_message_id, "1@hospital-b.example");
  EXPECT_TRUE(decision.request->message_id.ends_with("@hospital-a.example"));
  EXPECT_EQ(decision.request->when, ReceiptWhen::accepted);
}

TEST(ReceiptRequest, GoesToThePartnersAddressOnly) {
  EXPECT_TRUE(Decide(AskedByMdn("TELE@Hospital-B.example"), {}).request);
  const ReceiptDecision elsewhere = Decide(AskedByMdn("someone@elsewhere.example"), {});
  EXPECT_FALSE(elsewhere.request);
  EXPECT_EQ(elsewhere.withheld, "to-another-address");
  EXPECT_EQ(Decide(AskedByMdn(""), AskedInside("someone@elsewhere.example")).withheld, "to-another-address");
}

TEST(ReceiptRequest, IsAnsweredInTheKindThatIsAskedFor) {
  const ReceiptDecision decision = Decide(AskedByMdn(""), AskedInside(kPartner), ReceiptMode::none);
  ASSERT_TRUE(decision.request);
  EXPECT_EQ(decision.request->kind, ReceiptKind::pgp);
  EXPECT_EQ(decision.request->content_id, "content@hospital-b.example");
  EXPECT_EQ(Decide(AskedByMdn(kPartner), {}, ReceiptMode::pgp).request->kind, ReceiptKind::mdn);
}

TEST(ReceiptRequest, TheProfileDecidesWhereBothAreAskedFor) {
  EXPECT_EQ(Decide(AskedByMdn(kPartner), AskedInside(kPartner), ReceiptMode::mdn).request->kind, ReceiptKind::mdn);
  EXPECT_EQ(Decide(AskedByMdn(kPartner), AskedInside(kPartner), ReceiptMode::pgp).request->kind, ReceiptKind::pgp);
}

TEST(ReceiptRequest, TheOneToThePartnerIsAnsweredWhereTheOtherGoesElsewhere) {
  const ReceiptDecision decision = Decide(AskedByMdn("someone@elsewhere.example"), AskedInside(kPartner));
  ASSERT_TRUE(decision.request);
  EXPECT_EQ(decision.request->kind, ReceiptKind::pgp);
}

TEST(ReceiptRequest, IsNotMadeForAnOuterHeaderOfAnotherMail) {
  mime::Envelope envelope = AskedByMdn(kPartner);
  opener::MessageReply reply = AskedInside(kPartner);
  const auto withheld = [&] { return Decide(envelope, reply).withheld; };
  reply.set = TelemedicineSet{"set", 1, 2};
  EXPECT_EQ(withheld(), "");
  envelope.set = TelemedicineSet{"set", 2, 2};
  EXPECT_EQ(withheld(), "sets-differ");
  envelope.set = TelemedicineSet{"other-set", 1, 2};
  EXPECT_EQ(withheld(), "sets-differ");
  EXPECT_FALSE(Decide(envelope, reply).request);
  envelope.set = reply.set;
  EXPECT_EQ(withheld(), "");
  reply.set.reset();
  EXPECT_TRUE(Decide(envelope, reply).request);
}

}  // namespace
}  // namespace gateway::inbound
