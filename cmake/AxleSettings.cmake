# How everything of ours is compiled. Targets of ours link axle_settings, privately.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(AXLE_WERROR "Treat warnings as errors" OFF)
option(AXLE_STRICT "End the program where an outcome is dropped unread" OFF)
set(AXLE_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")
option(AXLE_STATIC_RUNTIME "Link everything but the C library statically, where that can be had" OFF)

find_program(AXLE_CCACHE ccache)
if(AXLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${AXLE_CCACHE}")
endif()

add_library(axle_settings INTERFACE)
target_include_directories(axle_settings INTERFACE "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
target_compile_options(axle_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor
  $<$<BOOL:${AXLE_WERROR}>:-Werror>)

if(AXLE_SANITIZE)
  add_compile_options(-fsanitize=${AXLE_SANITIZE} -fno-omit-frame-pointer -g)
  add_link_options(-fsanitize=${AXLE_SANITIZE})
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  if(AXLE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
  if(AXLE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # asio's fences
  endif()
endif()

# A program with the C++ runtime inside starts sooner. Not for axle-backend: the exceptions of a
# native build backend must be those of our own runtime, or nobody can catch them.
function(axle_static_runtime target)
  if(AXLE_STATIC_RUNTIME)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

# An installed library has machine code in it also where it was optimised as a whole: another
# compiler than ours could not read what that leaves.
function(axle_usable_by_any_linker target)
  if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # In machine code g++ 12 sees a memcpy over itself in `"text" + std::string()`; there is none.
    target_compile_options(${target} PRIVATE -ffat-lto-objects -Wno-restrict)
  endif()
endfunction()
