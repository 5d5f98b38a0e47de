// A long random walk over all calls of all subjects of the ledger.
#pragma once

#include <algorithm>
#include <array>
#include <random>

#include "ledger/care/consistency.h"
#include "ledger/care/row_retention.h"
#include "ledger/operator_acts.h"
#include "ledger/operator_requests.h"
#include "ledger/states.h"
#include "ledger/store/database_impl.h"
#include "ledger/store/sqlite/dialect.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {

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

  std::int64_t CountRows(const KindStates& kind, const KindState& state) {
    std::string sql = "SELECT COUNT(*) FROM " + std::string(kind.table) + " WHERE state = :state";
    if (!kind.direction.empty()) sql += " AND direction = '" + std::string(kind.direction) + "'";
    return Must(database->impl().Read(
        [&](Session& session) -> Result<std::int64_t> { return *session.First<std::int64_t>(sql, state.name); }));
  }

  // Returns how many rows there are, by a statement that counts them.
  std::int64_t CountBy(const std::string& sql) {
    return Must(database->impl().Read(
        [&](Session& session) -> Result<std::int64_t> { return *session.First<std::int64_t>(sql); }));
  }

  void SendByHand() {
    NewShipment shipment;
    shipment.partner = Pick(2) == 0 ? "b" : "c";
    shipment.mailbox = "main";
    shipment.rule = "send";
    shipment.set_id = "set-of-" + shipment.partner;
    shipment.study_id = "1." + std::to_string(Pick(9));
    shipment.files.resize(Pick(3) + 1);
    for (NewShipment::File& file : shipment.files) {
      if (Pick(2) == 0) {
        file.document = MakeDocument(Uid());
      } else {
        file.instance = MakeInstance(Uid());
      }
    }
    shipment.created = now_;
    ASSERT_TRUE(ledger->intake.AddShipment(shipment));
  }

  // About any copy of any message, by id or by set.
  void ReportOne() {
    Report report;
    report.answer = static_cast<Answer>(Pick(6));
    if (Pick(3) != 0) report.partner = Pick(4) == 0 ? "c" : "b";
    if (Pick(4) == 0) {
      report.set = TelemedicineSet{"set-of-" + report.partner, Pick(3) + 1, 3};
    } else {
      report.message_ids = {MakeSealed(Key(Pick(messages_) + 1, Pick(3))).message_id};
    }
    report.words = "words";
    const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(++uid_)).value().mail;
    ASSERT_TRUE(ledger->reports.Record(report, mail, 2, now_ + Milliseconds(1000), now_));
  }

  static std::string Key(std::int64_t message, unsigned copy) {
    return std::to_string(message) + "-" + std::to_string(copy);
  }

  void StepAnswers() {
    if (Pick(3) == 0) SendByHand();
    for (int i = 0; i < 3; ++i) ReportOne();
    ASSERT_TRUE(ledger->reports.RecordOverdue(now_ - Milliseconds(9000), 2, now_));
    if (Pick(4) != 0) return;
    // Whatever it is refused for, it must leave all as it was.
    (void)ledger->shipments.Resend({ItemKind::shipment, Pick(messages_) + 1}, Pick(2) == 0, now_).ok();
    (void)ledger->shipments.Resend({ItemKind::message, Pick(messages_) + 1}, Pick(2) == 0, now_).ok();
  }

  void StepOutbound() {
    std::vector<Assignment> to;
    if (Pick(6) != 0) to.push_back(To("b", Pick(3) == 0 ? Bundling::instance : Bundling::study));
    if (Pick(6) == 0) to.push_back(To("c"));
    const auto added =
        ledger->intake.AddInstance(MakeInstance(Uid(), "1." + std::to_string(Pick(9)), now_), to).value();
    if (to.empty() && Pick(2) == 0) {
      ASSERT_TRUE(ledger->intake.AssignHeld(added.instance, {To("b")}, now_));
    }
    for (const OpenShipment& shipment : Must(ledger->shipments.Quiet(now_ - Milliseconds(3000), 2))) {
      std::vector<std::vector<std::int64_t>> messages;
      for (const auto& item : shipment.items) messages.push_back({item.instance});
      ASSERT_TRUE(ledger->shipments.Close(shipment.id, messages, now_).value());
    }
    for (const MessageToSeal& message : Must(ledger->seal_queue.Claim(3, now_, kLease))) {
      if (Pick(5) == 0) {
        ASSERT_TRUE(ledger->seal_queue.RecordFailure(message.id, Transient("x"), MaybeRetry()));
      } else {
        messages_ = std::max(messages_, static_cast<unsigned>(message.id));
        SealedMessage sealed = MakeSealed(Key(message.id, copies[message.id]++), Pick(3));
        sealed.receipt_asked = static_cast<ReceiptMode>(Pick(3));
        ASSERT_TRUE(ledger->seal_queue.RecordSealed(message.id, sealed));
      }
    }
    StepSending();
    StepAnswers();
  }

  // What may be in one worker's hand only. A receipt that is told anew, or a message sealed anew,
  // is another.
  static std::string NameOf(const MessageToSend& message) { return message.sealed.message_id; }
  static std::string NameOf(const DeliveryToMake& delivery) { return std::to_string(delivery.id); }
  static std::string NameOf(const ReceiptToSend& receipt) { return receipt.request.message_id; }

  // Whatever a person does to what a worker has in hand, no other worker gets it.
  template <typename Item, typename Claim, typename GiveBack>
  void ActOnWhatIsInHand(const std::vector<Item>& in_hand, Claim claim, GiveBack give_back) {
    if (in_hand.empty() || Pick(4) != 0) return;
    StepActs();
    StepActs();
    for (const Item& other : Must(claim())) {
      for (const Item& mine : in_hand) EXPECT_NE(NameOf(other), NameOf(mine));
      ASSERT_TRUE(give_back({other.id}));
    }
  }

  void StepSending() {
    const auto claim = [&] { return ledger->send_queue.Claim("main", 3, now_, kLease); };
    const auto claimed = Must(claim());
    ActOnWhatIsInHand(claimed, claim,
                      [&](const std::vector<std::int64_t>& ids) { return ledger->send_queue.Unclaim(ids); });
    for (const MessageToSend& message : claimed) {
      if (!message.sealed.fragments.empty()) {
        ASSERT_TRUE(
            ledger->send_queue.RecordFragmentSent(message.id, message.sealed.fragments[0].message_id, "250", now_));
      }
      switch (Pick(5)) {
        case 0:
          ASSERT_TRUE(
              ledger->send_queue.RecordFailure(message.id, message.sealed.message_id, Transient("x"), MaybeRetry()));
          break;
        case 1:
          ASSERT_TRUE(ledger->send_queue.Unclaim({message.id}));
          break;
        default:
          ASSERT_TRUE(ledger->send_queue.RecordSent(message.id, message.sealed.message_id, "250", now_));
      }
    }
    ASSERT_TRUE(ledger->shipments.OldestOpen());
    ASSERT_TRUE(ledger->file_retention.ForgetSent(now_ - Milliseconds(20'000), 5));
  }

  void StepInbound() {
    ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(++uid_)));
    ASSERT_TRUE(ledger->fetched_mails.Add(MakeMail(Pick(uid_) + 1)));
    for (const MailToOpen& mail : Must(ledger->open_queue.Claim(2, now_, kLease))) Open(mail);
    const auto claim = [&] { return ledger->deliveries.Claim("main", 3, now_, kLease); };
    const auto claimed = Must(claim());
    ActOnWhatIsInHand(claimed, claim,
                      [&](const std::vector<std::int64_t>& ids) { return ledger->deliveries.Unclaim(ids); });
    for (const DeliveryToMake& delivery : claimed) {
      switch (Pick(5)) {
        case 0:
          ASSERT_TRUE(ledger->deliveries.RecordFailure(delivery.id, Transient("x"), MaybeRetry(), now_));
          break;
        case 1:
          ASSERT_TRUE(ledger->deliveries.Unclaim({delivery.id}));
          break;
        default:
          ASSERT_TRUE(ledger->deliveries.RecordDelivered(delivery.id, 0, now_));
      }
    }
    StepReceipts();
    StepDocuments();
    ASSERT_TRUE(ledger->received_sets.RecordOverdue(now_ - Milliseconds(9000), 2));
    ASSERT_TRUE(ledger->fragments.Expire(now_ - Milliseconds(9000), 2, now_));
    ASSERT_TRUE(ledger->file_retention.ForgetStored(now_ - Milliseconds(20'000), 5));
    ASSERT_TRUE(ledger->fetched_mails.OnServer({"main"}, "7:"));
    ASSERT_TRUE(
        ledger->fetched_mails.RecordRemoved({"main"}, {IdentityOf(static_cast<std::uint32_t>(Pick(uid_) + 1))}));
  }

  void StepReceipts() {
    const auto claim = [&] { return ledger->receipts.Claim("main", 3, now_, kLease); };
    const auto claimed = Must(claim());
    ActOnWhatIsInHand(claimed, claim,
                      [&](const std::vector<std::int64_t>& ids) { return ledger->receipts.Unclaim(ids); });
    for (const ReceiptToSend& receipt : claimed) {
      switch (Pick(5)) {
        case 0:
          ASSERT_TRUE(ledger->receipts.RecordFailure(receipt.id, Transient("x"), MaybeRetry()));
          break;
        case 1:
          ASSERT_TRUE(ledger->receipts.Unclaim({receipt.id}));
          break;
        default:
          ASSERT_TRUE(ledger->receipts.RecordSent(receipt.id, "250", now_));
      }
    }
  }

  void StepDocuments() {
    for (const DocumentToFile& document : Must(ledger->documents.Claim(3, now_, kLease))) {
      switch (Pick(5)) {
        case 0:
          ASSERT_TRUE(ledger->documents.RecordFailure(document.id, Transient("x"), MaybeRetry(), now_));
          break;
        case 1:
          ASSERT_TRUE(ledger->claims.UnclaimInbound());
          break;
        case 2:
          ASSERT_TRUE(ledger->documents.RecordFiled(document.id, now_));
          break;
        case 3:
          ASSERT_TRUE(ledger->documents.RecordKept(document.id, Corrupt("document-not-convertible"), now_));
          break;
        default:
          ASSERT_TRUE(ledger->documents.RecordConverted(document.id, MakeReceived(Uid()), now_));
      }
    }
  }

  OpenedMail MakeOpenedMail(std::int64_t mail) {
    OpenedMail opened = MakeOpened(mail);
    for (unsigned i = Pick(3); i > 0; --i) {
      opened.instances.push_back(
          MakeReceived(Uid(), Pick(4) == 0 ? std::vector<std::string>() : std::vector<std::string>{"main"},
                       std::to_string(Pick(2))));
    }
    for (unsigned i = Pick(3); i > 0; --i) {
      opened.documents.push_back(MakeDocument(std::to_string(Pick(30)), std::to_string(Pick(5))));
    }
    opened.document_deadline = now_ + Milliseconds(1000);
    if (Pick(3) != 0) opened.facts.set = TelemedicineSet{"set-" + std::to_string(Pick(9)), Pick(4) + 1, 3};
    if (Pick(3) != 0) opened.receipt = MakeRequest(std::to_string(Pick(500)));
    if (Pick(8) == 0) opened.leftover = Corrupt("x");
    return opened;
  }

  void Open(const MailToOpen& mail) {
    const MailFacts facts = MakeFacts();
    switch (Pick(6)) {
      case 0:
        ASSERT_TRUE(ledger->open_queue.RecordQuarantined(mail.id, facts, Corrupt("x"), now_,
                                                         MakeRequest(std::to_string(mail.id))));
        break;
      case 1:
        ASSERT_TRUE(ledger->open_queue.RecordFailure(mail.id, Transient("x"), now_ + Milliseconds(1000)));
        break;
      case 2:
        // Joined ones are refused, as nested.
        (void)ledger->fragments.Record(mail.id, facts, {"p" + std::to_string(Pick(5)), Pick(3) + 1, 3}, now_).ok();
        break;
      default:
        ASSERT_TRUE(ledger->opened_mails.Record(MakeOpenedMail(mail.id), now_));
    }
  }

  // Whatever is refused, it must leave all as it was.
  void StepActs() {
    OperatorActs acts(*database);
    for (int i = 0; i < 4; ++i) {
      static constexpr std::array kKinds{ItemKind::message, ItemKind::shipment, ItemKind::delivery,
                                         ItemKind::receipt, ItemKind::document, ItemKind::mail};
      const ItemId id{kKinds.at(Pick(kKinds.size())), Pick(messages_) + 1};
      switch (Pick(6)) {
        case 0:
          (void)acts.Cancel(id, now_).ok();
          break;
        case 1:
        case 2:
          (void)acts.Hold(id, now_).ok();
          break;
        case 3:
          (void)acts.Release(id, now_).ok();
          break;
        default:
          (void)acts.Retry(id, now_).ok();
      }
    }
    const DestinationName destination = Pick(2) == 0
                                            ? DestinationName{DestinationKind::pacs, "main"}
                                            : DestinationName{DestinationKind::partner, Pick(2) == 0 ? "b" : "c"};
    if (Pick(12) == 0) {
      ASSERT_TRUE(acts.HoldDestination(destination, now_));
    }
    for (const HeldDestination& held : Must(acts.HeldDestinations())) {
      if (Pick(6) == 0) {
        ASSERT_TRUE(acts.ReleaseDestination(held.destination, now_));
      }
    }
    if (Pick(9) == 0) {
      ASSERT_TRUE(acts.RetryDestination(destination, now_));
      ASSERT_TRUE(acts.RetryAll({{"b", "c"}, {"main"}, {"main", "second"}}, now_));
    }
    ASSERT_TRUE(OperatorRequests(*database).WokenDestinations());
  }

  // A whole walk of the retention over what is done for a while.
  void ForgetRows() {
    RowRetention rows(*database);
    for (bool over = false; !over;) {
      const RowRetention::Step step = Must(rows.ForgetSome(now_ - Milliseconds(40'000)));
      forgotten_ += step.forgotten;
      over = step.walk_over;
    }
  }

  void ExpectAgreement() {
    for (const Disagreement& found : Must(Consistency(*database).Check(std::nullopt, now_))) {
      ADD_FAILURE() << gateway::NameOf(found.kind) << " " << found.item;
    }
  }

  void StepOperator() {
    for (const QuarantineItem& item : Must(operators->Items())) {
      ASSERT_TRUE(operators->ItemOf(item.id));
      if (Pick(3) == 0) {
        ASSERT_TRUE(operators->Drop(item.id, now_));
      }
      if (Pick(3) != 0) continue;
      ASSERT_TRUE(operators->ReleaseMail(item.id.number, now_));
      ASSERT_TRUE(operators->ReleaseDocument(item.id.number, {}, now_, now_));
      ASSERT_TRUE(operators->ReleaseReceivedInstance(item.id.number, {"main"}, now_));
    }
    ASSERT_TRUE(operators->GetStatus());
    ASSERT_TRUE(operators->List({}));
    for (const char kind : {'I', 'S', 'M', 'R', 'D', 'A', 'T', 'N'}) {
      ASSERT_TRUE(operators->List({.state = "failed", .kind = static_cast<ItemKind>(kind)}));
      ASSERT_TRUE(operators->Show({static_cast<ItemKind>(kind), Pick(50) + 1}));
    }
    ASSERT_TRUE(operators->HasInstance("x"));
    ASSERT_TRUE(operators->HasMessage("x"));
    ASSERT_TRUE(operators->HasMail("x"));
    ASSERT_TRUE(operators->HasDocument("x"));
    ASSERT_TRUE(operators->ItemsOfStudy("1." + std::to_string(Pick(9))));
    ASSERT_TRUE(ledger->claims.UnclaimOutbound());
    ASSERT_TRUE(ledger->claims.UnclaimInbound());
  }

  void Walk(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += Milliseconds(700);
      StepOutbound();
      StepInbound();
      if (i % 4 == 0) StepActs();
      if (i % 25 == 0) StepOperator();
      if (i % 50 == 49) ForgetRows();
    }
  }

  std::mt19937 random_{4711};
  Time now_ = At(1000);
  std::uint32_t uid_ = 0;
  unsigned messages_ = 1;  // the highest id so far
  std::size_t forgotten_ = 0;
};

}  // namespace gateway::ledger
