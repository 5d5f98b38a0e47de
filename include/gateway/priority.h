// How urgent a study is, and in which pieces it leaves.
#pragma once

namespace gateway {

enum class Priority { emergency = 0, normal = 1, bulk = 2 };  // the ledger orders by the number
enum class Release { study, instance };

}  // namespace gateway
