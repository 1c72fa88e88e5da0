# The files of the web page, as C.
file(GLOB sl_pages CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/web/page/*")
add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/web_files.c"
  COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_BINARY_DIR}/web_files.c
    -DFOLDER=${CMAKE_SOURCE_DIR}/src/web/page -P ${CMAKE_SOURCE_DIR}/src/web/pages.cmake
  DEPENDS ${sl_pages} "${CMAKE_SOURCE_DIR}/src/web/pages.cmake" VERBATIM)
target_sources(sl_web_objects PRIVATE "${CMAKE_BINARY_DIR}/web_files.c")

# The reader of dlt's scripts for `sluice import dlt`, as C.
add_custom_command(OUTPUT "${CMAKE_BINARY_DIR}/read_pipelines.c"
  COMMAND ${CMAKE_COMMAND} -DOUT=${CMAKE_BINARY_DIR}/read_pipelines.c
    -DIN=${CMAKE_SOURCE_DIR}/src/import/read_pipelines.py -DNAME=sl_read_pipelines
    -DHEADER=import/import_internal.h -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
  DEPENDS "${CMAKE_SOURCE_DIR}/src/import/read_pipelines.py" "${CMAKE_SOURCE_DIR}/cmake/embed.cmake" VERBATIM)
target_sources(sl_import_objects PRIVATE "${CMAKE_BINARY_DIR}/read_pipelines.c")

# libsluice.so, libsluice.a (self-contained: every room's objects), the command and the examples.
set(sl_objects $<TARGET_OBJECTS:yyjson>)
foreach(room ${SL_ROOMS})
  list(APPEND sl_objects $<TARGET_OBJECTS:sl_${room}_objects>)
endforeach()

file(GLOB sl_registry CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/*.c")
if(sl_registry)
  add_library(sl_registry_objects OBJECT ${sl_registry})
  target_include_directories(sl_registry_objects PRIVATE src include)
  target_link_libraries(sl_registry_objects PRIVATE sl_warnings sl_external)
  list(APPEND sl_objects $<TARGET_OBJECTS:sl_registry_objects>)
endif()

add_library(sluice_static STATIC ${sl_objects})
add_library(sluice_shared SHARED ${sl_objects})
foreach(target sluice_static sluice_shared)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME sluice LINKER_LANGUAGE C)
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}/include")
endforeach()
target_link_libraries(sluice_static PUBLIC sl_external)
target_link_libraries(sluice_shared PRIVATE sl_external)
set_target_properties(sluice_shared PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS "${CMAKE_SOURCE_DIR}/cmake/libsluice.map")
target_link_options(sluice_shared PRIVATE
  "-Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/libsluice.map")
if(NOT SLUICE_SANITIZE) # clang's sanitizer runtime is only in the program
  target_link_options(sluice_shared PRIVATE -Wl,--no-undefined)
endif()

# Plug-ins (sluice/plugin.h) call the library inside of the program that loads them.
function(sl_export_to_plugins target)
  target_link_options(${target} PRIVATE
    "-Wl,--dynamic-list=${CMAKE_SOURCE_DIR}/cmake/exported.list")
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${CMAKE_SOURCE_DIR}/cmake/exported.list")
endfunction()

file(GLOB sl_cli CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/cli/*.c")
if(sl_cli)
  add_executable(sluice ${sl_cli})
  target_include_directories(sluice PRIVATE cli src include)
  target_link_libraries(sluice PRIVATE sl_warnings sluice_static)
  sl_export_to_plugins(sluice)
endif()

file(GLOB sl_examples CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/examples/*.c")
foreach(source ${sl_examples})
  get_filename_component(name "${source}" NAME_WE)
  add_executable(example_${name} "${source}")
  target_link_libraries(example_${name} PRIVATE sl_warnings sluice_static)
endforeach()
