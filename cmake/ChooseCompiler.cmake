# Picks clang-19 where nobody chose a compiler and the system's g++ is older than 13
# (CONTRIBUTING.md says why).
if(CMAKE_CXX_COMPILER OR DEFINED ENV{CXX} OR CMAKE_TOOLCHAIN_FILE OR NOT CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
    return()
endif()
execute_process(COMMAND c++ -dumpversion OUTPUT_VARIABLE chanx_default_version
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE chanx_default_result)
if(chanx_default_result EQUAL 0 AND chanx_default_version VERSION_GREATER_EQUAL 13)
    return()
endif()
find_program(CHANX_CLANG NAMES clang++-19 clang++-20 clang++-18 clang++-17 clang++-16 clang++)
if(CHANX_CLANG)
    set(CMAKE_CXX_COMPILER ${CHANX_CLANG} CACHE FILEPATH "C++ compiler")
endif()
