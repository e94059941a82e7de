# axle_unit_test(<folder> SOURCES ... LIBRARIES ...): one doctest program a folder, every case a
# test of ctest's, labelled with its suite.
function(axle_unit_test folder)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${folder}_test ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/support/doctest_main.cpp")
  target_link_libraries(${folder}_test PRIVATE axle_settings doctest::doctest ${arg_LIBRARIES})
  doctest_discover_tests(${folder}_test ADD_LABELS 1 PROPERTIES
    TIMEOUT 120
    SKIP_REGULAR_EXPRESSION "MESSAGE: skipped: ")
endfunction()

find_package(Python3 3.8 REQUIRED COMPONENTS Interpreter)
# The interpreter itself: what is found may be a script of a version manager's, or a link.
execute_process(
  COMMAND "${Python3_EXECUTABLE}" -I -c
    "import sys; print(getattr(sys, '_base_executable', sys.executable), end='')"
  OUTPUT_VARIABLE AXLE_REAL_PYTHON
  COMMAND_ERROR_IS_FATAL ANY)

# axle_python_test(<name> <file> [LABELS ...] [ENVIRONMENT ...] [TIMEOUT s]
# [PYTHON interpreter]): a Python file of unittest that drives the real programs, found through AXLE_BIN.
function(axle_python_test name file)
  cmake_parse_arguments(arg "" "TIMEOUT;PYTHON" "LABELS;ENVIRONMENT" ${ARGN})
  if(NOT arg_PYTHON)
    set(arg_PYTHON "${AXLE_REAL_PYTHON}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
    if(AXLE_SANITIZE)
      set(arg_TIMEOUT 1200)
    endif()
  endif()
  # A process that is forked while another thread allocates could wait for ever for the sanitizer's
  # store of stacks. So reports tell where memory was misused, and not where it came from.
  set(sanitizer_options "")
  if(AXLE_SANITIZE MATCHES "address")
    set(sanitizer_options "ASAN_OPTIONS=malloc_context_size=0")
  endif()
  add_test(NAME ${name} COMMAND "${arg_PYTHON}" -B "${CMAKE_CURRENT_SOURCE_DIR}/${file}" -v)
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${arg_TIMEOUT}
    LABELS "${arg_LABELS}"
    ENVIRONMENT
      "AXLE_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};AXLE_SANITIZE=${AXLE_SANITIZE};AXLE_DAEMON=0;${sanitizer_options};${arg_ENVIRONMENT}")
endfunction()
