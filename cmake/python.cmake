# The engine for Python: python/_sluice.abi3.so, one binary for Python 3.10 and later, with all of
# libsluice inside. Left out where Python's headers are missing.
find_package(Python3 3.10 COMPONENTS Interpreter Development.Module QUIET)
if(NOT Python3_Development.Module_FOUND OR SLUICE_FUZZ)
  return() # what counts for libFuzzer is in its programs
endif()
file(GLOB sl_python CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/python/engine/*.c")
add_library(sl_python MODULE ${sl_python})
target_include_directories(sl_python PRIVATE python/engine include src)
target_include_directories(sl_python SYSTEM PRIVATE ${Python3_INCLUDE_DIRS})
target_link_libraries(sl_python PRIVATE sl_warnings sluice_static)
set_target_properties(sl_python PROPERTIES PREFIX "" OUTPUT_NAME _sluice SUFFIX .abi3.so
  LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/python"
  INSTALL_RPATH "$ORIGIN/sluice/lib"
  LINK_DEPENDS "${CMAKE_SOURCE_DIR}/cmake/python.map")
target_link_options(sl_python PRIVATE "-Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/python.map")
# What a wheel has beside python/sluice: the module and libduckdb, which it looks for next to itself.
install(TARGETS sl_python LIBRARY DESTINATION . COMPONENT python EXCLUDE_FROM_ALL)
install(FILES "${SLUICE_DEPS}/lib/libduckdb.so" DESTINATION sluice/lib COMPONENT python EXCLUDE_FROM_ALL)
