# Unit tests: tests/unit/<room>/test_<name>.c -> unit_<room>_<name>, linked with its room alone;
# a connector's tests are in tests/unit/source_<name> or destination_<name>. A folder that names no
# room gets the whole library. Fuzzers: tests/fuzz/fuzz_<name>.c -> fuzz_<name> (SLUICE_FUZZ).
enable_testing()

function(sl_link_room target room)
  target_include_directories(${target} PRIVATE
    "${CMAKE_SOURCE_DIR}/tests" "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
  target_link_libraries(${target} PRIVATE sl_warnings)
  if(TARGET sl_${room} AND NOT room MATCHES "^(project|schedule|lineage|import|remote)$") # they ask the registry, that is no room
    target_link_libraries(${target} PRIVATE sl_${room})
  else()
    target_link_libraries(${target} PRIVATE sluice_static)
  endif()
endfunction()

set(sl_test_environment
  "SLUICE_LIBDUCKDB=$<IF:$<BOOL:$ENV{SLUICE_LIBDUCKDB}>,$ENV{SLUICE_LIBDUCKDB},${SLUICE_DEPS}/lib/libduckdb.so>"
  "SLUICE_TEST_ROOT=${CMAKE_SOURCE_DIR}"
  "ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
  "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
  "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tools/lsan.supp:print_suppressions=0")

file(GLOB sl_tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/unit/*/test_*.c")
foreach(source ${sl_tests})
  get_filename_component(name "${source}" NAME_WE)
  get_filename_component(folder "${source}" DIRECTORY)
  get_filename_component(room "${folder}" NAME)
  string(REGEX REPLACE "^test_" "unit_${room}_" target "${name}")
  add_executable(${target} "${source}")
  sl_link_room(${target} ${room})
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES TIMEOUT 120 ENVIRONMENT "${sl_test_environment}")
endforeach()

# tests/unit/normalize/test_allocation.c makes the engine's allocations fail.
target_link_options(unit_normalize_allocation PRIVATE
  "LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free,--wrap=strdup,--wrap=strndup")

# Contract tests: tests/contract/test_<name>.c -> contract_<name>, with the whole library and the
# other files of the folder. They drive every registered connector, plug-ins (SLUICE_PLUGINS) too.
file(GLOB sl_contract_tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/contract/test_*.c")
file(GLOB sl_contract_parts CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/contract/*.c")
list(REMOVE_ITEM sl_contract_parts ${sl_contract_tests})
add_library(sl_contract OBJECT ${sl_contract_parts})
sl_link_room(sl_contract none)
foreach(source ${sl_contract_tests})
  get_filename_component(name "${source}" NAME_WE)
  string(REGEX REPLACE "^test_" "contract_" target "${name}")
  add_executable(${target} "${source}" $<TARGET_OBJECTS:sl_contract>)
  sl_link_room(${target} none)
  sl_export_to_plugins(${target})
  target_compile_definitions(${target} PRIVATE $<$<BOOL:${SLUICE_SANITIZE}>:SLUICE_SANITIZED>)
  add_test(NAME ${target} COMMAND ${target})
  set_tests_properties(${target} PROPERTIES TIMEOUT 300 ENVIRONMENT "${sl_test_environment}")
endforeach()

if(SLUICE_FUZZ)
  file(GLOB sl_fuzzers CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c")
  foreach(source ${sl_fuzzers})
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} "${source}")
    sl_link_room(${name} none)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()
