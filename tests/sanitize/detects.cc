// Does what a sanitizer must stop:  detects address|undefined|thread. That it ends well means the
// build finds nothing.

#include <cstdlib>
#include <cstring>
#include <limits>
#include <string_view>
#include <thread>

namespace {

int* volatile shared = nullptr;

int ReadFreed() {
  int* const number = new int(std::rand());
  shared = number;
  delete number;
  return *shared;
}

int Overflow() {
  volatile int number = std::numeric_limits<int>::max();
  return number + 1;
}

int Race() {
  int number = 0;
  shared = &number;
  std::thread other([] { *shared = 1; });
  *shared = 2;
  other.join();
  return number;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  const int number = what == "address" ? ReadFreed() : what == "undefined" ? Overflow() : what == "thread" ? Race() : 0;
  return number == 4711 ? 1 : 0;
}
