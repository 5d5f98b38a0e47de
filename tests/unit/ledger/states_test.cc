#include "ledger/states.h"

#include "ledger/error_codes.h"
#include "ledger/row_words.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sql.h"
#include "ledger_fixture.h"

namespace gateway::ledger {
namespace {

using ::testing::ElementsAre;

template <ItemState State>
void ExpectRoundTrip() {
  const auto& names = WordTable<State>::kWords;
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(FromWord<State>(names[i]), static_cast<State>(i)) << names[i];
    EXPECT_EQ(NameOf(static_cast<State>(i)), names[i]);
  }
  EXPECT_EQ(FromWord<State>("lost"), std::nullopt);
  EXPECT_EQ(FromWord<State>(""), std::nullopt);
}

TEST(States, HaveTheirNamesAndNoOther) {
  ExpectRoundTrip<InstanceState>();
  ExpectRoundTrip<ShipmentState>();
  ExpectRoundTrip<MessageState>();
  ExpectRoundTrip<FragmentState>();
  ExpectRoundTrip<MailState>();
  ExpectRoundTrip<DeliveryState>();
  ExpectRoundTrip<ReceiptState>();
  ExpectRoundTrip<SetState>();
  ExpectRoundTrip<DocumentState>();
}

// A name that changes needs a migration: it stands in the rows of every ledger.
TEST(States, AreCalledInRowsAsBefore) {
  const auto all = [](auto... states) { return std::vector<std::string_view>{NameOf(states)...}; };
  using M = MessageState;
  EXPECT_THAT(all(M::waiting, M::sealed, M::held, M::sent, M::overdue, M::delivered, M::warning, M::refused, M::bounced,
                  M::failed, M::cancelled),
              ElementsAre("waiting", "sealed", "held", "sent", "overdue", "delivered", "warning", "refused", "bounced",
                          "failed", "cancelled"));
  using I = InstanceState;
  EXPECT_THAT(all(I::routed, I::held, I::accepted, I::stored, I::undeliverable, I::conflict, I::dropped),
              ElementsAre("routed", "held", "accepted", "stored", "undeliverable", "conflict", "dropped"));
  using R = MailState;
  EXPECT_THAT(all(R::fetched, R::opened, R::fragment, R::joined, R::report, R::quarantined, R::dropped),
              ElementsAre("fetched", "opened", "fragment", "joined", "report", "quarantined", "dropped"));
  using D = DocumentState;
  EXPECT_THAT(all(D::routed, D::waiting, D::converted, D::filed, D::kept, D::quarantined, D::dropped),
              ElementsAre("routed", "waiting", "converted", "filed", "kept", "quarantined", "dropped"));
}

// Such a word stands in the rows of every ledger, too.
TEST(RowWords, AreThoseOfEveryLedgerAndNoOther) {
  EXPECT_THAT(WordTable<Bundling>::kWords, ElementsAre("study", "instance", "series"));
  EXPECT_THAT(WordTable<DestinationKind>::kWords, ElementsAre("partner", "pacs", "mailbox"));
  EXPECT_THAT(WordTable<Direction>::kWords, ElementsAre("out", "in"));
  EXPECT_THAT(WordTable<ReceiptMode>::kWords, ElementsAre("", "mdn", "pgp"));
  EXPECT_THAT(WordTable<ReceiptKind>::kWords, ElementsAre("mdn", "pgp"));
  EXPECT_THAT(WordTable<Disposition>::kWords,
              ElementsAre("displayed", "displayed/warning", "deleted/error", "deleted"));
  for (const Disposition disposition :
       {Disposition::displayed, Disposition::displayed_warning, Disposition::deleted_error, Disposition::deleted}) {
    EXPECT_EQ(FromWord<Disposition>(WordOf(disposition)), disposition);
  }
  EXPECT_EQ(FromWord<Disposition>(""), std::nullopt);
  EXPECT_EQ(FromWord<ReceiptKind>("MDN"), std::nullopt);
}

TEST(ErrorCodes, StandInSqlAsLiterals) {
  static constexpr std::array kList{codes::kNoRoute, codes::kOvertaken};
  EXPECT_EQ(Sql("error_code = ", codes::kNoRoute, " OR error_code ", In(codes::kNoRoute, codes::kOvertaken)),
            "error_code = 'no-route' OR error_code IN ('no-route', 'overtaken')");
  EXPECT_EQ(Sql("error_code ", NotIn(kList)), "error_code NOT IN ('no-route', 'overtaken')");
}

TEST(States, StandInSqlAsLiterals) {
  EXPECT_EQ(Sql("state = ", MessageState::sealed, " AND state ", In(MailState::opened, MailState::joined)),
            "state = 'sealed' AND state IN ('opened', 'joined')");
  EXPECT_EQ(Sql("state ", NotIn(SetState::complete)), "state NOT IN ('complete')");
  EXPECT_EQ(Sql(KindState(ReceiptState::due)), "'due'");
}

class StatesTest : public LedgerTest {};

TEST_F(StatesTest, ARowInAnUnknownStateIsDamage) {
  Must(ledger->fetched_mails.Add(MakeMail(1)));
  ASSERT_TRUE(database->impl().Write([](Session& session) -> Result<void> {
    session.Execute("UPDATE mail SET state = 'lost'");
    return {};
  }));
  const auto opened = ledger->opened_mails.Record(MakeOpened(1), At(1));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "ledger-damaged");
  EXPECT_EQ(opened.error().detail, "a row is in the unknown state 'lost'");
}

TEST_F(StatesTest, AReceiptWithAnUnknownDispositionIsDamage) {
  ReceiptRequest request;
  request.original_message_id = "1@b.example";
  request.message_id = "2@a.example";
  request.when = ReceiptWhen::accepted;
  OpenedMail opened = MakeOpened(Must(ledger->fetched_mails.Add(MakeMail(1))).mail);
  opened.receipt = request;
  ASSERT_TRUE(ledger->opened_mails.Record(opened, At(1)));
  ASSERT_TRUE(database->impl().Write([](Session& session) -> Result<void> {
    session.Execute("UPDATE receipt SET disposition = 'lost'");
    return {};
  }));
  const auto claimed = ledger->receipts.Claim("main", 9, At(2), kLease);
  ASSERT_FALSE(claimed);
  EXPECT_EQ(claimed.error().code, "ledger-damaged");
  EXPECT_EQ(claimed.error().detail, "a row has the unknown word 'lost'");
}

}  // namespace
}  // namespace gateway::ledger
