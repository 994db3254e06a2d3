# Runs a small program with the coroutine shape that g++ 12 miscompiles, and refuses a compiler that fails.
if(CHANX_COROUTINES_CHECKED STREQUAL "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_COMPILER_VERSION}")
    return()
endif()
if(CMAKE_CROSSCOMPILING)
    message(STATUS "chanx: cross-compiling, so the coroutine check was not run")
    return()
endif()
try_run(chanx_coroutines_run chanx_coroutines_compile
    ${CMAKE_BINARY_DIR}/check_coroutines ${CMAKE_CURRENT_LIST_DIR}/check_coroutines.cpp
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON
    COMPILE_OUTPUT_VARIABLE chanx_coroutines_output)
if(chanx_coroutines_compile)
    set(chanx_coroutines_output "")  # it is of interest only when it holds errors
endif()
if(NOT chanx_coroutines_compile OR NOT chanx_coroutines_run EQUAL 0)
    message(FATAL_ERROR
        "chanx: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} (${CMAKE_CXX_COMPILER}) can't build chanx: "
        "it does not compile coroutines correctly (an object in a statement with co_await is copied bitwise "
        "and destroyed twice).\n"
        "Use clang 16 or later, or g++ 13 or later. On Debian 12: apt-get install clang-19, then configure "
        "with -DCMAKE_CXX_COMPILER=clang++-19.\n${chanx_coroutines_output}")
endif()
set(CHANX_COROUTINES_CHECKED "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_COMPILER_VERSION}" CACHE INTERNAL "")
