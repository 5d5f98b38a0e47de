#include "inbound/receipt_request.h"

#include "inbound/partner_address.h"
#include "mime/mail_writer.h"

namespace gateway::inbound {

ReceiptDecision DecideReceipt(const mime::Envelope& envelope, const opener::MessageReply& opened,
                              const PartnerSettings& partner, const std::string& own_address, ReceiptWhen when) {
  const bool asks_mdn = !envelope.receipt_to.empty();
  const bool asks_pgp = opened.receipt.has_value();
  const bool mdn = asks_mdn && IsAddressOf(partner, envelope.receipt_to);
  const bool pgp = asks_pgp && IsAddressOf(partner, opened.receipt->to);
  if (!mdn && !pgp) return {std::nullopt, asks_mdn || asks_pgp ? "to-another-address" : ""};
  if (envelope.set && opened.set && !(*envelope.set == *opened.set)) return {std::nullopt, "sets-differ"};

  ledger::ReceiptRequest request;
  request.kind = pgp && (!mdn || partner.profile.receipts == ReceiptMode::pgp) ? ledger::ReceiptKind::pgp
                                                                               : ledger::ReceiptKind::mdn;
  request.original_message_id = envelope.message_id;
  if (request.kind == ledger::ReceiptKind::pgp) request.content_id = opened.receipt->content_id;
  request.message_id = mime::NewMessageId(own_address.substr(own_address.rfind('@') + 1));
  request.when = when;
  request.nonce = opened.nonce;
  return {request, {}};
}

}  // namespace gateway::inbound
