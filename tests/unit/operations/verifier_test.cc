// `verify` on a real spool and ledger, with and without a daemon beside it.
#include "operations/verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "base/random_text.h"
#include "base/sha256.h"
#include "ledger/derived_files.h"
#include "ledger/fetched_mails.h"
#include "ledger/intake.h"
#include "ledger/open_queue.h"
#include "support/set_clock.h"

namespace gateway::operations {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kContent = "preamble and data set";

class VerifierTest : public testing::Test {
 protected:
  VerifierTest() {
    settings_.state_dir = std::filesystem::temp_directory_path() / ("verifier-" + RandomHex(8));
    spool_ = *spool::Spool::Open(settings_.state_dir);
    database_ = *ledger::Database::Open(spool_->LedgerFile(), ledger::OpenMode::create);
    clock_.now = SystemClock().Now();
    ledger::NewInstance instance;
    StringSource dataset("data set");
    instance.header.dataset_sha256 = *Sha256Hex(dataset);
    instance.header.dataset_offset = 13;
    instance.header.file_size = std::string_view(kContent).size();
    instance.spool_key = key_ = Keep(spool::Kind::instance, kContent);
    EXPECT_TRUE(ledger::Intake(*database_).AddInstance(instance, {}));
  }
  ~VerifierTest() override {
    database_.reset();
    spool_.reset();
    std::filesystem::remove_all(settings_.state_dir);
  }

  std::string Keep(spool::Kind kind, std::string_view content) {
    const std::filesystem::path file = spool_->NewWorkFile();
    EXPECT_TRUE(WriteFileDurably(file, content));
    return *spool_->Keep(kind, file);
  }
  [[nodiscard]] std::filesystem::path Path() const { return spool_->PathOf(spool::Kind::instance, key_); }
  void Overwrite(std::string_view content) { std::ofstream(Path(), std::ios::trunc) << content; }

  Verification Run(VerifyOptions options = {}) {
    return *Verifier(settings_, *spool_, *database_, clock_, options).Run();
  }
  std::vector<std::string> Codes(VerifyOptions options = {}) {
    std::vector<std::string> codes;
    for (const Disagreement& found : Run(options).disagreements) codes.emplace_back(NameOf(found.kind));
    return codes;
  }

  GatewaySettings settings_;
  SetClock clock_;
  std::unique_ptr<spool::Spool> spool_;
  std::unique_ptr<ledger::Database> database_;
  std::string key_;
};

TEST_F(VerifierTest, FindsNothingWhereAllIsWell) {
  const Verification verification = Run({.deep = true});
  EXPECT_THAT(verification.disagreements, IsEmpty());
  EXPECT_EQ(verification.files, 1u);
  EXPECT_EQ(verification.files_hashed, 1u);
}

TEST_F(VerifierTest, KnowsTheChangedCopiesOfInstances) {
  ledger::NewInstance instance;
  instance.header.file_size = std::string_view(kContent).size();
  instance.spool_key = Keep(spool::Kind::instance, kContent);
  const ledger::Assignment to{"b", "main", "edited", Priority::normal, Bundling::instance, "set"};
  const std::int64_t id = ledger::Intake(*database_).AddInstance(instance, {to})->instance;
  const std::string content = "changed copy";
  StringSource source(content);
  ledger::DerivedFile copy;
  copy.spool_key = Keep(spool::Kind::derived, content);
  copy.size = content.size();
  copy.sha256 = *Sha256Hex(source);
  EXPECT_THAT(Codes(), ElementsAre("orphan"));
  ASSERT_TRUE(ledger::DerivedFiles(*database_).Record({ItemKind::message, 1}, id, copy, clock_.now));
  EXPECT_THAT(Codes(), IsEmpty());
  const std::filesystem::path path = spool_->PathOf(spool::Kind::derived, copy.spool_key);
  std::ofstream(path, std::ios::trunc) << "damaged copy";
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_THAT(Codes({.deep = true}), ElementsAre("file-hash"));
  std::filesystem::remove(path);
  EXPECT_THAT(Codes(), ElementsAre("file-missing"));
}

TEST_F(VerifierTest, FindsAMissingFile) {
  std::filesystem::remove(Path());
  const Verification verification = Run();
  ASSERT_EQ(verification.disagreements.size(), 1u);
  EXPECT_EQ(verification.disagreements[0].kind, DisagreementKind::file_missing);
  EXPECT_EQ(verification.disagreements[0].item, "I1");
}

TEST_F(VerifierTest, FindsAnotherSize) {
  Overwrite("short");
  EXPECT_THAT(Codes(), ElementsAre("file-size"));
}

TEST_F(VerifierTest, FindsAnotherContentWhenItReads) {
  Overwrite("preamble and data SET");
  EXPECT_THAT(Codes(), IsEmpty());
  EXPECT_THAT(Codes({.deep = true}), ElementsAre("file-hash"));
  Overwrite("PREAMBLE and data set");  // the meta header may be another
  EXPECT_THAT(Codes({.deep = true}), IsEmpty());
}

TEST_F(VerifierTest, FindsWhatOthersMayRead) {
  std::filesystem::permissions(Path(), std::filesystem::perms(0640));
  std::filesystem::permissions(spool_->LedgerFile(), std::filesystem::perms(0604));
  EXPECT_THAT(Codes(), ElementsAre("file-mode", "file-mode"));
}

TEST_F(VerifierTest, FindsWhatIsNotOurs) {
  ASSERT_TRUE(WriteFileDurably(Path().parent_path() / "notes.txt", "x"));
  ASSERT_TRUE(WriteFileDurably(spool_->NewWorkFile(), "x"));
  EXPECT_THAT(Codes(), UnorderedElementsAre("file-foreign", "work-left"));
  EXPECT_THAT(Codes({.daemon_runs = true}), ElementsAre("file-foreign"));
}

TEST_F(VerifierTest, AnUnknownFileIsAnOrphanWithoutADaemon) {
  // The next start puts it aside, or removes what can be made again.
  for (const auto& [kind, goes] : {std::pair(spool::Kind::mail, false), std::pair(spool::Kind::message, true)}) {
    const std::string key = Keep(kind, "x");
    const Verification verification = Run({});
    ASSERT_THAT(verification.disagreements, SizeIs(1));
    EXPECT_EQ(verification.disagreements[0].kind, DisagreementKind::orphan);
    EXPECT_EQ(std::get<Orphan>(verification.disagreements[0].fact).goes, goes);
    ASSERT_TRUE(spool_->Remove(kind, key));
  }
}

// It may be known in a moment, or be removed.
TEST_F(VerifierTest, AnUnknownFileIsInFlightBesideADaemon) {
  Keep(spool::Kind::mail, "x");
  const Verification verification = Run({.daemon_runs = true});
  EXPECT_THAT(verification.disagreements, IsEmpty());
  EXPECT_EQ(verification.in_flight, 1u);
  clock_.now += Milliseconds(11 * 60'000);
  EXPECT_THAT(Codes({.daemon_runs = true}), ElementsAre("orphan"));
}

TEST_F(VerifierTest, TellsWhatTheLedgerSaysOfItself) {
  ASSERT_TRUE(ledger::FetchedMails(*database_).Add({"main", "7:1", Keep(spool::Kind::mail, "x"), 1, "", clock_.now}));
  ASSERT_EQ(ledger::OpenQueue(*database_).Claim(1, clock_.now, Milliseconds(1000))->size(), 1u);
  clock_.now += Milliseconds(2 * 3600'000);
  EXPECT_THAT(Codes({.daemon_runs = true}), ElementsAre("claim-expired"));
  EXPECT_THAT(Codes(), IsEmpty());
}

}  // namespace
}  // namespace gateway::operations
