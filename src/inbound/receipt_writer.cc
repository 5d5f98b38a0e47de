#include "inbound/receipt_writer.h"

#include "base/files.h"
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
  content.disposition = receipt.disposition;
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

// Signs as RFC 3156 section 5 describes.
Result<std::string> Sign(openpgp::Keyring& keyring, const std::string& entity, const std::string& signer) {
  StringSource to_sign(entity);
  GATEWAY_ASSIGN(const std::string signature, keyring.SignDetached(to_sign, signer));
  StringSource to_copy(entity);
  StringSink signed_entity;
  GATEWAY_TRY(mime::WriteSignedEntity(to_copy, signature, "pgp-sha256", signed_entity));
  return signed_entity.text();
}

Result<std::string> WritePlain(const mime::OuterHeader& header, const std::string& entity) {
  StringSource source(entity);
  StringSink mail;
  GATEWAY_TRY(mime::WritePlainMessage(header, source, mail));
  return mail.text();
}

// Signs as for all our mails to this partner.
Result<std::string> WriteSealed(openpgp::Keyring& keyring, const ReceiptCorrespondents& between,
                                const mime::OuterHeader& header, std::string entity) {
  openpgp::Keyring::SealOptions options;
  options.recipients = {between.partner.key_fingerprint};
  options.integrity = between.partner.profile.integrity;
  if (between.partner.profile.signing == Signing::encapsulated) {
    GATEWAY_ASSIGN(entity, Sign(keyring, entity, between.signer));
  } else {
    options.signer = between.signer;
  }
  StringSource plain(std::move(entity));
  StringSink mail;
  GATEWAY_TRY(mime::WriteEncryptedMessage(
      header, [&](Sink& armored) { return keyring.Seal(plain, options, armored); }, mail));
  return mail.text();
}

}  // namespace

Result<std::string> WriteReceipt(openpgp::Keyring& keyring, const ReceiptCorrespondents& between,
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
  if (sealed) {
    return WriteSealed(keyring, between, header, entity);
  }
  if (protection == ReceiptProtection::none) return WritePlain(header, entity);
  GATEWAY_ASSIGN(const std::string signed_entity, Sign(keyring, entity, between.signer));
  return WritePlain(header, signed_entity);
}

}  // namespace gateway::inbound
