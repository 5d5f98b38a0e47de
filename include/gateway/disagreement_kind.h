// The kinds of things that `verify` finds wrong in the ledger and in the state directory. Each kind
// has its name here, which programs may rely on (docs/operations.md). cli/verify_text has the
// sentences.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace gateway {

enum class DisagreementKind {
  claim_expired,
  count_wrong,
  delivery_missing,
  delivery_wrong,
  destination_unknown,
  file_foreign,
  file_forgotten,
  file_hash,
  file_missing,
  file_mode,
  file_owner,
  file_size,
  file_unreadable,
  finish_wrong,
  hold_wrong,
  ledger_pages,
  ledger_reference,
  message_empty,
  message_file_left,
  node_id,
  orphan,
  receipt_empty,
  set_wrong,
  shipment_counts,
  shipment_state,
  state_unknown,
  work_left
};

struct DisagreementName {
  DisagreementKind kind{};
  std::string_view name;
};

inline constexpr std::array kDisagreementNames{
    DisagreementName{DisagreementKind::claim_expired, "claim-expired"},
    DisagreementName{DisagreementKind::count_wrong, "count-wrong"},
    DisagreementName{DisagreementKind::delivery_missing, "delivery-missing"},
    DisagreementName{DisagreementKind::delivery_wrong, "delivery-wrong"},
    DisagreementName{DisagreementKind::destination_unknown, "destination-unknown"},
    DisagreementName{DisagreementKind::file_foreign, "file-foreign"},
    DisagreementName{DisagreementKind::file_forgotten, "file-forgotten"},
    DisagreementName{DisagreementKind::file_hash, "file-hash"},
    DisagreementName{DisagreementKind::file_missing, "file-missing"},
    DisagreementName{DisagreementKind::file_mode, "file-mode"},
    DisagreementName{DisagreementKind::file_owner, "file-owner"},
    DisagreementName{DisagreementKind::file_size, "file-size"},
    DisagreementName{DisagreementKind::file_unreadable, "file-unreadable"},
    DisagreementName{DisagreementKind::finish_wrong, "finish-wrong"},
    DisagreementName{DisagreementKind::hold_wrong, "hold-wrong"},
    DisagreementName{DisagreementKind::ledger_pages, "ledger-pages"},
    DisagreementName{DisagreementKind::ledger_reference, "ledger-reference"},
    DisagreementName{DisagreementKind::message_empty, "message-empty"},
    DisagreementName{DisagreementKind::message_file_left, "message-file-left"},
    DisagreementName{DisagreementKind::node_id, "node-id"},
    DisagreementName{DisagreementKind::orphan, "orphan"},
    DisagreementName{DisagreementKind::receipt_empty, "receipt-empty"},
    DisagreementName{DisagreementKind::set_wrong, "set-wrong"},
    DisagreementName{DisagreementKind::shipment_counts, "shipment-counts"},
    DisagreementName{DisagreementKind::shipment_state, "shipment-state"},
    DisagreementName{DisagreementKind::state_unknown, "state-unknown"},
    DisagreementName{DisagreementKind::work_left, "work-left"},
};

constexpr std::string_view NameOf(DisagreementKind kind) {
  return std::ranges::find(kDisagreementNames, kind, &DisagreementName::kind)->name;
}

}  // namespace gateway
