# The rooms of src/ in layer order. sl_add_room(NAME FOLDER ROOM…) makes
#   sl_<NAME>_objects   the compiled files, which libsluice is made of, and
#   sl_<NAME>           a static library of them that brings the rooms it may include.
# Which rooms those are stands in tools/layers.txt, the table that #includes are checked against.
set(SL_ROOMS "" CACHE INTERNAL "rooms that have sources")

function(sl_add_room name folder)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${folder}/*.c")
  if(NOT sources)
    return() # a room that nobody has moved into yet
  endif()
  add_library(sl_${name}_objects OBJECT ${sources})
  target_include_directories(sl_${name}_objects
    PRIVATE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
  target_link_libraries(sl_${name}_objects PRIVATE sl_warnings sl_external)
  add_library(sl_${name} STATIC $<TARGET_OBJECTS:sl_${name}_objects>)
  target_include_directories(sl_${name}
    PUBLIC "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
  target_link_libraries(sl_${name} PUBLIC sl_external sl_yyjson)
  foreach(room ${ARGN})
    if(TARGET sl_${room})
      target_link_libraries(sl_${name} PUBLIC sl_${room})
    endif()
  endforeach()
  set(SL_ROOMS ${SL_ROOMS} ${name} CACHE INTERNAL "")
endfunction()

function(sl_add_connectors kind) # sources or destinations: one room for each folder
  string(REGEX REPLACE "s$" "" prefix ${kind})
  file(GLOB folders CONFIGURE_DEPENDS LIST_DIRECTORIES true "${CMAKE_SOURCE_DIR}/src/${kind}/*")
  foreach(folder ${folders})
    if(IS_DIRECTORY "${folder}")
      get_filename_component(name "${folder}" NAME)
      sl_add_room(${prefix}_${name} ${kind}/${name} ${ARGN})
    endif()
  endforeach()
endfunction()

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tools/layers.txt")
file(STRINGS "${CMAKE_SOURCE_DIR}/tools/layers.txt" sl_layers REGEX "^[a-z/*]+:")
foreach(line ${sl_layers})
  string(REGEX MATCH "^([a-z]+)(/\\*)?:(.*)$" matched "${line}")
  set(room ${CMAKE_MATCH_1})
  set(is_group "${CMAKE_MATCH_2}")
  string(REGEX MATCHALL "[a-z]+" allowed "${CMAKE_MATCH_3}")
  if(is_group)
    sl_add_connectors(${room} ${allowed})
  elseif(NOT room STREQUAL "libc")
    sl_add_room(${room} ${room} ${allowed})
  endif()
endforeach()
