# -DGATEWAY_PRECOMPILE=ON, as tests/run.sh and the sanitizer builds have it: most of compiling is reading the same headers.

# Compiles `header` before the sources of `target`; targets that name the same `group` share it.
function(gateway_precompile target group header)
  if(NOT GATEWAY_PRECOMPILE)
    return()
  endif()
  get_property(first GLOBAL PROPERTY GATEWAY_PRECOMPILED_${group})
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/precompiled/${header})
    set_property(GLOBAL PROPERTY GATEWAY_PRECOMPILED_${group} ${target})
  endif()
endfunction()
