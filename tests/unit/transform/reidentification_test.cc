// What came back under pseudonyms gets its own names again, or is held.
#include "transform/reidentification.h"

#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>

#include "attributes/attribute_path.h"
#include "ledger/derived_files.h"
#include "ledger/store/database.h"
#include "support/ledger_subjects.h"

namespace gateway::transform {
namespace {

using testing::Contains;
using testing::HasSubstr;

const Time kNow = FromUnixMilliseconds(1'700'000'000'000);

class Reidentification : public testing::Test {
 protected:
  Reidentification() {
    std::string name = (std::filesystem::temp_directory_path() / "reidentification-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory = name;
    database = ledger::Database::Open(directory / "ledger.db", ledger::OpenMode::create).value();
    replaced.emplace(*database);
    Send();
    Has("PatientID", "PSEUDO");
    Has("PatientName", "PSEUDO^^^");
    header.study_instance_uid = "2.25.3";
    header.sop_instance_uid = "9.9";
  }
  ~Reidentification() override {
    replaced.reset();
    database.reset();
    std::filesystem::remove_all(directory);
  }
  // An instance leaves, as a de-identified copy.
  void Send() {
    ledger::Subjects subjects(*database);
    ledger::NewInstance instance;
    instance.header.sop_instance_uid = "1.2.3.1";
    instance.header.study_instance_uid = "1.2.3";
    instance.spool_key = "key";
    instance.received = kNow;
    const ledger::Assignment to{"ai", "main", "rule", Priority::normal, Bundling::instance, "set"};
    const auto added = subjects.intake.AddInstance(instance, {to});
    ASSERT_TRUE(added);
    const auto messages = subjects.seal_queue.Claim(1, kNow, Milliseconds(60'000));
    ledger::DerivedFile copy;
    copy.spool_key = "copy";
    const ledger::Replacements pairs{"ai",
                                     {{"patient-id", "P1", "PSEUDO"},
                                      {"patient-name", "Muster^Erika", "PSEUDO"},
                                      {"accession-number", "A1", "ACC"},
                                      {"birth-date", "19640812", "PSEUDO"},
                                      {"days", "7", "PSEUDO"},
                                      {"study-date", "20240131", "2.25.3"},
                                      {"uid", "1.2.3", "2.25.3"},
                                      {"uid", "1.2.3.1", "2.25.31"}}};
    ASSERT_TRUE(ledger::DerivedFiles(*database).Record({ItemKind::message, messages->at(0).id}, added->instance, copy,
                                                       kNow, pairs));
  }
  void Has(const std::string& keyword, const std::string& value) {
    header.asked[keyword] = {AttributeValue::State::values, Vr::LO, {value}};
  }
  Result<std::vector<Edit>> Edits(const std::string& partner = "ai") {
    return ReidentifyingEdits(header, {"2.25.3", "2.25.31", "9.9"}, partner, *replaced);
  }
  // What `set` edits write, by attribute.
  std::map<std::string, std::string> Values() {
    std::map<std::string, std::string> values;
    const auto edits = Edits();
    EXPECT_TRUE(edits);
    for (const Edit& edit : *edits) {
      if (edit.kind == EditKind::set) values[attributes::Text(edit.attribute)] = edit.text;
    }
    return values;
  }
  void ExpectHeld(const std::string& why, const std::string& partner = "ai") {
    const auto edits = Edits(partner);
    ASSERT_FALSE(edits);
    EXPECT_EQ(edits.error().code, "reidentify-unknown");
    EXPECT_EQ(edits.error().fault, Fault::permanent);
    EXPECT_THAT(edits.error().detail, HasSubstr(why));
    EXPECT_THAT(edits.error().detail, testing::Not(HasSubstr("PSEUDO")));
  }

  std::filesystem::path directory;
  std::unique_ptr<ledger::Database> database;
  std::optional<ledger::ReplacedIdentifiers> replaced;
  InstanceHeader header;
};

TEST_F(Reidentification, PutsBackThePatient) {
  Has("AccessionNumber", "ACC");
  EXPECT_EQ(Values(), (std::map<std::string, std::string>{{"PatientID", "P1"},
                                                          {"PatientName", "Muster^Erika"},
                                                          {"AccessionNumber", "A1"},
                                                          {"PatientBirthDate", "19640812"},
                                                          {"StudyDate", "20240131"}}));
}

TEST_F(Reidentification, PutsBackUidsAndDates) {
  const auto edits = Edits();
  ASSERT_TRUE(edits);
  for (const Edit& edit : *edits) {
    if (edit.kind == EditKind::new_uids) {
      EXPECT_EQ(*edit.table,
                (std::map<std::string, std::string, std::less<>>{{"2.25.3", "1.2.3"}, {"2.25.31", "1.2.3.1"}}));
    }
    if (edit.kind == EditKind::shift_dates) EXPECT_EQ(edit.days, 7);
  }
  EXPECT_THAT(*edits, Contains(testing::Field(&Edit::kind, EditKind::new_uids)));
  EXPECT_THAT(*edits, Contains(testing::Field(&Edit::kind, EditKind::shift_dates)));
}

TEST_F(Reidentification, HoldsOtherPatients) {
  Has("PatientID", "P2");
  ExpectHeld("Patient ID");
  header.asked.erase("PatientID");
  ExpectHeld("Patient ID");
}

TEST_F(Reidentification, HoldsOtherNamesAndNumbers) {
  Has("PatientName", "Somebody");
  ExpectHeld("PatientName");
  Has("PatientName", "PSEUDO");
  Has("AccessionNumber", "A1");
  ExpectHeld("AccessionNumber");
}

TEST_F(Reidentification, HoldsWhatComesFromAnotherPartner) {
  ExpectHeld("Patient ID", "b");
}

TEST_F(Reidentification, HoldsOtherStudies) {
  header.study_instance_uid = "2.25.4";
  ExpectHeld("Study Instance UID");
  header.study_instance_uid = "1.2.3";  // a rule that keeps UIDs
  EXPECT_TRUE(Edits());
}

TEST_F(Reidentification, HoldsWhatWasSent) {
  header.sop_instance_uid = "2.25.31";
  ExpectHeld("an instance that this partner was sent");
}

}  // namespace
}  // namespace gateway::transform
