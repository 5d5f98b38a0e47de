// These are named instants between the steps of the durable points of docs/flow.md. tests/fault can
// end the process at each of them. In production a call only compares a pointer with null: the
// function below does not exist, unless LD_PRELOAD loads a library that defines it, as the fault
// harness does.
#pragma once

#include <array>
#include <string_view>

extern "C" void gateway_durable_point(const char* name) __attribute__((weak));

namespace gateway {

// This list is complete. The fault harness reads it here, and passes each point at least once in a
// run.
inline constexpr std::array<std::string_view, 44> kDurablePoints{
    // start
    "start.directories-made",  // not synced
    "start.ledger-made",       // whole, under another name
    "start.orphan-removed",    //
    // spool, of every kind of file
    "spool.renamed",  // its new name and its bytes are not on disk
    "spool.synced",   // its bytes are
    "spool.kept",     // all of it is, and nobody knows
    // ledger, of every transaction
    "ledger.written",    // not committed
    "ledger.committed",  // on disk, and nobody was told
    // (1) C-STORE
    "scp.received",     // the data set is in spool/work
    "intake.kept",      // not recorded
    "intake.recorded",  // not answered
    "scp.answered",     //
    // a changed copy of an instance
    "deriver.kept",      // not recorded
    "deriver.recorded",  //
    // a shipment on its way to (2)
    "closer.closed",             //
    "sealer.kept",               // not recorded
    "sealer.recorded",           // not sent
    "sender.accepted",           // SMTP said 250, not recorded
    "sender.recorded",           // the file not removed
    "sender.removed",            //
    "sender.fragment-accepted",  // likewise of a fragment
    "sender.fragment-recorded",  //
    // (3) a receipt that came
    "report.recorded",  // the files not removed
    "report.removed",   //
    // (4) a mail
    "watcher.fetched",    // the mail is in spool/work
    "watcher.recorded",   // still on the server
    "watcher.removed",    // gone from the server, not recorded
    "watcher.forgotten",  //
    // (5) a mail's content
    "acceptor.opened",         // its parts are in spool/work
    "acceptor.part-kept",      // one of them
    "acceptor.kept",           // all, not recorded
    "acceptor.recorded",       // the mail's file not removed
    "acceptor.removed",        //
    "acceptor.fragment-kept",  // recorded, what is joined not opened
    "acceptor.quarantined",    //
    // (6) an instance, and the receipt for its mail
    "deliverer.stored",    // the PACS answered, not recorded
    "deliverer.recorded",  //
    "receipt.accepted",    // SMTP said 250, not recorded
    "receipt.recorded",    //
    // a document
    "document.kept",      // converted, not recorded
    "document.placed",    // in its route's directory, not recorded
    "document.recorded",  // its file not removed
    // retention
    "retention.forgotten",  // the files not removed
    "retention.removed",    //
};

// Compiles only with a name of the list above.
struct DurablePointName {
  // NOLINTNEXTLINE(google-explicit-constructor): so that DurablePoint() takes a string.
  consteval DurablePointName(const char* name) : text(name) {
    for (const std::string_view known : kDurablePoints) {
      if (known == name) return;
    }
    throw "no such durable point";  // NOLINT: it never runs
  }
  const char* text;
};

inline void DurablePoint(DurablePointName name) {
  if (gateway_durable_point != nullptr) gateway_durable_point(name.text);
}

}  // namespace gateway
