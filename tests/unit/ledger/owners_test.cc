// Two nodes on one ledger: whose claim is whose, and whose outcome counts.
#include <atomic>
#include <set>
#include <thread>

#include "ledger/store/database_impl.h"
#include "ledger/store/schema.h"
#include "ledger/store/sqlite/dialect.h"
#include "reports_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Time kLeaseOver = At(50) + kLease + Milliseconds(1);

struct Node {
  Node(const std::filesystem::path& file, const std::string& name)
      : database(Must(Database::Open(file, OpenMode::existing, name))), ledger(*database) {}
  void Start() {
    ASSERT_TRUE(ledger.claims.UnclaimOutbound());
    ASSERT_TRUE(ledger.claims.UnclaimInbound());
  }
  std::vector<std::int64_t> ClaimToSeal(Time now, std::size_t limit = 99) {
    return Ids(Must(ledger.seal_queue.Claim(limit, now, kLease)));
  }
  std::vector<std::int64_t> ClaimToSend(Time now, std::size_t limit = 99) {
    return Ids(Must(ledger.send_queue.Claim("main", limit, now, kLease)));
  }
  std::vector<std::int64_t> ClaimToOpen(Time now) { return Ids(Must(ledger.open_queue.Claim(99, now, kLease))); }
  std::vector<std::int64_t> ClaimDeliveries(Time now) {
    return Ids(Must(ledger.deliveries.Claim("main", 99, now, kLease)));
  }
  std::vector<std::int64_t> ClaimReceipts(Time now) {
    return Ids(Must(ledger.receipts.Claim("main", 99, now, kLease)));
  }
  std::vector<std::int64_t> ClaimDocuments(Time now) { return Ids(Must(ledger.documents.Claim(99, now, kLease))); }

  std::unique_ptr<Database> database;
  Subjects ledger;

 private:
  template <typename Item>
  static std::vector<std::int64_t> Ids(const std::vector<Item>& items) {
    std::vector<std::int64_t> ids;
    for (const Item& item : items) ids.push_back(item.id);
    return ids;
  }
};

class OwnersTest : public ReportsTest {
 protected:
  std::int64_t AddMail(std::uint32_t uid) { return ledger->fetched_mails.Add(MakeMail(uid)).value().mail; }
  // A mail with a receipt that is due and a document that waits; both were claimable before the
  // call returned.
  std::int64_t AddAnswered(std::uint32_t uid) {
    OpenedMail opened = MakeOpened(AddMail(uid));
    NewDocument document;
    document.content_type = "application/pdf";
    document.sha256 = "sha-of-document-" + std::to_string(uid);
    document.spool_key = "document-" + std::to_string(uid);
    opened.documents.push_back(document);
    ReceiptRequest request;
    request.original_message_id = std::to_string(uid) + "@b.example";
    request.message_id = "receipt-" + std::to_string(uid) + "@a.example";
    request.when = ReceiptWhen::accepted;
    opened.receipt = request;
    EXPECT_TRUE(ledger->opened_mails.Record(opened, At(10)));
    return opened.mail;
  }

  Node one{file(), "node-1"};
  Node two{file(), "node-2"};
};

TEST_F(OwnersTest, TwoNodesNeverHaveOneItemInHand) {
  constexpr unsigned kMessages = 60;
  CloseOne(kMessages);
  std::vector<std::int64_t> claimed[2];
  {
    std::jthread first([&] {
      for (auto ids = one.ClaimToSeal(At(50), 2); !ids.empty(); ids = one.ClaimToSeal(At(50), 2)) {
        claimed[0].insert(claimed[0].end(), ids.begin(), ids.end());
      }
    });
    for (auto ids = two.ClaimToSeal(At(50), 3); !ids.empty(); ids = two.ClaimToSeal(At(50), 3)) {
      claimed[1].insert(claimed[1].end(), ids.begin(), ids.end());
    }
  }
  std::set<std::int64_t> all;
  for (const auto& ids : claimed) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(claimed[0].size() + claimed[1].size(), kMessages);
  EXPECT_THAT(all, SizeIs(kMessages));
}

TEST_F(OwnersTest, AStartVoidsItsOwnClaimsOnly) {
  CloseOne(2);
  EXPECT_THAT(one.ClaimToSeal(At(50), 1), ElementsAre(1));
  EXPECT_THAT(two.ClaimToSeal(At(50), 1), ElementsAre(2));
  AddMail(1);
  EXPECT_THAT(two.ClaimToOpen(At(50)), ElementsAre(1));
  AddOpened(2, {MakeReceived("1")});
  EXPECT_THAT(two.ClaimDeliveries(At(50)), ElementsAre(1));
  AddAnswered(3);
  EXPECT_THAT(two.ClaimReceipts(At(50)), SizeIs(1));
  EXPECT_THAT(two.ClaimDocuments(At(50)), SizeIs(1));
  one.Start();
  EXPECT_THAT(one.ClaimToSeal(At(51)), ElementsAre(1));
  EXPECT_THAT(one.ClaimToOpen(At(51)), IsEmpty());
  EXPECT_THAT(one.ClaimDeliveries(At(51)), IsEmpty());
  EXPECT_THAT(one.ClaimReceipts(At(51)), IsEmpty());
  EXPECT_THAT(one.ClaimDocuments(At(51)), IsEmpty());
  two.Start();
  EXPECT_THAT(one.ClaimToSeal(At(52)), ElementsAre(2));
  EXPECT_THAT(one.ClaimToOpen(At(52)), ElementsAre(1));
  EXPECT_THAT(one.ClaimReceipts(At(52)), SizeIs(1));
  EXPECT_THAT(one.ClaimDocuments(At(52)), SizeIs(1));
  const auto deliveries = Must(one.ledger.deliveries.Claim("main", 9, At(52), kLease));
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_TRUE(deliveries[0].in_doubt);
}

// What node 1 had in hand goes to node 2, which had nothing to do with it.
TEST_F(OwnersTest, AClaimWhoseTimeIsOverIsTakenOver) {
  CloseOne(1);
  AddOpened(2, {MakeReceived("1")});
  EXPECT_THAT(one.ClaimToSeal(At(50)), ElementsAre(1));
  EXPECT_THAT(one.ClaimDeliveries(At(50)), ElementsAre(1));
  EXPECT_THAT(two.ClaimToSeal(At(50) + kLease), IsEmpty());
  EXPECT_THAT(two.ClaimToSeal(kLeaseOver), ElementsAre(1));
  const auto deliveries = Must(two.ledger.deliveries.Claim("main", 9, kLeaseOver, kLease));
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_TRUE(deliveries[0].in_doubt) << "node 1 may have stored it";
  one.Start();
  EXPECT_THAT(one.ClaimToSeal(kLeaseOver), IsEmpty()) << "it is node 2's now";
}

TEST_F(OwnersTest, AClaimOfNobodyIsVoidedByTheFirstStart) {
  CloseOne(1);
  EXPECT_THAT(Must(ledger->seal_queue.Claim(9, At(50), kLease)), SizeIs(1));
  EXPECT_THAT(one.ClaimToSeal(At(51)), IsEmpty());
  one.Start();
  EXPECT_THAT(one.ClaimToSeal(At(51)), ElementsAre(1));
}

TEST_F(OwnersTest, ALateSealOfTheFormerOwnerLoses) {
  CloseOne(1);
  EXPECT_THAT(one.ClaimToSeal(At(50)), ElementsAre(1));
  EXPECT_THAT(two.ClaimToSeal(kLeaseOver), ElementsAre(1));
  EXPECT_FALSE(Must(one.ledger.seal_queue.RecordSealed(1, MakeSealed("late"))));
  EXPECT_FALSE(Must(one.ledger.seal_queue.RecordFailure(1, Permanent("key-not-usable"), std::nullopt)));
  ASSERT_TRUE(one.ledger.send_queue.Unclaim({1}));
  MessageToSeal late;
  late.id = 1;
  late.partner = "other";
  ASSERT_TRUE(one.ledger.seal_queue.Defer(late, At(9000), kLeaseOver));
  EXPECT_THAT(one.ClaimToSeal(kLeaseOver), IsEmpty()) << "node 2 has it in hand";
  EXPECT_TRUE(Must(two.ledger.seal_queue.RecordSealed(1, MakeSealed("good"))));
  const auto sealed = Must(two.ledger.send_queue.Claim("main", 9, kLeaseOver, kLease));
  ASSERT_THAT(sealed, SizeIs(1));
  EXPECT_EQ(sealed[0].sealed.spool_key, "good");
  EXPECT_EQ(sealed[0].tries, 0u);
}

TEST_F(OwnersTest, ALateFailureToSendLosesAndWhatHasLeftCounts) {
  CloseOne(1);
  SealAll();
  EXPECT_THAT(one.ClaimToSend(At(50)), ElementsAre(1));
  EXPECT_THAT(two.ClaimToSend(kLeaseOver), ElementsAre(1));
  EXPECT_FALSE(Must(one.ledger.send_queue.RecordFailure(1, IdOf(1), Permanent("smtp-refused"), std::nullopt)));
  SealedMessage cut = MakeSealed("eml-1", 2);
  cut.message_id = IdOf(1);
  EXPECT_FALSE(Must(one.ledger.send_queue.RecordCut(1, cut)));
  MessageToSend late;
  late.id = 1;
  late.partner = "other";
  ASSERT_TRUE(one.ledger.send_queue.Defer(late, "main", At(9000), kLeaseOver));
  EXPECT_THAT(one.ClaimToSend(kLeaseOver), IsEmpty()) << "node 2 has it in hand";
  // The mail is out, whoever says so, and once.
  EXPECT_TRUE(Must(one.ledger.send_queue.RecordSent(1, IdOf(1), "250 ok", kLeaseOver)));
  EXPECT_FALSE(Must(two.ledger.send_queue.RecordSent(1, IdOf(1), "250 ok", kLeaseOver)));
  EXPECT_FALSE(Must(two.ledger.send_queue.RecordFailure(1, IdOf(1), Permanent("smtp-refused"), std::nullopt)));
  EXPECT_EQ(Count("messages", "sent"), 1);
}

TEST_F(OwnersTest, ALateOutcomeOfAMailLoses) {
  const std::int64_t mail = AddMail(1);
  EXPECT_THAT(one.ClaimToOpen(At(50)), ElementsAre(mail));
  EXPECT_THAT(two.ClaimToOpen(kLeaseOver), ElementsAre(mail));
  EXPECT_TRUE(
      Is(one.ledger.opened_mails.Record(MakeOpened(mail, {MakeReceived("1")}), kLeaseOver).error(), codes::kClaimLost));
  EXPECT_TRUE(Is(one.ledger.fragments.Record(mail, MakeFacts(), {"p", 1, 2}, kLeaseOver).error(), codes::kClaimLost));
  EXPECT_TRUE(Is(
      one.ledger.reports.Record(MakeReport(Answer::delivered, "x@a.example"), mail, 3, kLeaseOver, kLeaseOver).error(),
      codes::kClaimLost));
  ASSERT_TRUE(one.ledger.open_queue.RecordQuarantined(mail, MakeFacts(), Corrupt("bad"), kLeaseOver));
  ASSERT_TRUE(one.ledger.open_queue.RecordFailure(mail, Transient("bad"), At(9000)));
  EXPECT_THAT(Must(one.ledger.open_queue.RecordStandIn(mail, Transient("bad"), kLeaseOver)), IsEmpty());
  ASSERT_TRUE(one.ledger.open_queue.RecordTurn(mail, Turn::slow));
  EXPECT_EQ(Count("mails", "fetched"), 1);
  EXPECT_EQ(Count("instances_in", "accepted"), 0);
  EXPECT_THAT(Must(one.ledger.open_queue.Claim(9, kLeaseOver, kLease, true)), IsEmpty());
  ASSERT_TRUE(two.ledger.opened_mails.Record(MakeOpened(mail, {MakeReceived("1")}), kLeaseOver));
  EXPECT_EQ(Count("instances_in", "accepted"), 1);
  EXPECT_EQ(Count("mails", "opened"), 1);
}

TEST_F(OwnersTest, ALateFailureToDeliverLosesAndWhatIsStoredCounts) {
  AddOpened(1, {MakeReceived("1")});
  EXPECT_THAT(one.ClaimDeliveries(At(50)), ElementsAre(1));
  EXPECT_THAT(two.ClaimDeliveries(kLeaseOver), ElementsAre(1));
  EXPECT_FALSE(Must(one.ledger.deliveries.RecordFailure(1, Permanent("pacs-refused"), std::nullopt, kLeaseOver)));
  ASSERT_TRUE(one.ledger.deliveries.Unclaim({1}));
  EXPECT_THAT(one.ClaimDeliveries(kLeaseOver), IsEmpty());
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
  ASSERT_TRUE(one.ledger.deliveries.RecordDelivered(1, 0, kLeaseOver));
  EXPECT_EQ(Count("deliveries", "stored"), 1);
  EXPECT_FALSE(Must(two.ledger.deliveries.RecordFailure(1, Permanent("pacs-refused"), std::nullopt, kLeaseOver)));
  EXPECT_EQ(Count("deliveries", "stored"), 1);
}

TEST_F(OwnersTest, ALateFailureOfAReceiptLosesAndWhatHasLeftCounts) {
  AddAnswered(1);
  EXPECT_THAT(one.ClaimReceipts(At(50)), ElementsAre(1));
  EXPECT_THAT(two.ClaimReceipts(kLeaseOver), ElementsAre(1));
  ASSERT_TRUE(one.ledger.receipts.RecordFailure(1, Permanent("smtp-refused"), std::nullopt));
  ASSERT_TRUE(one.ledger.receipts.Unclaim({1}));
  ReceiptToSend late;
  late.id = 1;
  late.partner = "other";
  ASSERT_TRUE(one.ledger.receipts.Defer(late, "main", At(9000), kLeaseOver));
  EXPECT_THAT(one.ClaimReceipts(kLeaseOver), IsEmpty());
  EXPECT_EQ(Count("receipts", "due"), 1);
  ASSERT_TRUE(one.ledger.receipts.RecordSent(1, "250 ok", kLeaseOver));
  EXPECT_EQ(Count("receipts", "sent"), 1);
}

TEST_F(OwnersTest, ALateOutcomeOfADocumentLoses) {
  AddAnswered(1);
  EXPECT_THAT(one.ClaimDocuments(At(50)), ElementsAre(1));
  EXPECT_THAT(two.ClaimDocuments(kLeaseOver), ElementsAre(1));
  EXPECT_TRUE(Is(one.ledger.documents.RecordConverted(1, MakeReceived("1"), kLeaseOver).error(), codes::kClaimLost));
  ASSERT_TRUE(one.ledger.documents.RecordKept(1, Corrupt("bad"), kLeaseOver));
  ASSERT_TRUE(one.ledger.documents.RecordFailure(1, Corrupt("bad"), std::nullopt, kLeaseOver));
  EXPECT_EQ(Count("documents_in", "waiting"), 1);
  EXPECT_THAT(one.ClaimDocuments(kLeaseOver), IsEmpty());
  ASSERT_TRUE(two.ledger.documents.RecordConverted(1, MakeReceived("1"), kLeaseOver));
  EXPECT_EQ(Count("documents_in", "converted"), 1);
}

// A ledger of version 5 knows no owners.
TEST_F(OwnersTest, TheFirstStartOnAnOlderLedgerVoidsAllItsClaims) {
  const std::filesystem::path old = directory.path() / "old.db";
  {
    Session session(old);
    dialect::SetUpNew(session);
    session.Execute("BEGIN");
    dialect::MarkAsLedger(session);
    Migrate(session, std::span(Migrations()).first(5), At(0));
    session.Execute(
        "INSERT INTO mail (state, mailbox, on_server, size, sha256, fetched, claimed_until) VALUES ('fetched', 'main', "
        "0, 5, 's', 1000, :until)",
        At(5000));
    session.Execute("COMMIT");
  }
  Must(Database::Open(old, OpenMode::create, "node-1")).reset();
  Node node(old, "node-1");
  EXPECT_THAT(node.ClaimToOpen(At(50)), IsEmpty());
  node.Start();
  EXPECT_THAT(node.ClaimToOpen(At(50)), ElementsAre(1));
  ASSERT_TRUE(node.ledger.opened_mails.Record(MakeOpened(1, {MakeReceived("1")}), At(51)));
}

}  // namespace
}  // namespace gateway::ledger
