#include "operations/error_sentences.h"

#include <gtest/gtest.h>

#include "gateway/result.h"
#include "inbound/error_codes.h"

namespace gateway::operations {
namespace {

TEST(ErrorSentences, ExplainsAnErrorByTheNameThatTheLedgerKeeps) {
  const Error error = Corrupt(codes::kStranger, "a detail");
  EXPECT_EQ(SentenceOf(error.code), "The sender's address belongs to no partner.");
}

TEST(ErrorSentences, FindsCodesOfEveryLayer) {
  for (const char* code :
       {"disk-full", "log-unusable", "ledger-busy", "bad-path", "disk-low", "no-route", "not-dicom", "mail-damaged",
        "smtp-refused", "bad-signature", "open-slow", "file-empty", "replayed", "not-a-mail", "not-kept"}) {
    EXPECT_NE(SentenceOf(code), "") << code;
  }
}

TEST(ErrorSentences, HasNoneForANameOfALaterVersion) {
  EXPECT_EQ(SentenceOf("no-such-code"), "");
  EXPECT_EQ(SentenceOf(""), "");
}

}  // namespace
}  // namespace gateway::operations
