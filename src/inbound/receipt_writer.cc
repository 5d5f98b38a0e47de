#include "inbound/receipt_writer.h"

#include "base/files.h"
#include "ledger/row_words.h"
#include "mime/mail_writer.h"
#include "mime/report.h"

namespace gateway::inbound {
namespace {

constexpr std::string_view kSubject = "DICOM-eMail receipt";

// With `signed_too`, From and To are also inside, where they are signed. Otherwise only the mail's
// own header has them.
Result<std::string> WriteEntity(const ReceiptCorrespondents& between, const ledger::ReceiptToSend& receipt,
                                bool signed_too) {
  mime::Receipt content;
  content.disposition = ledger::WordOf(receipt.disposition);
  content.final_recipient = between.mailbox.address;
  content.original_message_id = receipt.request.original_message_id;
  content.reporting_ua = between.gateway_name + "; dicom-mail-gateway";
  content.set = receipt.set;
  content.nonce = receipt.request.nonce;
  if (signed_too) {
    content.from = between.mailbox.address;
    content.to = between.partner.address;
  }
  return receipt.request.kind == ledger::ReceiptKind::pgp ? mime::PgpReceiptEntity(content, receipt.request.content_id)
                                                          : mime::ReceiptEntity(content);
}

}  // namespace

Result<std::string> WriteReceipt(security::MailSealer& sealer, const ReceiptCorrespondents& between,
                                 const ledger::ReceiptToSend& receipt, Time now) {
  mime::OuterHeader header;
  header.from = between.mailbox.address;
  header.to = between.partner.address;
  header.subject = kSubject;
  header.message_id = receipt.request.message_id;
  header.date = now;
  header.in_reply_to = receipt.request.original_message_id;
  header.reply = true;

  const ReceiptProtection protection = between.partner.profile.receipt_protection;
  const bool sealed = receipt.request.kind == ledger::ReceiptKind::pgp || protection == ReceiptProtection::encrypt;
  GATEWAY_ASSIGN(const std::string entity,
                 WriteEntity(between, receipt, sealed || protection == ReceiptProtection::sign));
  StringSource source(entity);
  StringSink mail;
  const security::Sealing sealing{between.mailbox, between.partner, false};
  if (sealed) {
    GATEWAY_TRY(sealer.Seal(sealing, header, source, mail));
  } else if (protection == ReceiptProtection::sign) {
    GATEWAY_TRY(sealer.Sign(sealing, header, source, mail));
  } else {
    GATEWAY_TRY(mime::WritePlainMessage(header, source, mail));
  }
  return mail.text();
}

}  // namespace gateway::inbound
