// Received non-DICOM parts.
#include "ledger/store/database_impl.h"
#include "ledger/store/session.h"
#include "reception_fixture.h"
#include "support/errors.h"

namespace gateway::ledger {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class DocumentsTest : public ReceptionTest {
 protected:
  ReceivedDocument OpenDocument(const NewDocument& document, const std::string& set_id = "") {
    const RecordedMail recorded = Open([&](OpenedMail& opened) {
      opened.documents = {document};
      if (!set_id.empty()) opened.facts.set = TelemedicineSet{set_id, ++part_, 99};
    });
    return recorded.documents.at(0);
  }
  ReceivedInstance OpenInstance(const NewReceivedInstance& instance, const std::string& set_id = "") {
    const RecordedMail recorded = Open([&](OpenedMail& opened) {
      opened.instances = {instance};
      if (!set_id.empty()) opened.facts.set = TelemedicineSet{set_id, ++part_, 99};
    });
    return recorded.instances.at(0);
  }

 private:
  std::uint32_t part_ = 0;
};

TEST_F(DocumentsTest, WaitUntilTheirDeadline) {
  const std::int64_t id = OpenDocument(MakeDocument("a", "9.9"), "set").document;
  EXPECT_THAT(ClaimDocuments(At(999)), IsEmpty());
  const auto claimed = ClaimDocuments(At(1000));
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].id, id);
  EXPECT_EQ(claimed[0].partner, "b");
  EXPECT_EQ(claimed[0].content_type, "application/pdf");
  EXPECT_EQ(claimed[0].name, "a.pdf");
  EXPECT_EQ(claimed[0].set_id, "set");
  EXPECT_EQ(claimed[0].spool_key, "file-of-a");
  EXPECT_EQ(claimed[0].sha256, "sha-of-a");
  EXPECT_EQ(claimed[0].tried_since, At(1000));
  EXPECT_FALSE(claimed[0].reference);
}

// Somebody whose documents make the scanner hang holds up nobody else.
TEST_F(DocumentsTest, OfAPartnerWithASlowOneWaitInALaneOfTheirOwn) {
  const auto receive = [this](const std::string& partner, const std::string& name) {
    return Open([&](OpenedMail& opened) {
             opened.facts.partner = partner;
             opened.instances = {MakeReceived(partner + name)};
             opened.documents = {MakeDocument(partner + name)};
           })
        .documents.at(0)
        .document;
  };
  const auto claim = [this](DocumentLane lane, Time now = At(300)) {
    std::vector<std::int64_t> ids;
    for (const auto& document : Must(ledger->documents.Claim(9, now, Milliseconds(-1), lane)))
      ids.push_back(document.id);
    return ids;
  };
  const auto slow = [this](std::int64_t document, Time next_try) {
    ASSERT_TRUE(ledger->documents.RecordFailure(document, Transient("scanner-slow"), next_try, At(300)));
  };
  const std::int64_t first = receive("b", "1");
  const std::int64_t second = receive("b", "2");
  const std::int64_t other = receive("c", "1");
  EXPECT_THAT(claim(DocumentLane::slow), IsEmpty());
  EXPECT_THAT(claim(DocumentLane::quick), ElementsAre(first, second, other));
  slow(first, At(300));
  EXPECT_THAT(claim(DocumentLane::quick), ElementsAre(other));
  // The one that was slow stands behind the others of its partner.
  EXPECT_EQ(Must(ledger->documents.Claim(1, At(300), Milliseconds(-1), DocumentLane::slow)).at(0).id, second);
  slow(second, At(900));
  slow(first, At(900));
  EXPECT_THAT(claim(DocumentLane::slow), IsEmpty());
  slow(other, At(300));
  EXPECT_THAT(claim(DocumentLane::slow), ElementsAre(other));
  slow(other, At(900));
  // The partners take turns, whoever has more slow documents.
  const auto next_after = [this](const std::string& partner) {
    return Must(ledger->documents.Claim(1, At(901), Milliseconds(-1), DocumentLane::slow, partner)).at(0).partner;
  };
  EXPECT_EQ(next_after(""), "b");
  EXPECT_EQ(next_after("b"), "c");
  EXPECT_EQ(next_after("c"), "b");
  EXPECT_THAT(claim(DocumentLane::any, At(901)), ElementsAre(first, second, other));
  // Another error, or another end, lets its partner's documents back.
  ASSERT_TRUE(ledger->documents.RecordKept(other, Transient("scanner-slow"), At(901)));
  const std::int64_t later = receive("c", "2");
  EXPECT_THAT(claim(DocumentLane::quick, At(901)), ElementsAre(later));
}

TEST_F(DocumentsTest, FindAnInstanceOfTheirMail) {
  Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.documents = {MakeDocument("a", "wrong")};
  });
  const auto claimed = ClaimDocuments();
  ASSERT_THAT(claimed, SizeIs(1));
  ASSERT_TRUE(claimed[0].reference);
  EXPECT_EQ(claimed[0].reference->spool_key, "file-1-hash");
}

TEST_F(DocumentsTest, FindAnInstanceThatCameAgainWithTheirMail) {
  OpenInstance(MakeReceived("1"));
  Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1")};
    opened.documents = {MakeDocument("a")};
  });
  EXPECT_EQ(ClaimDocuments().at(0).reference->spool_key, "file-1-hash");
}

TEST_F(DocumentsTest, FindAnInstanceOfTheirSetBeforeOrAfterThem) {
  OpenDocument(MakeDocument("before"), "set");
  EXPECT_THAT(ClaimDocuments(), IsEmpty());
  OpenInstance(MakeReceived("1"), "set");
  OpenDocument(MakeDocument("after"), "set");
  const auto claimed = ClaimDocuments();
  ASSERT_THAT(claimed, SizeIs(2));
  for (const DocumentToFile& document : claimed) EXPECT_EQ(document.reference->spool_key, "file-1-hash");
}

TEST_F(DocumentsTest, ThatNameAnotherStudyThanTheirSetsWaitForItUntilTheirDeadline) {
  OpenInstance(MakeReceivedOf("1", "1.1"), "set");
  OpenDocument(MakeDocument("a", "1.2"), "set");
  EXPECT_THAT(ClaimDocuments(At(999)), IsEmpty());
  EXPECT_EQ(ClaimDocuments(At(1000)).at(0).reference->spool_key, "file-1-hash");
}

TEST_F(DocumentsTest, FindAnInstanceOfTheirStudy) {
  OpenDocument(MakeDocument("a", "1.77"));
  OpenInstance(MakeReceivedOf("1", "1.76"));
  EXPECT_THAT(ClaimDocuments(), IsEmpty());
  OpenInstance(MakeReceivedOf("2", "1.77"));
  EXPECT_EQ(ClaimDocuments().at(0).reference->spool_key, "file-2-hash");
}

TEST_F(DocumentsTest, PreferTheirStudyThenTheirMailThenTheirSet) {
  OpenInstance(MakeReceivedOf("of-set", "1.1"), "set");
  const auto open = [&](const std::string& name, const std::string& study_id) {
    Open([&](OpenedMail& opened) {
      opened.instances = {MakeReceivedOf("of-mail", "1.2")};
      opened.documents = {MakeDocument(name, study_id)};
      opened.facts.set = TelemedicineSet{"set", 50, 99};
    });
    return ClaimDocuments(At(1000)).at(0).reference->spool_key;
  };
  EXPECT_EQ(open("a", "1.9"), "file-of-mail-hash");
  EXPECT_EQ(open("b", ""), "file-of-mail-hash");
  OpenInstance(MakeReceivedOf("of-study", "1.9"));
  EXPECT_EQ(open("c", "1.9"), "file-of-study-hash");
}

TEST_F(DocumentsTest, InASetOfTwoStudiesTheirStudyDecides) {
  OpenInstance(MakeReceivedOf("1", "1.1"), "set");
  OpenInstance(MakeReceivedOf("2", "1.2"), "set");
  OpenDocument(MakeDocument("a", "1.2"), "set");
  EXPECT_EQ(ClaimDocuments().at(0).reference->spool_key, "file-2-hash");
}

TEST_F(DocumentsTest, TakeNoInstanceOfAnotherPartner) {
  Open([](OpenedMail& opened) {
    opened.facts.partner = "c";
    opened.facts.set = TelemedicineSet{"set", 1, 2};
    opened.instances = {MakeReceivedOf("1", "1.77")};
  });
  OpenDocument(MakeDocument("a", "1.77"), "set");
  EXPECT_THAT(ClaimDocuments(), IsEmpty());
}

TEST_F(DocumentsTest, TakeNoInstanceWhoseFileIsGone) {
  Store(OpenInstance(MakeReceived("1"), "set"));
  ASSERT_THAT(Must(ledger->file_retention.ForgetStored(At(9999), 9)), SizeIs(1));
  OpenDocument(MakeDocument("a", "1.2.3"), "set");
  EXPECT_THAT(ClaimDocuments(), IsEmpty());
  EXPECT_FALSE(ClaimDocuments(At(1000)).at(0).reference);
}

TEST_F(DocumentsTest, TakeNoInstanceInConflict) {
  OpenInstance(MakeReceivedOf("1", "1.1"));
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceived("1", {"main"}, "other")};
    opened.documents = {MakeDocument("a")};
  });
  ASSERT_EQ(recorded.instances[0].outcome, InstanceOutcome::conflict);
  EXPECT_THAT(ClaimDocuments(), IsEmpty());
  EXPECT_FALSE(ClaimDocuments(At(1000)).at(0).reference);
}

TEST_F(DocumentsTest, OfTheSameSetOrStudyAreNotDoubled) {
  const std::int64_t first = OpenDocument(MakeDocument("a", "1.1"), "set").document;
  for (const ReceivedDocument& again :
       {OpenDocument(MakeDocument("a", "1.9"), "set"), OpenDocument(MakeDocument("a", "1.1"), "other-set")}) {
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.document, first);
  }
  EXPECT_FALSE(OpenDocument(MakeDocument("a", "1.9"), "third-set").duplicate);
  EXPECT_FALSE(OpenDocument(MakeDocument("b", "1.1"), "set").duplicate);
}

TEST_F(DocumentsTest, WithNothingInCommonAreKeptBoth) {
  EXPECT_FALSE(OpenDocument(MakeDocument("form")).duplicate);
  EXPECT_FALSE(OpenDocument(MakeDocument("form")).duplicate);
}

TEST_F(DocumentsTest, OfAnotherPartnerAreNoDuplicates) {
  OpenDocument(MakeDocument("a", "1.1"), "set");
  const RecordedMail other = Open([](OpenedMail& opened) {
    opened.facts.partner = "c";
    opened.facts.set = TelemedicineSet{"set", 1, 2};
    opened.documents = {MakeDocument("a", "1.1")};
  });
  EXPECT_FALSE(other.documents[0].duplicate);
}

TEST_F(DocumentsTest, DroppedOnesDoNotCount) {
  const std::int64_t first = OpenDocument(MakeDocument("a"), "set").document;
  ASSERT_TRUE(ledger->documents.RecordFailure(first, Corrupt("bad"), std::nullopt, At(200)));
  ASSERT_TRUE(Must(operators->Drop({ItemKind::document, first}, At(201))));
  EXPECT_FALSE(OpenDocument(MakeDocument("a"), "set").duplicate);
}

TEST_F(DocumentsTest, OpenedTwiceDoublesNothing) {
  OpenedMail opened = MakeOpened(AddMail());
  opened.documents = {MakeDocument("a"), MakeDocument("a"), MakeDocument("b")};
  const RecordedMail first = Must(ledger->opened_mails.Record(opened, At(100)));
  const RecordedMail again = Must(ledger->opened_mails.Record(opened, At(101)));
  ASSERT_THAT(again.documents, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(first.documents[i].duplicate, i == 1);
    EXPECT_TRUE(again.documents[i].duplicate);
    EXPECT_EQ(again.documents[i].document, first.documents[i].document);
  }
  EXPECT_EQ(Count("documents_in", "waiting"), 2);
}

TEST_F(DocumentsTest, AreClaimedByLeaseAndGivenBack) {
  OpenDocument(MakeDocument("a"));
  EXPECT_THAT(ClaimDocuments(At(1000)), SizeIs(1));
  EXPECT_THAT(ClaimDocuments(At(1000)), IsEmpty());
  EXPECT_THAT(ClaimDocuments(At(1061)), SizeIs(1));
  ASSERT_TRUE(ledger->claims.UnclaimInbound());
  EXPECT_THAT(ClaimDocuments(At(1061)), SizeIs(1));
}

TEST_F(DocumentsTest, AreAsOldAsTheirFirstTry) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  EXPECT_EQ(ClaimDocuments(At(5000)).at(0).tried_since, At(5000));
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Transient("disk-full"), At(6000), At(5000)));
  EXPECT_EQ(ClaimDocuments(At(6000)).at(0).tried_since, At(5000));
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Transient("disk-full"), std::nullopt, At(6000)));
  ASSERT_TRUE(Must(operators->ReleaseDocument(id, {}, At(7000), At(7000))));
  EXPECT_EQ(ClaimDocuments(At(7000)).at(0).tried_since, At(7000));
}

TEST_F(DocumentsTest, BecomeInstancesWithDeliveries) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  const auto received = Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(200)));
  EXPECT_EQ(received.outcome, InstanceOutcome::accepted);
  const auto deliveries = Must(ledger->deliveries.Claim("main", 9, At(300), kLease));
  ASSERT_THAT(deliveries, SizeIs(1));
  EXPECT_EQ(deliveries[0].instance, received.instance);
  EXPECT_EQ(Count("documents_in", "converted"), 1);
  EXPECT_FALSE(Must(operators->HasDocument("file-of-a")));
  EXPECT_THAT(ClaimDocuments(At(9999)), IsEmpty());
}

TEST_F(DocumentsTest, ConvertedTwiceDoublesNothing) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  const auto first = Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(200)));
  const auto again = Must(ledger->documents.RecordConverted(id, MakeReceived("pdf-2"), At(201)));
  EXPECT_EQ(again.instance, first.instance);
  EXPECT_EQ(again.outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
}

TEST_F(DocumentsTest, ConvertedToWhatCameBeforeShareIt) {
  const ReceivedInstance before = OpenInstance(MakeReceived("pdf"));
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  const auto received = Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(200)));
  EXPECT_EQ(received.instance, before.instance);
  EXPECT_EQ(received.outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(Count("documents_in", "converted"), 1);
}

// Its title or the study's description may be written otherwise, so the bytes differ.
TEST_F(DocumentsTest, ConvertedAgainToOtherBytesAreNoConflict) {
  const std::int64_t first = OpenDocument(MakeDocument("a")).document;
  const std::int64_t second = OpenDocument(MakeDocument("a")).document;
  ASSERT_NE(first, second);
  const auto object = Must(ledger->documents.RecordConverted(first, MakeReceived("pdf"), At(200)));
  const auto again = Must(ledger->documents.RecordConverted(second, MakeReceived("pdf", {"main"}, "other"), At(201)));
  EXPECT_EQ(again.outcome, InstanceOutcome::duplicate);
  EXPECT_EQ(again.instance, object.instance);
  EXPECT_EQ(Count("documents_in", "converted"), 2);
  EXPECT_EQ(Count("instances_in", "conflict"), 0);
  Store(object);
  EXPECT_THAT(Dispositions(), SizeIs(2));
}

TEST_F(DocumentsTest, SentByHandOnceMoreAreStoredOnceMore) {
  const std::int64_t first = OpenDocument(MakeDocument("a")).document;
  const auto object = Must(ledger->documents.RecordConverted(first, MakeReceived("pdf"), At(200)));
  Store(object);
  const std::int64_t second = OpenDocument(MakeDocument("a")).document;
  const auto again = Must(ledger->documents.RecordConverted(second, MakeReceived("pdf", {"main"}, "other"), At(300)));
  EXPECT_EQ(again.outcome, InstanceOutcome::again);
  EXPECT_EQ(again.instance, object.instance);
  EXPECT_FALSE(again.keeps_file);
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
}

TEST_F(DocumentsTest, OfAMessageThatIsSentOnceMoreAreStoredOnceMore) {
  const auto open = [this](std::uint32_t part) {
    return Open([&](OpenedMail& opened) {
             opened.documents = {MakeDocument("a")};
             opened.facts.set = TelemedicineSet{"set", part, 2};
           })
        .documents.at(0);
  };
  const std::int64_t document = open(1).document;
  const auto object = Must(ledger->documents.RecordConverted(document, MakeReceived("pdf"), At(200)));
  Store(object);
  EXPECT_EQ(open(2).again, std::nullopt);  // the same form goes with each message of the set
  EXPECT_EQ(Count("deliveries", "waiting"), 0);
  const ReceivedDocument again = open(1);
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.again, object.instance);
  EXPECT_EQ(Count("deliveries", "waiting"), 1);
}

TEST_F(DocumentsTest, OfAMessageThatIsSentOnceMoreAreMadeAnewWithoutTheirFile) {
  const auto open = [this] {
    return Open([&](OpenedMail& opened) {
             opened.documents = {MakeDocument("a")};
             opened.facts.set = TelemedicineSet{"set", 1, 1};
           })
        .documents.at(0);
  };
  const std::int64_t document = open().document;
  const auto object = Must(ledger->documents.RecordConverted(document, MakeReceived("pdf"), At(200)));
  Store(object);
  { Session(file()).Execute("UPDATE instance SET spool_key = NULL"); }
  const ReceivedDocument again = open();
  EXPECT_FALSE(again.duplicate);
  const auto made =
      Must(ledger->documents.RecordConverted(again.document, MakeReceived("pdf", {"main"}, "other"), At(300)));
  EXPECT_EQ(made.outcome, InstanceOutcome::again);
  EXPECT_TRUE(made.keeps_file);
}

TEST_F(DocumentsTest, OfOtherBytesThatBecomeTheSameObjectAreAConflict) {
  const std::int64_t first = OpenDocument(MakeDocument("a")).document;
  const std::int64_t second = OpenDocument(MakeDocument("b")).document;
  ASSERT_TRUE(ledger->documents.RecordConverted(first, MakeReceived("pdf"), At(200)));
  const auto other = Must(ledger->documents.RecordConverted(second, MakeReceived("pdf", {"main"}, "other"), At(201)));
  EXPECT_EQ(other.outcome, InstanceOutcome::conflict);
}

TEST_F(DocumentsTest, FiledOnesGiveTheirFileBack) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(ledger->documents.RecordFiled(id, At(200)));
  EXPECT_FALSE(Must(operators->HasDocument("file-of-a")));
  EXPECT_EQ(Count("documents_in", "filed"), 1);
}

TEST_F(DocumentsTest, KeptOnesKeepTheirFile) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(ledger->documents.RecordKept(id, Corrupt("document-not-convertible"), At(200)));
  EXPECT_TRUE(Must(operators->HasDocument("file-of-a")));
  EXPECT_EQ(Count("documents_in", "kept"), 1);
}

TEST_F(DocumentsTest, ALateWorkerChangesNothing) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  ASSERT_TRUE(ledger->documents.RecordKept(id, Corrupt("document-not-convertible"), At(200)));
  ASSERT_TRUE(ledger->documents.RecordFiled(id, At(201)));
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("bad"), std::nullopt, At(202)));
  EXPECT_FALSE(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(203)));
  EXPECT_EQ(Count("documents_in", "kept"), 1);
  EXPECT_TRUE(Must(operators->HasDocument("file-of-a")));
  EXPECT_EQ(Count("deliveries", "waiting"), 0);
}

TEST_F(DocumentsTest, FailuresAreTriedAgainThenQuarantined) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Transient("disk-full"), At(2000), At(200)));
  EXPECT_THAT(ClaimDocuments(At(1999)), IsEmpty());
  EXPECT_EQ(ClaimDocuments(At(2000)).at(0).tries, 1u);
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("bad-pdf"), std::nullopt, At(2001)));
  EXPECT_EQ(Count("documents_in", "quarantined"), 1);
  EXPECT_TRUE(Must(operators->HasDocument("file-of-a")));
  // Released, it goes on under its name.
  ASSERT_TRUE(Must(operators->ReleaseDocument(id, {}, At(2002), At(2002))));
  EXPECT_EQ(ClaimDocuments(At(2002)).at(0).name, "a.pdf");
}

TEST_F(DocumentsTest, NamesAreForgottenWhenNobodyNeedsThemAnyMore) {
  std::vector<std::int64_t> ids;
  for (const char* name : {"a", "b", "c"}) ids.push_back(OpenDocument(MakeDocument(name)).document);
  ASSERT_TRUE(ledger->documents.RecordConverted(ids[0], MakeReceived("pdf"), At(200)));
  ASSERT_TRUE(ledger->documents.RecordFiled(ids[1], At(200)));
  ASSERT_TRUE(ledger->documents.RecordKept(ids[2], Corrupt("document-not-convertible"), At(200)));
  const auto names = database->impl().Read([](Session& session) -> Result<std::vector<std::string>> {
    return session.FirstColumn<std::string>("SELECT name FROM document");
  });
  EXPECT_THAT(names.value(), ElementsAre("", "", "c.pdf"));
}

TEST_F(DocumentsTest, ReceiptsWaitForThem) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  EXPECT_THAT(Dispositions(), IsEmpty());
  ASSERT_TRUE(ledger->documents.RecordFiled(id, At(200)));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed")));
}

TEST_F(DocumentsTest, ReceiptsWaitForWhatBecameOfThem) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  const auto received = Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(200)));
  EXPECT_THAT(Dispositions(), IsEmpty());
  EXPECT_TRUE(Store(received, 0xB000));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed/warning")));
}

TEST_F(DocumentsTest, ReceiptsOfResentOnesWaitForTheFirst) {
  const std::int64_t id = OpenDocument(MakeDocument("a"), "set").document;
  const std::int64_t first = mail;
  OpenDocument(MakeDocument("a"), "set");
  const auto received = Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(200)));
  OpenDocument(MakeDocument("a"), "set");
  EXPECT_THAT(Dispositions(), IsEmpty());
  Store(received);
  EXPECT_THAT(Dispositions(),
              ElementsAre(Pair(first, "displayed"), Pair(first + 1, "displayed"), Pair(first + 2, "displayed")));
}

TEST_F(DocumentsTest, QuarantinedOnesAreDeletedForTheirSender) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("bad"), std::nullopt, At(200)));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "deleted")));
}

TEST_F(DocumentsTest, QuarantinedOnesWaitAgainWhenTheyComeAgain) {
  const std::int64_t id = OpenDocument(MakeDocument("a"), "set").document;
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Transient("disk-full"), At(1), At(1)));
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("no-study-for-document"), std::nullopt, At(200)));
  const RecordedMail again = Open([](OpenedMail& opened) {
    opened.documents = {MakeDocument("a")};
    opened.facts.set = TelemedicineSet{"set", 50, 99};
    opened.document_deadline = At(2000);
  });
  EXPECT_EQ(again.documents.at(0).document, id);
  EXPECT_TRUE(again.documents.at(0).duplicate);
  EXPECT_THAT(ClaimDocuments(At(1999)), IsEmpty());
  const auto claimed = ClaimDocuments(At(2000));
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].tries, 0u);
  EXPECT_EQ(Count("documents_in", "quarantined"), 0);
}

TEST_F(DocumentsTest, WithoutStudyWaitAgainWhenItComes) {
  const std::int64_t of_set = OpenDocument(MakeDocument("a"), "set").document;
  const std::int64_t of_study = OpenDocument(MakeDocument("b", "1.1")).document;
  const std::int64_t damaged = OpenDocument(MakeDocument("c"), "set").document;
  const std::int64_t other = OpenDocument(MakeDocument("d", "1.2"), "other-set").document;
  for (const std::int64_t id : {of_set, of_study, other}) {
    ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("no-study-for-document"), std::nullopt, At(200)));
  }
  ASSERT_TRUE(ledger->documents.RecordFailure(damaged, Corrupt("document-damaged"), std::nullopt, At(200)));
  OpenInstance(MakeReceivedOf("1", "1.1"), "set");
  std::vector<std::int64_t> ids;
  for (const DocumentToFile& document : ClaimDocuments()) ids.push_back(document.id);
  EXPECT_THAT(ids, ElementsAre(of_set, of_study));
  EXPECT_EQ(Count("documents_in", "quarantined"), 2);
}

TEST_F(DocumentsTest, AreLinkedByNoSetThatNobodySigned) {
  for (const auto& [image_signed, document_signed] : {std::pair(true, false), std::pair(false, true)}) {
    const std::string set = image_signed ? "s1" : "s2";
    Open([&, image_signed = image_signed](OpenedMail& opened) {
      opened.instances = {MakeReceivedOf("of-" + set, "study-of-" + set)};
      opened.facts.set = TelemedicineSet{set, 1, 2};
      opened.set_is_signed = image_signed;
    });
    const RecordedMail recorded = Open([&, document_signed = document_signed](OpenedMail& opened) {
      opened.documents = {MakeDocument("a" + set)};
      opened.documents[0].set_is_signed = document_signed;
      opened.facts.set = TelemedicineSet{set, 2, 2};
      opened.set_is_signed = document_signed;
    });
    EXPECT_TRUE(recorded.set->completed) << "parts are counted all the same";
    EXPECT_THAT(ClaimDocuments(At(999)), IsEmpty());
    const auto claimed = ClaimDocuments(At(1000));
    ASSERT_THAT(claimed, SizeIs(1)) << set;
    EXPECT_FALSE(claimed[0].reference);
    EXPECT_TRUE(claimed[0].unsigned_reference);
    ASSERT_TRUE(ledger->documents.RecordFailure(claimed[0].id, Corrupt("study-not-signed"), std::nullopt, At(1001)));
    const std::optional<StudyOfDocument> study = Must(operators->StudyOf(claimed[0].id));
    ASSERT_TRUE(study);
    EXPECT_EQ(study->link, DocumentLink::unsigned_words);
    EXPECT_EQ(study->study_instance_uid, "study-of-" + set);
  }
}

TEST_F(DocumentsTest, OfOneMailWithTheirImageAreNoQuestionForAPerson) {
  for (const bool set_is_signed : {true, false}) {
    const std::string name = set_is_signed ? "signed" : "unsigned";
    const RecordedMail recorded = Open([&](OpenedMail& opened) {
      opened.facts.signer = "0123456789ABCDEF";
      opened.instances = {MakeReceivedOf(name, "study-of-" + name)};
      opened.documents = {MakeDocument(name)};
      opened.documents[0].set_is_signed = set_is_signed;
      opened.documents[0].claimed_study_id = "study-of-" + name;
      opened.facts.set = TelemedicineSet{"set-" + name, 1, 1};
      opened.set_is_signed = set_is_signed;
    });
    const std::int64_t id = recorded.documents.at(0).document;
    ASSERT_TRUE(ledger->documents.RecordKept(id, Corrupt("document-not-convertible"), At(200)));
    const std::optional<StudyOfDocument> study = Must(operators->StudyOf(id));
    ASSERT_TRUE(study);
    EXPECT_EQ(study->link, DocumentLink::mail) << name;
    EXPECT_EQ(study->instance, recorded.instances.at(0).instance);
    EXPECT_EQ(study->study_instance_uid, "study-of-" + name);
    EXPECT_EQ(study->mail, mail);
    EXPECT_TRUE(study->mail_is_signed);
  }
}

TEST_F(DocumentsTest, OfOneMailWithTheirImageStayLinkedWhenItsFileIsGone) {
  const RecordedMail recorded = Open([](OpenedMail& opened) {
    opened.instances = {MakeReceivedOf("1", "1.1")};
    opened.documents = {MakeDocument("a")};
    opened.documents[0].set_is_signed = false;
    opened.documents[0].claimed_study_id = "1.1";
    opened.facts.set = TelemedicineSet{"set", 1, 2};
  });
  const std::int64_t id = recorded.documents.at(0).document;
  ASSERT_TRUE(ledger->documents.RecordKept(id, Corrupt("document-not-convertible"), At(200)));
  Store(recorded.instances.at(0));
  ASSERT_THAT(Must(ledger->file_retention.ForgetStored(At(9000), 10)), SizeIs(1));
  EXPECT_EQ(Must(operators->StudyOf(id))->link, DocumentLink::mail) << "no file of the study is here";
  const ReceivedInstance later = OpenInstance(MakeReceivedOf("2", "1.1"));
  EXPECT_EQ(Must(operators->StudyOf(id))->link, DocumentLink::mail);
  EXPECT_EQ(Must(operators->StudyOf(id))->instance, later.instance);
  ASSERT_TRUE(Must(operators->ReleaseDocument(id, std::nullopt, At(2000), At(1500))));
  const auto claimed = ClaimDocuments(At(2000));
  ASSERT_THAT(claimed, SizeIs(1));
  ASSERT_TRUE(claimed[0].reference) << "its mail says which study it is, and another file of that is here";
  EXPECT_EQ(claimed[0].reference->spool_key, "file-2-hash");
}

TEST_F(DocumentsTest, TellWhichSignedWordsOrWhichPersonNamedTheirStudy) {
  const ReceivedInstance instance = OpenInstance(MakeReceivedOf("1", "1.1"), "set");
  const std::int64_t of_set = OpenDocument(MakeDocument("a"), "set").document;
  const std::int64_t of_study = OpenDocument(MakeDocument("b", "1.1")).document;
  const std::int64_t lonely = OpenDocument(MakeDocument("c")).document;
  for (const std::int64_t id : {of_set, of_study}) {
    EXPECT_EQ(Must(operators->StudyOf(id))->link, DocumentLink::words);
    EXPECT_EQ(Must(operators->StudyOf(id))->instance, instance.instance);
  }
  EXPECT_FALSE(Must(operators->StudyOf(lonely)));
  ASSERT_TRUE(ledger->documents.RecordFailure(lonely, Corrupt("no-study-for-document"), std::nullopt, At(1001)));
  ASSERT_TRUE(Must(operators->ReleaseDocument(lonely, instance.instance, At(9000), At(1002))));
  EXPECT_EQ(Must(operators->StudyOf(lonely))->link, DocumentLink::person);
}

TEST_F(DocumentsTest, JoinTheStudyThatAPersonNames) {
  const ReceivedInstance instance = OpenInstance(MakeReceivedOf("1", "1.1"));
  NewDocument document = MakeDocument("a");
  document.claimed_study_id = "1.1";
  const std::int64_t id = OpenDocument(document).document;
  EXPECT_THAT(ClaimDocuments(At(999)), IsEmpty());
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("study-not-signed"), std::nullopt, At(1001)));
  EXPECT_EQ(operators->ReleaseDocument(id, instance.instance + 1, At(1002), At(1002)).error().code, "no-such-study");
  EXPECT_EQ(Dispositions()[mail], "deleted");
  ASSERT_TRUE(Must(operators->ReleaseDocument(id, instance.instance, At(9000), At(1002))));
  EXPECT_EQ(ClaimDocuments(At(1003)).at(0).reference->spool_key, "file-1-hash");
  // Its sender is told anew, once it is stored.
  EXPECT_FALSE(Dispositions().contains(mail));
  EXPECT_TRUE(Store(Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(1004)))));
  EXPECT_EQ(Dispositions()[mail], "displayed");
}

TEST_F(DocumentsTest, ThatFoundNoStudyAreAnsweredAnewWhenItComes) {
  const std::int64_t id = OpenDocument(MakeDocument("a", "1.1")).document;
  const std::int64_t first = mail;
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("no-study-for-document"), std::nullopt, At(1001)));
  EXPECT_EQ(Dispositions()[first], "deleted");
  Store(OpenInstance(MakeReceivedOf("1", "1.1")));
  EXPECT_FALSE(Dispositions().contains(first));
  EXPECT_TRUE(Store(Must(ledger->documents.RecordConverted(id, MakeReceived("pdf"), At(1004)))));
  EXPECT_EQ(Dispositions()[first], "displayed");
}

TEST_F(DocumentsTest, OfAMailWithTwoStudiesAreLinkedByItsWordsOnly) {
  Open([](OpenedMail& opened) {
    opened.instances = {MakeReceivedOf("1", "1.1"), MakeReceivedOf("2", "2.2")};
    opened.documents = {MakeDocument("a"), MakeDocument("b", "2.2")};
    for (NewDocument& document : opened.documents) document.by_mail = false;
  });
  const auto claimed = ClaimDocuments(At(999));
  ASSERT_THAT(claimed, SizeIs(1));
  EXPECT_EQ(claimed[0].reference->spool_key, "file-2-hash");
}

TEST_F(DocumentsTest, WithTheSameContentInAnUnsignedSetAreNotTheSame) {
  NewDocument document = MakeDocument("a");
  document.set_is_signed = false;
  const std::int64_t first = OpenDocument(document, "s").document;
  document.spool_key = "file-of-another";
  EXPECT_NE(OpenDocument(document, "s").document, first);
}

TEST_F(DocumentsTest, ThatAreKeptMakeAWarningOfTheReceipt) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  ASSERT_TRUE(ledger->documents.RecordKept(id, Corrupt("document-not-convertible"), At(200)));
  EXPECT_EQ(ClaimReceipts().at(0).disposition, Disposition::displayed_warning);
}

TEST_F(DocumentsTest, ThatFindNoStudyDoNotFailTheImagesOfTheirMail) {
  const RecordedMail opened = Open([](OpenedMail& mail) {
    mail.instances = {MakeReceivedOf("1", "1.1"), MakeReceivedOf("2", "2.2")};
    mail.documents = {MakeDocument("a")};
    mail.documents[0].by_mail = false;
  });
  for (const ReceivedInstance& instance : opened.instances) Store(instance);
  EXPECT_THAT(Dispositions(), IsEmpty());
  const std::int64_t id = opened.documents.at(0).document;
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("no-study-for-document"), std::nullopt, At(1001)));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "displayed/warning")));
  EXPECT_EQ(Count("documents_in", "quarantined"), 1) << "a person decides about it";
}

TEST_F(DocumentsTest, ThatCameAloneAndFindNoStudyFailForTheirSender) {
  const std::int64_t id = OpenDocument(MakeDocument("a")).document;
  ASSERT_TRUE(ledger->documents.RecordFailure(id, Corrupt("no-study-for-document"), std::nullopt, At(1001)));
  EXPECT_THAT(Dispositions(), ElementsAre(Pair(mail, "deleted")));
}

}  // namespace
}  // namespace gateway::ledger
