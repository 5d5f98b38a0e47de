// A ledger, a spool and a small configuration for what operators ask for.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/files.h"
#include "operations/operator_context.h"
#include "support/errors.h"
#include "unit/ledger/ledger_fixture.h"

namespace gateway::operations {

class OperationsTest : public ledger::LedgerTest {
 protected:
  OperationsTest() : LedgerTest(ledger::FastDirectory()) {
    settings.gateway.state_dir = directory.path() / "state";
    settings.mailboxes.resize(1);
    settings.mailboxes[0].name = "main";
    settings.partners.resize(1);
    settings.partners[0].name = "b";
    settings.partners[0].mailbox = "main";
    settings.pacs.resize(1);
    settings.pacs[0].name = "main";
    spool = *spool::Spool::Open(settings.gateway.state_dir);
  }

  // A file of the spool; returns its key.
  std::string Keep(spool::Kind kind) {
    const std::filesystem::path file = spool->NewWorkFile();
    EXPECT_TRUE(WriteFileDurably(file, "content"));
    return *spool->Keep(kind, file);
  }
  [[nodiscard]] bool IsThere(spool::Kind kind, const std::string& key) const {
    return std::filesystem::exists(spool->PathOf(kind, key));
  }
  [[nodiscard]] OperatorContext Context() const { return {settings, *spool, *database}; }

  Settings settings;
  std::unique_ptr<spool::Spool> spool;
};

}  // namespace gateway::operations
