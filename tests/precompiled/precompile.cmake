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

# -DGATEWAY_BATCHES=ON, as all builds of tests/run.sh have it: compiles sources that may stand in one file together, for
# the same reason. Then a source that forgets an include may find it in its neighbour; the package's build, which
# compiles each source alone, does not forgive it.
function(gateway_batches target folder)
  if(NOT GATEWAY_BATCHES)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cc$")
  execute_process(COMMAND python3 -B ${PROJECT_SOURCE_DIR}/tests/precompiled/batches.py ${folder} ${sources}
                  WORKING_DIRECTORY ${folder} OUTPUT_VARIABLE batches COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" lines "${batches}")
  while(lines)
    list(POP_FRONT lines batch source)
    set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${batch})
  endwhile()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # GCC takes what a batch includes for headers, which others might include too.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()
