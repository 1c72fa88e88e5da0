# Compiler flags of every target: C17, strict warnings, optimisation, hardening, sanitizers.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
set(CMAKE_C_FLAGS_RELEASE "-O3")

add_compile_definitions(_GNU_SOURCE)

# Our own code only: dependencies compiled from source do not get these.
add_library(sl_warnings INTERFACE)
target_compile_options(sl_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wvla -Wconversion -Wmissing-prototypes
  -Wwrite-strings -Wpointer-arith -Wundef -Wformat=2)
if(SLUICE_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sl_warnings INTERFACE -Wno-format-truncation) # gcc guesses wrong there
endif()
if(SLUICE_WERROR)
  target_compile_options(sl_warnings INTERFACE -Werror)
endif()

if(SLUICE_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SLUICE_FUZZ needs clang: cmake -DCMAKE_C_COMPILER=clang …")
  endif()
  set(SLUICE_SANITIZE ON)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SLUICE_SANITIZE)
  add_compile_options(-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all)
  # libduckdb throws C++ exceptions; ASan finds the real __cxa_throw only when libstdc++ is there from the start.
  add_link_options(-fsanitize=address,undefined -Wl,--no-as-needed -lstdc++ -Wl,--as-needed)
else()
  add_compile_options(-fstack-protector-strong)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
