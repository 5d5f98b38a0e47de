// A long random walk over all calls, then: the counts agree with the tables, and no statement of the walk reads a
// growing table from end to end.
#include <algorithm>
#include <random>
#include <set>

#include "ledger/database_impl.h"
#include "ledger/dialect.h"
#include "ledger/states.h"
#include "ledger_fixture.h"

namespace gateway::ledger {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// In memory where there is such a place: thousands of transactions, none of them about durability.
std::filesystem::path FastDirectory() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

class RandomWalkTest : public LedgerTest {
 protected:
  RandomWalkTest() : LedgerTest(FastDirectory()) {}

  // All that the walk prepared, in the writing and the reading session.
  std::vector<std::string> Statements() {
    const auto collect = [](Session& session) -> Result<std::vector<std::string>> { return session.Statements(); };
    std::vector<std::string> statements = Must(database->impl().Write(collect));
    for (std::string& sql : Must(database->impl().Read(collect))) statements.push_back(std::move(sql));
    return statements;
  }
  std::vector<std::string> Plan(const std::string& sql) {
    return Must(database->impl().Read(
        [&](Session& session) -> Result<std::vector<std::string>> { return dialect::Explain(session, sql); }));
  }

  unsigned Pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }
  std::optional<Time> MaybeRetry() { return Pick(3) == 0 ? std::nullopt : std::optional(now_ + Milliseconds(2000)); }
  std::string Uid() { return "1.2." + std::to_string(Pick(200)); }

  std::int64_t CountRows(const KindStates& kind, std::string_view state) {
    std::string sql = "SELECT COUNT(*) FROM " + std::string(kind.table) + " WHERE state = :state";
    if (kind.kind == "instances_out") sql += " AND direction = 'out'";
    if (kind.kind == "instances_in") sql += " AND direction = 'in'";
    return Must(database->impl().Read(
        [&](Session& session) -> Result<std::int64_t> { return *session.First<std::int64_t>(sql, state); }));
  }

  void StepOutbound() {
    std::vector<Assignment> to;
    if (Pick(6) != 0) to.push_back(To("b", Pick(3) == 0 ? Release::instance : Release::study));
    if (Pick(6) == 0) to.push_back(To("c"));
    const auto added = outbound->AddInstance(MakeInstance(Uid(), "1." + std::to_string(Pick(9)), now_), to).value();
    if (to.empty() && Pick(2) == 0) {
      ASSERT_TRUE(outbound->AssignHeld(added.instance, {To("b")}, now_));
    }
    for (const OpenShipment& shipment : Must(outbound->QuietShipments(now_ - Milliseconds(3000), 2))) {
      std::vector<std::vector<std::int64_t>> messages;
      for (const auto& item : shipment.items) messages.push_back({item.instance});
      ASSERT_TRUE(outbound->CloseShipment(shipment.id, messages, now_).value());
    }
    for (const MessageToSeal& message : Must(outbound->ClaimToSeal(3, now_, kLease))) {
      if (Pick(5) == 0) {
        ASSERT_TRUE(outbound->RecordSealFailure(message.id, Transient("x"), MaybeRetry()));
      } else {
        ASSERT_TRUE(outbound->RecordSealed(message.id, MakeSealed(std::to_string(message.id), Pick(3))));
      }
    }
    StepSending();
  }

  void StepSending() {
    for (const MessageToSend& message : Must(outbound->ClaimToSend("main", 3, now_, kLease))) {
      ASSERT_TRUE(outbound->RecordFragmentSent(message.id, 1, "250", now_));
      switch (Pick(5)) {
        case 0:
          ASSERT_TRUE(outbound->RecordSendFailure(message.id, Transient("x"), MaybeRetry()));
          break;
        case 1:
          ASSERT_TRUE(outbound->Unclaim({message.id}));
          break;
        default:
          ASSERT_TRUE(outbound->RecordSent(message.id, "250", now_));
      }
    }
    ASSERT_TRUE(outbound->OldestOpenShipment());
    ASSERT_TRUE(outbound->ForgetFiles(now_ - Milliseconds(20'000), 5));
  }

  void StepInbound() {
    ASSERT_TRUE(inbound->AddMail(MakeMail(++uid_)));
    ASSERT_TRUE(inbound->AddMail(MakeMail(Pick(uid_) + 1)));
    for (const MailToOpen& mail : Must(inbound->ClaimToOpen(2, now_, kLease))) Open(mail);
    for (const DeliveryToMake& delivery : Must(inbound->ClaimDeliveries("main", 3, now_, kLease))) {
      switch (Pick(5)) {
        case 0:
          ASSERT_TRUE(inbound->RecordDeliveryFailure(delivery.id, Transient("x"), MaybeRetry()));
          break;
        case 1:
          ASSERT_TRUE(inbound->UnclaimDeliveries({delivery.id}));
          break;
        default:
          ASSERT_TRUE(inbound->RecordDelivered(delivery.id, 0, now_));
      }
    }
    ASSERT_TRUE(inbound->ForgetFiles(now_ - Milliseconds(20'000), 5));
    ASSERT_TRUE(inbound->MailsOnServer("main", 7));
    ASSERT_TRUE(inbound->RecordRemoved("main", 7, {Pick(uid_) + 1}));
  }

  void Open(const MailToOpen& mail) {
    const MailFacts facts = MakeFacts();
    switch (Pick(6)) {
      case 0:
        ASSERT_TRUE(inbound->RecordQuarantined(mail.id, facts, Corrupt("x"), now_));
        break;
      case 1:
        ASSERT_TRUE(inbound->RecordOpenFailure(mail.id, Transient("x"), now_ + Milliseconds(1000)));
        break;
      case 2:
        // Joined ones are refused, as nested.
        (void)inbound->RecordFragment(mail.id, facts, {"p" + std::to_string(Pick(5)), Pick(3) + 1, 3}, now_).ok();
        break;
      default: {
        OpenedMail opened{mail.id, facts, {}, {}};
        for (unsigned i = Pick(3); i > 0; --i) {
          opened.instances.push_back(
              MakeReceived(Uid(), Pick(4) == 0 ? std::vector<std::string>() : std::vector<std::string>{"main"},
                           std::to_string(Pick(2))));
        }
        if (Pick(8) == 0) opened.leftover = Corrupt("x");
        ASSERT_TRUE(inbound->RecordOpened(opened, now_));
      }
    }
  }

  void StepOperator() {
    for (const QuarantineItem& item : Must(operators->Quarantine())) {
      ASSERT_TRUE(operators->QuarantineItemOf(item.id));
      if (Pick(3) == 0) {
        ASSERT_TRUE(operators->Drop(item.id, now_));
      }
      if (Pick(3) != 0) continue;
      ASSERT_TRUE(operators->ReleaseMail(item.id.number, now_));
      ASSERT_TRUE(operators->ReleaseReceivedInstance(item.id.number, {"main"}, now_));
    }
    ASSERT_TRUE(operators->List({}));
    for (const char kind : {'I', 'S', 'M', 'R', 'D'}) {
      ASSERT_TRUE(operators->List({.state = "failed", .kind = static_cast<ItemKind>(kind)}));
      ASSERT_TRUE(operators->Show({static_cast<ItemKind>(kind), Pick(50) + 1}));
    }
    ASSERT_TRUE(operators->KnowsInstanceFile("x"));
    ASSERT_TRUE(operators->KnowsMessageFile("x"));
    ASSERT_TRUE(operators->KnowsMailFile("x"));
    ASSERT_TRUE(outbound->UnclaimAll());
    ASSERT_TRUE(inbound->UnclaimAll());
  }

  void Walk(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += Milliseconds(700);
      StepOutbound();
      StepInbound();
      if (i % 25 == 0) StepOperator();
    }
  }

  std::mt19937 random_{4711};
  Time now_ = At(1000);
  std::uint32_t uid_ = 0;
};

TEST_F(RandomWalkTest, CountsAgreeWithTheTables) {
  std::set<std::string> seen;
  for (int leg = 0; leg < 12; ++leg) {
    Walk(33);
    const auto counts = Must(operators->GetStatus()).counts;
    for (const KindStates& kind : AllStates()) {
      for (const std::string_view state : kind.states) {
        const std::int64_t count = counts.at(std::string(kind.kind)).at(std::string(state));
        EXPECT_EQ(count, CountRows(kind, state)) << kind.kind << " " << state;
        if (count > 0) seen.insert(std::string(kind.kind) + std::string(state));
      }
    }
  }
  EXPECT_GE(seen.size(), 24u);  // of 25: a walk that went nowhere would prove nothing
}

TEST_F(RandomWalkTest, NoStatementScansAGrowingTable) {
  Walk(60);
  const std::vector<std::string> statements = Statements();
  EXPECT_GE(statements.size(), 60u);
  for (const std::string& sql : statements) {
    if (!sql.starts_with("SELECT") && !sql.starts_with("UPDATE") && !sql.starts_with("INSERT")) continue;
    // `list` walks the primary key backwards, as far as its limit; state_count does not grow.
    if (sql.ends_with("ORDER BY t.id DESC LIMIT :limit") || sql.ends_with("FROM state_count")) continue;
    // The check at opening: the first row it comes to, and the schema.
    if (sql.find(" WHERE ") == sql.npos && sql.ends_with("LIMIT 1")) continue;
    if (sql.find("FROM sqlite_master") != sql.npos) continue;
    EXPECT_THAT(Plan(sql), Each(Not(StartsWith("SCAN")))) << sql;
  }
}

TEST_F(RandomWalkTest, ClaimsReadTheIndicesMadeForThem) {
  Walk(60);
  std::set<std::string> used;
  for (const std::string& sql : Statements()) {
    if (sql.find("claimed_until = :until") == std::string::npos) continue;
    const std::vector<std::string> plan = Plan(sql);
    EXPECT_THAT(plan, Each(Not(HasSubstr("ORDER BY")))) << sql;  // no sorting either
    for (const std::string index : {"message_seal", "message_send", "mail_open", "delivery_claim"}) {
      if (std::any_of(plan.begin(), plan.end(), [&](const std::string& s) { return s.find(index) != s.npos; })) {
        used.insert(index);
      }
    }
  }
  EXPECT_THAT(used, SizeIs(4));
}

}  // namespace
}  // namespace gateway::ledger
