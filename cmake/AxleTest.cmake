# axle_unit_test(<folder> SOURCES ... LIBRARIES ...): one doctest program a folder, every case a
# test of ctest's, labelled with its suite.
function(axle_unit_test folder)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${folder}_test ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/support/doctest_main.cpp")
  target_link_libraries(${folder}_test PRIVATE axle_settings doctest::doctest ${arg_LIBRARIES})
  doctest_discover_tests(${folder}_test ADD_LABELS 1 PROPERTIES TIMEOUT 120)
endfunction()
