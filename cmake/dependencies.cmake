# What Sluice is built with. apt: xxhash, zlib, zstd, libyaml, threads. From .deps (fetched by
# tools/bootstrap): yyjson's source, and duckdb.h. libduckdb is not linked: src/duckdb opens it
# when a DuckDB file is first touched, so that `sluice --version` does not pay for it.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SL_APT REQUIRED IMPORTED_TARGET libxxhash zlib libzstd yaml-0.1)
pkg_check_modules(SL_MARIADB REQUIRED libmariadb) # headers only: the library is opened when needed
pkg_check_modules(SL_PQ REQUIRED libpq) # its headers only: the library is opened on first use
pkg_check_modules(SL_MONGOC REQUIRED libmongoc-1.0) # headers only, too

foreach(file include/duckdb.h include/yyjson.h src/yyjson.c lib/libduckdb.so)
  if(NOT EXISTS "${SLUICE_DEPS}/${file}")
    message(FATAL_ERROR "${SLUICE_DEPS}/${file} is missing. Run tools/bootstrap first.")
  endif()
endforeach()

add_library(yyjson OBJECT "${SLUICE_DEPS}/src/yyjson.c")
target_include_directories(yyjson SYSTEM PUBLIC "${SLUICE_DEPS}/include")
if(SLUICE_SANITIZE) # memory errors through it are caught; UBSan would take a minute to compile
  target_compile_options(yyjson PRIVATE -O1 -fno-sanitize=undefined -w)
else()
  target_compile_options(yyjson PRIVATE -O3 -w)
endif()
add_library(sl_yyjson STATIC $<TARGET_OBJECTS:yyjson>) # for a room linked alone, as unit tests do

# What a room may use beside other rooms.
add_library(sl_external INTERFACE)
target_include_directories(sl_external SYSTEM INTERFACE "${SLUICE_DEPS}/include"
  ${SL_MARIADB_INCLUDE_DIRS}
  ${SL_PQ_INCLUDE_DIRS}
  ${SL_MONGOC_INCLUDE_DIRS})
target_link_libraries(sl_external INTERFACE PkgConfig::SL_APT Threads::Threads m ${CMAKE_DL_LIBS})

# dlopen("libduckdb.so") follows the run path of the binary that calls it: .deps/lib in a build tree,
# lib/sluice/ once installed, and the system's libraries after that. RPATH and not RUNPATH, because
# under AddressSanitizer the caller is its own dlopen wrapper.
set(CMAKE_BUILD_RPATH "${SLUICE_DEPS}/lib")
add_link_options(-Wl,--disable-new-dtags)
