// All subjects of one ledger, for tests that follow an item through several of them.
#pragma once

#include "ledger/claims.h"
#include "ledger/clock_set_back.h"
#include "ledger/deliveries.h"
#include "ledger/documents.h"
#include "ledger/fetched_mails.h"
#include "ledger/file_retention.h"
#include "ledger/fragments.h"
#include "ledger/intake.h"
#include "ledger/open_queue.h"
#include "ledger/opened_mails.h"
#include "ledger/receipts.h"
#include "ledger/received_sets.h"
#include "ledger/reports.h"
#include "ledger/seal_queue.h"
#include "ledger/send_queue.h"
#include "ledger/shipments.h"
#include "ledger/signatures.h"

namespace gateway::ledger {

struct Subjects {
  explicit Subjects(Database& database)
      : intake(database),
        shipments(database),
        seal_queue(database),
        send_queue(database),
        reports(database),
        fetched_mails(database),
        open_queue(database),
        opened_mails(database),
        fragments(database),
        signatures(database),
        received_sets(database),
        deliveries(database),
        documents(database),
        receipts(database),
        claims(database),
        file_retention(database),
        clock_set_back(database) {}

  Intake intake;
  Shipments shipments;
  SealQueue seal_queue;
  SendQueue send_queue;
  Reports reports;
  FetchedMails fetched_mails;
  OpenQueue open_queue;
  OpenedMails opened_mails;
  Fragments fragments;
  Signatures signatures;
  ReceivedSets received_sets;
  Deliveries deliveries;
  Documents documents;
  Receipts receipts;
  Claims claims;
  FileRetention file_retention;
  ClockSetBack clock_set_back;
};

}  // namespace gateway::ledger
