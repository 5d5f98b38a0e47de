// What the harness tells the layer, and the layer the harness: one file that both map.
// tests/fault/layer.py mirrors it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace fault {

using Text = std::array<char, 256>;

enum Call : std::uint32_t {  // bits of Rule::calls
  kOpen = 1,                 // that creates or opens for writing
  kWrite = 2,
  kSync = 4,
  kRename = 8,
  kTruncate = 16,
  kUnlink = 32,
  kMkdir = 64,
  kRead = 128,
  kOpenToRead = 256,
};

// Fails calls on files whose path below state_dir contains `path`; "" is any.
struct Rule {
  std::atomic<std::uint32_t> calls;  // 0: off
  std::int32_t error;
  std::atomic<std::uint32_t> skip;   // so many are let through first
  std::atomic<std::uint32_t> times;  // so many fail then
  std::uint32_t one_in;              // of those, by chance; 1: all
  std::atomic<std::uint32_t> hits;   // failed so far
  Text path;
};

struct Point {
  std::array<char, 60> name;
  std::atomic<std::uint32_t> passed;
};

struct Control {
  Text state_dir;
  Text journal;     // file for the power-loss model; "": none
  Text shadows;     // directory that keeps what was unlinked since it was emptied; on the file system of state_dir
  Text lying_disk;  // fsync of paths that contain it says "done" and does nothing; "": none
  Text kill_at;     // a point; "": none
  std::atomic<std::uint32_t> kill_pass;  // at the n-th passing from now, counted down
  std::atomic<std::uint32_t> killed;
  std::array<Rule, 8> rules;
  std::atomic<std::uint32_t> point_count;
  std::array<Point, 128> points;
};

}  // namespace fault
