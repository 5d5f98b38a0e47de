# -DGATEWAY_PRECOMPILE=ON, as the sanitizer builds have it: much of compiling is reading the same headers.

# Compiles `header` before the sources of `target`; targets that name the same `group` share it, if they are compiled with
# the same options.
function(gateway_precompile target group header)
  if(NOT GATEWAY_PRECOMPILE)
    return()
  endif()
  get_target_property(options ${target} COMPILE_OPTIONS)
  string(MD5 options "${options}")
  set(shared GATEWAY_PRECOMPILED_${group}_${options})
  get_property(first GLOBAL PROPERTY ${shared})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/precompiled/${header})
    set_property(GLOBAL PROPERTY ${shared} ${target})
  endif()
endfunction()
