#include "cli/verify_text.h"

#include <gtest/gtest.h>

#include "ledger/care/consistency_rules.h"

namespace gateway::cli {
namespace {

using ledger::Disagreement;
using Kind = DisagreementKind;

std::string Detail(Kind kind, decltype(Disagreement::fact) fact) {
  return DetailOf({kind, "M1", Disagreement{kind, "M1", std::move(fact)}});
}

TEST(VerifyText, HasASentenceForEachRuleOfTheLedger) {
  for (const ledger::Rule& rule : ledger::Rules()) EXPECT_NE(Detail(rule.broken, Disagreement::Row{rule.kind}), "");
  EXPECT_NE(Detail(Kind::claim_expired, Disagreement::Row{}), "");
}

TEST(VerifyText, SaysInWhichWayARowIsFinishedWrongly) {
  EXPECT_EQ(Detail(Kind::finish_wrong, Disagreement::Row{ItemKind::message}), "is sent, but nobody knows when");
  EXPECT_EQ(Detail(Kind::finish_wrong, Disagreement::Row{ItemKind::instance}),
            "is finished, or not, in spite of its messages");
  EXPECT_EQ(Detail(Kind::finish_wrong, Disagreement::Row{ItemKind::document}),
            "is finished, or not, in spite of its message");
}

TEST(VerifyText, SaysWhatTheLedgerHolds) {
  EXPECT_EQ(Detail(Kind::count_wrong, Disagreement::Count{3, 4}), "counted 3, there are 4");
  EXPECT_EQ(Detail(Kind::count_wrong, Disagreement::Count{std::nullopt, 4}), "counted -1, there are 4");
  EXPECT_EQ(Detail(Kind::ledger_reference, Disagreement::Reference{"instance"}),
            "names a row of instance that is not there");
  EXPECT_EQ(Detail(Kind::state_unknown, Disagreement::State{"lost"}), "is in state lost");
}

TEST(VerifyText, SaysWhatIsWrongWithFiles) {
  const auto file = [](Kind kind, operations::WrongFile fact) { return DetailOf({kind, "I1", std::move(fact)}); };
  EXPECT_EQ(file(Kind::file_missing, {"/s/a.dcm"}), "/s/a.dcm is not there");
  EXPECT_EQ(file(Kind::file_unreadable, {"/s/a.dcm", "cannot open"}), "/s/a.dcm: cannot open");
  EXPECT_EQ(file(Kind::file_size, {"/s/a.dcm", {}, 5, 7}), "/s/a.dcm has 5 bytes, the ledger says 7");
  EXPECT_EQ(file(Kind::file_hash, {"/s/a.dcm"}), "/s/a.dcm is not what was received: another SHA-256");
  EXPECT_EQ(DetailOf({Kind::orphan, "/s/a.dcm", operations::Orphan{true}}),
            "the ledger does not know it; the next start removes it");
  EXPECT_EQ(DetailOf({Kind::orphan, "/s/a.dcm", operations::Orphan{false}}),
            "the ledger does not know it; the next start puts it aside");
}

TEST(VerifyText, SaysWhatIsOddInTheSpool) {
  const auto oddity = [](Kind kind, unsigned mode = 0, const std::string& error = {}) {
    return DetailOf({kind, "/s/x", spool::Oddity{kind, "/s/x", mode, error}});
  };
  EXPECT_EQ(oddity(Kind::file_mode, 0640), "has mode 640: others than its owner may use it");
  EXPECT_EQ(oddity(Kind::file_owner), "belongs to another user than the state directory");
  EXPECT_EQ(oddity(Kind::file_foreign), "is no file of the spool");
  EXPECT_EQ(oddity(Kind::work_left), "from a crash; the next start removes it");
  EXPECT_EQ(oddity(Kind::node_id, 0, "unreadable"), "unreadable");
  EXPECT_EQ(DetailOf({Kind::destination_unknown, "pacs main", ledger::Stranded{{}, 3}}),
            "3 wait for it, and the configuration does not have it");
}

}  // namespace
}  // namespace gateway::cli
