// Says how urgent a study is, and whether it leaves as a whole or instance by instance.
#pragma once

namespace gateway {

enum class Priority { emergency = 0, normal = 1, bulk = 2 };  // the ledger orders by the number
enum class Bundling { study, instance, series };

}  // namespace gateway
