// What waits for a PACS, partner or mailbox that was renamed or removed: it is told, and a person
// sends it on.
#include <algorithm>

#include "ledger/away_destinations.h"
#include "ledger/care/consistency.h"
#include "ledger/care/row_retention.h"
#include "ledger/destinations.h"
#include "ledger/operator_acts.h"
#include "ledger/operator_requests.h"
#include "ledger/redirections.h"
#include "ledger/store/session.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RedirectTest : public ReceptionTest {
 protected:
  RedirectTest() : acts(*database), redirections(*database) {}

  static Redirection Pacs(const std::string& from, const std::string& to, bool renamed = true) {
    Redirection redirection;
    redirection.from = {DestinationKind::pacs, from};
    redirection.to = to;
    redirection.renamed = renamed;
    return redirection;
  }
  static Redirection Partner(const std::string& from, const std::string& to) {
    Redirection redirection;
    redirection.from = {DestinationKind::partner, from};
    redirection.to = to;
    redirection.renamed = true;
    redirection.mailbox = "main";
    redirection.addresses = {"tele@b.example"};
    return redirection;
  }
  static Redirection Mailbox(const std::string& from, const std::string& to) {
    Redirection redirection;
    redirection.from = {DestinationKind::mailbox, from};
    redirection.to = to;
    redirection.renamed = true;
    return redirection;
  }
  std::size_t Move(const Redirection& redirection, Time now = At(500)) {
    return Must(redirections.Redirect(redirection, now)).items;
  }
  std::vector<std::string> StrandedWith(const KnownDestinations& known) {
    std::vector<std::string> texts;
    for (const Stranded& found : Must(Destinations(*database).FindStranded(known))) {
      texts.push_back(TextOf(found.destination) + " " + std::to_string(found.items));
    }
    return texts;
  }
  std::vector<std::int64_t> InstancesFor(const std::string& pacs) {
    std::vector<std::int64_t> instances;
    for (const DeliveryToMake& delivery : Must(ledger->deliveries.Claim(pacs, 99, At(600), Milliseconds(-1)))) {
      instances.push_back(delivery.instance);
    }
    return instances;
  }
  void ExpectAgreement() {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, At(999)))) {
      ADD_FAILURE() << NameOf(found.kind) << " " << found.item;
    }
  }
  ~RedirectTest() override { ExpectAgreement(); }

  OperatorActs acts;
  Redirections redirections;
  const KnownDestinations known{{"b", "c"}, {"archive"}, {"main", "second"}};
};

TEST_F(RedirectTest, WhatWaitsForARenamedPacsIsToldAndGoesToTheNewOne) {
  AddOpened(1, {MakeReceived("1", {"main", "archive"}), MakeReceived("2", {"main"})});
  EXPECT_THAT(StrandedWith(known), ElementsAre("pacs main 2"));
  const auto rows = Must(operators->List({.state = "stranded", .kind = {}, .limit = 9, .known = known}));
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].not_configured, (DestinationName{DestinationKind::pacs, "main"}));
  EXPECT_EQ(Move(Pacs("main", "archive")), 2u);
  EXPECT_THAT(StrandedWith(known), IsEmpty());
  EXPECT_THAT(InstancesFor("archive"), ElementsAre(1, 2));
  EXPECT_EQ(Move(Pacs("main", "archive")), 0u);
}

TEST_F(RedirectTest, OneInstanceIsStoredOnceThoughBothNamesWereToGetIt) {
  AddOpened(1, {MakeReceived("1", {"main", "archive"})});
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(2, 0, At(200)));
  EXPECT_EQ(Count("instances_in", "accepted"), 1);
  EXPECT_EQ(Move(Pacs("main", "archive")), 1u);
  EXPECT_EQ(Count("instances_in", "stored"), 1);
  EXPECT_THAT(InstancesFor("archive"), IsEmpty());
}

TEST_F(RedirectTest, WhatThePacsRefusedIsTriedAtTheOtherAndItsSenderToldAnew) {
  Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; });
  ASSERT_TRUE(Refuse({1, InstanceOutcome::accepted}));
  ASSERT_EQ(Dispositions().at(mail), "deleted");
  EXPECT_EQ(Move(Pacs("main", "archive")), 1u);
  EXPECT_THAT(Dispositions(), IsEmpty());
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(600)));
  EXPECT_EQ(Dispositions().at(mail), "displayed");
}

TEST_F(RedirectTest, WhatAWorkerStoresJustNowIsLeftAlone) {
  AddOpened(1, {MakeReceived("1"), MakeReceived("2")});
  ASSERT_THAT(Must(ledger->deliveries.Claim("main", 1, At(499), kLease)), SizeIs(1));
  Redirection beside = Pacs("main", "archive", false);
  beside.daemon_runs = true;
  const Acted acted = Must(redirections.Redirect(beside, At(500)));
  EXPECT_EQ(acted.items, 1u);
  EXPECT_EQ(acted.in_hand, 1u);
  ASSERT_TRUE(ledger->deliveries.RecordDelivered(1, 0, At(501)));
  EXPECT_THAT(InstancesFor("archive"), ElementsAre(2));
}

TEST_F(RedirectTest, AHoldOfTheOldNameHoldsTheNewOne) {
  AddOpened(1, {MakeReceived("1", {"main"}), MakeReceived("2", {"archive"})});
  ASSERT_TRUE(acts.HoldDestination({DestinationKind::pacs, "main"}, At(300)));
  EXPECT_TRUE(Must(redirections.Redirect(Pacs("main", "archive"), At(500))).held);
  EXPECT_EQ(Count("deliveries", "held"), 2);
  ASSERT_TRUE(acts.ReleaseDestination({DestinationKind::pacs, "archive"}, At(501)));
  EXPECT_THAT(InstancesFor("archive"), SizeIs(2));
}

TEST_F(RedirectTest, AHoldOfANameThatIsStillConfiguredStaysThere) {
  AddOpened(1, {MakeReceived("1", {"main"}), MakeReceived("2", {"main"})});
  ASSERT_TRUE(acts.HoldDestination({DestinationKind::pacs, "main"}, At(300)));
  ASSERT_TRUE(acts.Hold({ItemKind::delivery, 2}, At(301)));
  EXPECT_FALSE(Must(redirections.Redirect(Pacs("main", "archive", false), At(500))).held);
  EXPECT_THAT(InstancesFor("archive"), ElementsAre(1));  // the other is held by itself
  EXPECT_EQ(Must(acts.HeldDestinations()).at(0).destination.name, "main");
}

TEST_F(RedirectTest, WhatWaitsForAPartnerIsSealedAnewForTheOther) {
  CloseOne(3);
  SealAll();
  ASSERT_TRUE(ledger->send_queue.RecordFailure(1, IdOf(1), Permanent("unknown-partner"), std::nullopt));
  ASSERT_TRUE(acts.Hold({ItemKind::message, 2}, At(70)));
  const Acted acted = Must(redirections.Redirect(Partner("b", "c"), At(500)));
  EXPECT_EQ(acted.items, 3u);
  EXPECT_THAT(acted.message_keys, SizeIs(3));
  const auto waiting = Must(ledger->seal_queue.Claim(9, At(501), kLease));
  ASSERT_THAT(waiting, SizeIs(2));
  EXPECT_EQ(waiting[0].partner, "c");
  EXPECT_EQ(Count("messages", "held"), 1);
}

TEST_F(RedirectTest, WhatIsBeingSealedForTheOldPartnerIsNotSentToTheNewOne) {
  CloseOne(1);
  ASSERT_THAT(Must(ledger->seal_queue.Claim(1, At(50), kLease)), SizeIs(1));
  EXPECT_EQ(Move(Partner("b", "c")), 1u);
  SealedMessage sealed = MakeSealed("late");
  sealed.partner = "b";
  sealed.mailbox = "main";
  EXPECT_FALSE(Must(ledger->seal_queue.RecordSealed(1, sealed)));
  EXPECT_THAT(Must(ledger->seal_queue.Claim(1, At(501), kLease)), SizeIs(1));
}

TEST_F(RedirectTest, OpenShipmentsOfBothPartnersStayApart) {
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("1"), {To("b")}));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("2"), {To("c")}));
  EXPECT_EQ(Move(Partner("b", "c")), 1u);
  const auto open = Must(ledger->shipments.Quiet(At(9), 9));
  ASSERT_THAT(open, SizeIs(2));
  for (const OpenShipment& shipment : open) EXPECT_EQ(shipment.partner, "c");
  EXPECT_THAT(StrandedWith({{"c"}, {"main"}, {"main"}}), IsEmpty());
}

// The name of the shipment stays in its rule, also where what came late goes on in another one.
TEST_F(RedirectTest, WhatIsSealedHasTheRuleOfTheConfiguration) {
  const auto first = Must(ledger->intake.AddInstance(MakeInstance("1"), {To("b")}));
  const auto late = Must(ledger->intake.AddInstance(MakeInstance("2"), {To("b")}));
  ASSERT_TRUE(ledger->intake.AddInstance(MakeInstance("3"), {To("c")}));
  EXPECT_EQ(Move(Partner("b", "c")), 1u);
  ASSERT_TRUE(Must(ledger->shipments.Close(first.shipments.at(0), {{first.instance}}, At(600), "rest")));
  std::int64_t rest = 0;
  for (const OpenShipment& shipment : Must(ledger->shipments.Quiet(At(600), 9))) {
    if (shipment.items.at(0).instance == late.instance) rest = shipment.id;
  }
  ASSERT_NE(rest, first.shipments.at(0));
  ASSERT_TRUE(Must(ledger->shipments.Close(rest, {{late.instance}}, At(601))));
  const auto claimed = Must(ledger->seal_queue.Claim(9, At(700), kLease));
  ASSERT_THAT(claimed, SizeIs(2));
  EXPECT_EQ(claimed[0].rule, "rule");
  EXPECT_EQ(claimed[1].rule, "rule");
}

TEST_F(RedirectTest, AReceiptGoesToWhoeverSentTheMail) {
  for (int i = 0; i < 2; ++i) {
    Open([&](OpenedMail& opened) {
      opened.instances = {MakeReceived(std::to_string(i))};
      opened.receipt->when = ReceiptWhen::accepted;
      if (i == 1) opened.facts.sender = "radiology@d.example";
    });
  }
  EXPECT_EQ(Move(Partner("b", "c")), 1u);
  const auto receipts = ClaimReceipts(At(600));
  ASSERT_THAT(receipts, SizeIs(2));
  EXPECT_EQ(receipts[0].partner, "c");
  EXPECT_EQ(receipts[1].partner, "b");  // another's: it fails loudly, as an unknown partner's
}

TEST_F(RedirectTest, WhatCameFromARenamedPartnerCameFromItsNewName) {
  for (const char* content : {"one", "other"}) {
    Open([&](OpenedMail& opened) { opened.instances = {MakeReceived("1", {"main"}, content)}; });
  }
  const auto from = [&](const std::string& partner) {
    Session session(file());
    return session.FirstColumn<std::string>("SELECT state FROM instance WHERE partner = :partner ORDER BY id", partner);
  };
  ASSERT_THAT(from("b"), ElementsAre("accepted", "conflict"));
  EXPECT_EQ(Move(Partner("b", "c")), 3u);  // two receipts, and the conflict that waits for a person
  EXPECT_THAT(from("c"), ElementsAre("accepted", "conflict"));
  EXPECT_THAT(from("b"), IsEmpty());
}

TEST_F(RedirectTest, WhatAPartnerWithAnotherNameSentStaysItsOwn) {
  Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; });
  Redirection redirection = Partner("b", "c");
  redirection.renamed = false;
  Move(redirection);
  Session session(file());
  EXPECT_EQ(session.First<std::string>("SELECT partner FROM instance"), "b");
}

TEST_F(RedirectTest, WhatIsSealedForARenamedMailboxGoesOn) {
  CloseOne(2);
  SealAll();
  Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.receipt->when = ReceiptWhen::accepted;
  });
  AddMail();
  const KnownDestinations renamed{{"b"}, {"main"}, {"second"}};
  EXPECT_THAT(StrandedWith(renamed), ElementsAre("mailbox main 4"));
  EXPECT_EQ(Move(Mailbox("main", "second")), 4u);
  EXPECT_THAT(StrandedWith(renamed), IsEmpty());
  SealAll(ReceiptMode::none, At(501));
  EXPECT_THAT(Must(ledger->send_queue.Claim("second", 9, At(600), kLease)), SizeIs(2));
  EXPECT_THAT(Must(ledger->receipts.Claim("second", 9, At(600), kLease)), SizeIs(1));
  const auto mails = Must(ledger->open_queue.Claim(9, At(600), kLease));
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_EQ(mails[0].mailbox, "second");
}

// A person may try again what failed long ago.
TEST_F(RedirectTest, LaterReceiptsOfMailsThatWereAnsweredBeforeLeaveUnderTheNewName) {
  const ReceivedInstance instance =
      Open([](OpenedMail& opened) { opened.instances = {MakeReceived("1")}; }).instances.at(0);
  const ItemId delivery{ItemKind::delivery, DeliveryOf(instance)};
  Refuse(instance);
  const auto told = Must(ledger->receipts.Claim("main", 9, At(300), kLease));
  ASSERT_THAT(told, SizeIs(1));
  ASSERT_TRUE(ledger->receipts.RecordSent(told[0].id, "250", At(310)));
  ASSERT_TRUE(redirections.CarryPast(Mailbox("main", "second")));
  ASSERT_TRUE(redirections.CarryPast(Partner("b", "c")));
  ASSERT_TRUE(acts.Retry(delivery, At(400)));
  EXPECT_TRUE(Must(ledger->deliveries.RecordDelivered(delivery.number, 0, At(410))));
  const auto again = Must(ledger->receipts.Claim("second", 9, At(500), kLease));
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].partner, "c");
}

TEST_F(RedirectTest, MailsOfARenamedMailboxAreStrandedAlsoInQuarantine) {
  const std::int64_t quarantined = AddMail();
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(quarantined, {}, Corrupt("stranger"), At(100)));
  const std::int64_t put_off = AddMail();
  ASSERT_TRUE(ledger->open_queue.RecordFailure(put_off, Transient("unknown-mailbox"), At(9000)));
  EXPECT_THAT(StrandedWith(known), IsEmpty());
  const KnownDestinations renamed{{"b"}, {"main"}, {"second"}};
  EXPECT_THAT(StrandedWith(renamed), ElementsAre("mailbox main 2"));
  const DestinationName main{DestinationKind::mailbox, "main"};
  for (const std::optional<ItemKind> kind : {std::optional<ItemKind>(), std::optional(ItemKind::mail)}) {
    const auto rows = Must(operators->List({.state = "stranded", .kind = kind, .limit = 9, .known = renamed}));
    ASSERT_THAT(rows, SizeIs(2));
    for (const ItemSummary& row : rows) EXPECT_EQ(row.not_configured, main);
  }
  EXPECT_THAT(Must(Destinations(*database).Of({ItemKind::mail, quarantined})), ElementsAre(main));
  EXPECT_TRUE(WaitsForDestination(Must(operators->Show({ItemKind::mail, quarantined})).value()));
  EXPECT_EQ(Move(Mailbox("main", "second")), 2u);
  EXPECT_THAT(StrandedWith(renamed), IsEmpty());
  const auto mails = Must(ledger->open_queue.Claim(9, At(600), kLease));
  ASSERT_THAT(mails, SizeIs(1));
  EXPECT_EQ(mails[0].id, put_off);
}

// The new name may stand for the same account or for another one.
TEST_F(RedirectTest, WhatWasFetchedUnderTheOldNameIsKnownWhenTheSameBytesCome) {
  const auto fetched = [&](std::uint32_t uid, const std::string& mailbox) {
    NewMail mail = MakeMail(uid);
    mail.mailbox = mailbox;
    mail.folder = "INBOX";
    return mail;
  };
  const std::int64_t junk = Must(ledger->fetched_mails.Add(fetched(1, "main"))).mail;
  ASSERT_TRUE(ledger->open_queue.RecordQuarantined(junk, {}, Corrupt("stranger"), At(100)));
  const std::int64_t opened = Must(ledger->fetched_mails.Add(fetched(2, "main"))).mail;
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(opened, {MakeReceived("1")}), At(100)));
  const std::int64_t hidden = Must(ledger->fetched_mails.Add(fetched(3, "main"))).mail;
  ASSERT_TRUE(ledger->opened_mails.Record(MakeOpened(hidden, {MakeReceived("2")}), At(100)));
  Move(Mailbox("main", "second"));
  ASSERT_TRUE(redirections.CarryPast(Mailbox("main", "second")));
  // Nothing counts as being on the server, so everything there is fetched and compared.
  EXPECT_THAT(Must(ledger->fetched_mails.OnServer({"second", "INBOX"}, "7:")), IsEmpty());
  EXPECT_EQ(Must(ledger->fetched_mails.Add(fetched(1, "second"))).mail, junk);
  EXPECT_EQ(Must(ledger->fetched_mails.Add(fetched(2, "second"))).mail, opened);
  NewMail other = fetched(3, "second");
  other.sha256 = "another";
  other.spool_key = "another";
  const AddedMail added = Must(ledger->fetched_mails.Add(other));
  EXPECT_FALSE(added.known);
  EXPECT_NE(added.mail, hidden);
  EXPECT_THAT(Must(ledger->fetched_mails.OnServer({"second", "INBOX"}, "7:")), SizeIs(3));
}

TEST_F(RedirectTest, AMailThatTheNewNameHasFetchedKeepsItsIdentity) {
  NewMail mail = MakeMail(1);
  mail.folder = "INBOX";
  const std::int64_t old = Must(ledger->fetched_mails.Add(mail)).mail;
  mail.mailbox = "second";
  mail.spool_key = "again";
  const std::int64_t fetched = Must(ledger->fetched_mails.Add(mail)).mail;
  ASSERT_NE(old, fetched);
  Move(Mailbox("main", "second"));
  EXPECT_EQ(Must(ledger->fetched_mails.Add(mail)).mail, fetched);
}

// The SMTP server of the mailbox says nothing about what came in.
TEST_F(RedirectTest, AMailThatCameInDoesNotWaitForTheServerThatSends) {
  AddMail();
  ASSERT_TRUE(
      AwayDestinations(*database).RecordAway({DestinationKind::mailbox, "main"}, Transient("smtp-timeout"), At(1)));
  const auto rows = Must(operators->List({.state = {}, .kind = ItemKind::mail, .limit = 9, .known = known}));
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_FALSE(rows[0].away);
}

TEST_F(RedirectTest, ItIsLoggedAsAPersonsActAndWakesTheDaemon) {
  AddOpened(1, {MakeReceived("1")});
  Move(Pacs("main", "archive"));
  const auto told = Must(OperatorRequests(*database).Unlogged(9));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].what, "redirect");
  EXPECT_EQ(told[0].item, "pacs main to archive");
  EXPECT_FALSE(told[0].actor.empty());
  const auto woken = Must(OperatorRequests(*database).WokenDestinations());
  ASSERT_THAT(woken, SizeIs(1));
  EXPECT_EQ(TextOf(woken[0].destination), "pacs archive");
}

// `show` says why something waits, while nothing of it was tried itself.
TEST_F(RedirectTest, WhatWaitsForADestinationThatIsAwaySaysSo) {
  AddOpened(1, {MakeReceived("1", {"archive"})});
  CloseOne(1);
  AwayDestinations destinations(*database);
  ASSERT_TRUE(destinations.RecordAway({DestinationKind::pacs, "archive"}, Transient("pacs-away", "refused"), At(400)));
  ASSERT_TRUE(destinations.RecordAway({DestinationKind::pacs, "archive"}, Transient("pacs-away", "refused"), At(450)));
  ASSERT_TRUE(destinations.RecordAway({DestinationKind::mailbox, "main"}, Transient("smtp-away"), At(401)));
  const auto deliveries = Must(operators->List({.state = "waiting", .kind = ItemKind::delivery}));
  ASSERT_THAT(deliveries, SizeIs(1));
  ASSERT_TRUE(deliveries[0].away);
  EXPECT_EQ(deliveries[0].away->destination, (DestinationName{DestinationKind::pacs, "archive"}));
  EXPECT_EQ(deliveries[0].away->since, At(400));
  EXPECT_EQ(deliveries[0].away->error_code, "pacs-away");
  EXPECT_EQ(deliveries[0].away->error_detail, "refused");
  const auto messages = Must(operators->List({.state = "waiting", .kind = ItemKind::message}));
  ASSERT_TRUE(messages.at(0).away);
  EXPECT_EQ(messages.at(0).away->destination, (DestinationName{DestinationKind::mailbox, "main"}));
  EXPECT_THAT(Must(operators->GetStatus()).away, SizeIs(2));
  ASSERT_TRUE(destinations.RecordBack({DestinationKind::pacs, "archive"}));
  const auto back = Must(operators->List({.state = "waiting", .kind = ItemKind::delivery}));
  EXPECT_FALSE(back.at(0).away);
  EXPECT_TRUE(back.at(0).reason.IsEmpty());
}

TEST_F(RedirectTest, ALaneRecordsWhichOfItsDestinationsAreAway) {
  AwayDestinations destinations(*database);
  const auto away = [&] {
    std::vector<std::string> names;
    for (const Away& each : Must(destinations.All())) names.push_back(TextOf(each.destination));
    return names;
  };
  std::vector<std::string> due;
  const MailHooks hooks = RecordIn(destinations, "main", [&](const std::string& partner) { due.push_back(partner); });
  hooks.away("", Transient("smtp-away"), At(400));
  hooks.away("b", Transient("smtp-mailbox-full"), At(401));
  EXPECT_THAT(away(), ElementsAre("mailbox main", "partner b"));
  hooks.back("b");
  EXPECT_THAT(away(), ElementsAre("mailbox main"));
  hooks.back("");
  EXPECT_THAT(away(), IsEmpty());
  EXPECT_THAT(due, ElementsAre("b", ""));
}

}  // namespace
}  // namespace gateway::ledger
