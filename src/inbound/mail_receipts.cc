// Decides with which receipts a believed mail is answered.
#include <algorithm>
#include <utility>

#include "gateway/item_id.h"
#include "inbound/document_links.h"
#include "inbound/mail_acceptor.h"
#include "inbound/receipt_request.h"
#include "telemetry/events.h"

namespace gateway::inbound {
namespace {

std::string AddressOf(const std::vector<MailboxSettings>& mailboxes, const std::string& mailbox) {
  const auto found = std::find_if(mailboxes.begin(), mailboxes.end(),
                                  [&](const MailboxSettings& candidate) { return candidate.name == mailbox; });
  return found == mailboxes.end() ? std::string() : found->address;
}

}  // namespace

// Gives the mail its own receipt, and one for each enclosed mail that asks for one.
void MailAcceptor::DecideReceipts(Work& work, const mime::Envelope& envelope,
                                  const std::vector<const opener::OpenedMessage*>& believed) {
  opener::MessageReply first = believed.front()->reply;
  // A request inside an enclosed mail asks for a receipt for that mail.
  if (!first.message_id.empty()) first.receipt.reset();
  work.receipt = RequestIn(work, envelope, first);
  for (const opener::OpenedMessage* const message : believed) DecideEnclosedReceipt(work, message->reply);
}

void MailAcceptor::DecideEnclosedReceipt(Work& work, const opener::MessageReply& reply) {
  if (reply.message_id.empty() || Acceptance::VouchersOf(*work.partner, reply.opened).ids.empty()) return;
  const auto is_same = [&](const ledger::ReceiptRequest& other) {
    return other.original_message_id == reply.message_id;
  };
  if (std::ranges::any_of(work.enclosed_receipts, is_same) || (work.receipt && is_same(*work.receipt))) return;
  mime::Envelope around;
  around.message_id = reply.message_id;
  around.receipt_to = reply.receipt_to;
  around.set = reply.outer_set;
  std::optional<ledger::ReceiptRequest> request = RequestIn(work, around, reply);
  if (!request) return;
  request->set = SetOf(reply);
  work.enclosed_receipts.push_back(*std::move(request));
}

std::optional<ledger::ReceiptRequest> MailAcceptor::RequestIn(const Work& work, const mime::Envelope& envelope,
                                                              const opener::MessageReply& reply) const {
  ReceiptDecision decision =
      DecideReceipt(envelope, reply, *work.partner, AddressOf(mailboxes_, work.mail.mailbox), receipts_.send_when);
  if (!decision.withheld.empty())
    events::ReceiptWithheld(Format(ItemKind::mail, work.mail.id), work.facts.partner, decision.withheld);
  if (!decision.request) return std::nullopt;
  const Vouchers vouchers = Acceptance::VouchersOf(*work.partner, reply.opened);
  decision.request->signature = vouchers.ids.empty() ? reply.nonce : *std::ranges::min_element(vouchers.ids);
  return std::move(decision.request);
}

}  // namespace gateway::inbound
