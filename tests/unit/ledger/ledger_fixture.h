// A ledger of its own in a private directory, and makers of what goes into it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/known_files.h"
#include "ledger/operator_ledger.h"
#include "ledger/quarantine_ledger.h"
#include "ledger/store/database.h"
#include "support/ledger_subjects.h"
#include "support/state_counts.h"

namespace gateway::ledger {

// In memory where there is such a place: for many transactions, none of them about durability.
inline std::filesystem::path FastDirectory() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent) {
    std::string name = (parent / "ledger-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The value, by value: a range-for over `F().value()` would walk a Result that is gone.
template <typename T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().code + ": " + result.error().detail);
  return std::move(result).value();
}

template <typename T>
T Must(Decided<T> decided) {
  if (!decided) throw std::runtime_error(decided.error().code);
  return std::move(decided).value();
}

// The facts of a refusal.
template <typename T>
Refusal WhyNot(const Decided<T>& decided) {
  if (decided || decided.error().refusal() == nullptr) throw std::runtime_error("nothing was refused");
  return *decided.error().refusal();
}

// A ledger without any item. It is made once, because a copy costs a fraction of all its
// migrations.
inline void CopyEmptyLedger(const std::filesystem::path& directory) {
  static const TemporaryDirectory made(FastDirectory());
  static const bool closed = Must(Database::Open(made.path() / "ledger.db", OpenMode::create)) != nullptr;
  ASSERT_TRUE(closed);
  std::filesystem::copy(made.path(), directory);
}

inline Time At(std::int64_t seconds) {
  return FromUnixMilliseconds(1'700'000'000'000 + seconds * 1000);
}
constexpr Milliseconds kLease{60'000};

inline NewInstance MakeInstance(const std::string& uid, const std::string& study = "1.2.3", Time received = At(0)) {
  NewInstance instance;
  instance.header.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  instance.header.sop_instance_uid = uid;
  instance.header.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  instance.header.study_instance_uid = study;
  instance.header.series_instance_uid = study + ".1";
  instance.header.file_size = 1000;
  instance.header.dataset_offset = 300;
  instance.header.dataset_sha256 = "hash-of-" + uid;
  instance.spool_key = "key-of-" + uid;
  instance.calling_ae = "PACS_A";
  instance.called_ae = "TO_B";
  instance.received = received;
  return instance;
}

inline Assignment To(const std::string& partner, Bundling bundling = Bundling::study,
                     Priority priority = Priority::normal) {
  return {partner, "main", "rule", priority, bundling, "set-of-" + partner};
}

inline SealedMessage MakeSealed(const std::string& key, unsigned fragments = 0) {
  SealedMessage sealed;
  sealed.spool_key = key;
  sealed.size = 900;
  sealed.message_id = key + "@a.example";
  sealed.date = At(50);
  if (fragments > 0) sealed.partial_id = "partial-" + key;
  for (unsigned i = 1; i <= fragments; ++i) {
    sealed.fragments.push_back({i, fragments, {(i - 1) * 300, 300}, key + "." + std::to_string(i) + "@a.example"});
  }
  return sealed;
}

// What the mail of this number is called on its server.
inline std::string IdentityOf(std::uint32_t uid) {
  return "7:" + std::to_string(uid);
}

inline NewMail MakeMail(std::uint32_t uid) {
  return {"main", IdentityOf(uid), "mail-" + std::to_string(uid), 5000, "sha-" + std::to_string(uid), At(uid)};
}

inline MailFacts MakeFacts() {
  MailFacts facts;
  facts.sender = "Tele@B.example";
  facts.partner = "b";
  facts.message_id = "1@b.example";
  return facts;
}

inline NewReceivedInstance MakeReceived(const std::string& uid, std::vector<std::string> pacs = {"main"},
                                        const std::string& hash = "hash") {
  NewReceivedInstance instance;
  instance.header = MakeInstance(uid).header;
  instance.header.dataset_sha256 = hash;
  instance.spool_key = "file-" + uid + "-" + hash;
  instance.pacs = std::move(pacs);
  return instance;
}

inline OpenedMail MakeOpened(std::int64_t mail, std::vector<NewReceivedInstance> instances = {}) {
  OpenedMail opened;
  opened.mail = mail;
  opened.facts = MakeFacts();
  opened.instances = std::move(instances);
  return opened;
}

// Everything that serves a person.
struct ForOperators : OperatorLedger, QuarantineLedger, KnownFiles {
  explicit ForOperators(Database& database)
      : OperatorLedger(database), QuarantineLedger(database), KnownFiles(database) {}
};

class LedgerTest : public testing::Test {
 protected:
  explicit LedgerTest(const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : directory(parent) {
    CopyEmptyLedger(directory.path());
    Reopen();
  }

  void Reopen() {
    database.reset();
    database = Must(Database::Open(file(), OpenMode::create));
    ledger.emplace(*database);
    operators.emplace(*database);
  }
  [[nodiscard]] std::filesystem::path file() const { return directory.path() / "ledger.db"; }

  std::int64_t Count(const std::string& kind, const std::string& state) {
    return CountIn(operators->GetStatus().value(), kind, state);
  }
  // One shipment of one study with `messages` messages of one instance each.
  std::int64_t CloseOne(unsigned messages, const std::string& study = "1.2.3", Priority priority = Priority::normal) {
    std::vector<std::vector<std::int64_t>> groups;
    std::int64_t shipment = 0;
    for (unsigned i = 0; i < messages; ++i) {
      const auto added = ledger->intake.AddInstance(MakeInstance(study + "." + std::to_string(i), study),
                                                    {To("b", Bundling::study, priority)});
      groups.push_back({added.value().instance});
      shipment = added.value().shipments.at(0);
    }
    EXPECT_TRUE(ledger->shipments.Close(shipment, groups, At(40)).value());
    return shipment;
  }
  // Seals all waiting messages; each time under another Message-ID, as the sealer does.
  void SealAll(ReceiptMode asked = ReceiptMode::none, Time now = At(50)) {
    for (const MessageToSeal& message : Must(ledger->seal_queue.Claim(1000, now, kLease))) {
      const unsigned copy = copies[message.id]++;
      SealedMessage sealed = MakeSealed("eml-" + std::to_string(message.id) + std::string(copy, '+'));
      sealed.receipt_asked = asked;
      ASSERT_TRUE(ledger->seal_queue.RecordSealed(message.id, sealed));
    }
  }
  // The n-th copy, from 0, of a message by SealAll().
  static std::string IdOf(std::int64_t message, unsigned copy = 0) {
    return "eml-" + std::to_string(message) + std::string(copy, '+') + "@a.example";
  }
  // Sends all sealed messages.
  void SendAll(Time now = At(60)) {
    for (const MessageToSend& message : Must(ledger->send_queue.Claim("main", 1000, now, kLease))) {
      ASSERT_TRUE(ledger->send_queue.RecordSent(message.id, message.sealed.message_id, "250 ok", now));
    }
  }
  std::int64_t AddOpened(std::uint32_t uid, std::vector<NewReceivedInstance> instances) {
    const std::int64_t mail = ledger->fetched_mails.Add(MakeMail(uid)).value().mail;
    last = ledger->opened_mails.Record(MakeOpened(mail, std::move(instances)), At(100)).value();
    return mail;
  }

  TemporaryDirectory directory;
  std::unique_ptr<Database> database;
  std::optional<Subjects> ledger;
  std::optional<ForOperators> operators;
  RecordedMail last;                        // of AddOpened()
  std::map<std::int64_t, unsigned> copies;  // of SealAll(): how often a message was sealed
};

}  // namespace gateway::ledger
