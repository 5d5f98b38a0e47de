// What the sanitizers are told, built into each program, as the open worker has neither an
// environment nor files. Each exception has its reason; there is none for code of ours.

extern "C" {

const char* __asan_default_options() {
  // detect_stack_use_after_return finds what a lambda or string_view outlived.
  return "detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:strict_init_order=1:"
         "allocator_may_return_null=1";
}

const char* __ubsan_default_options() {
  return "print_stacktrace=1";
}

const char* __tsan_default_options() {
  return "halt_on_error=1:second_deadlock_stack=1:history_size=4";
}
}
