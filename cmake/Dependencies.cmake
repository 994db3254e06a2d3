# Everything comes from the system; script/bootstrap installs what is missing.

# A project that adds this one links what is found here, from its own folder.
if(NOT PROJECT_IS_TOP_LEVEL)
    set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
endif()
# find_dependency() asks for its package as insistently as the package that it is called for was asked for.
set(CMAKE_FIND_PACKAGE_NAME chanx)
set(chanx_FIND_REQUIRED TRUE)
include(LibraryDependencies)
unset(CMAKE_FIND_PACKAGE_NAME)

# chanx::redis speaks with Redis through hiredis.
set(chanx_with_redis OFF)
if(CHANX_REDIS)
    if(CHANX_REDIS STREQUAL "AUTO")
        pkg_check_modules(hiredis QUIET IMPORTED_TARGET GLOBAL hiredis>=0.14)
    else()
        pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET GLOBAL hiredis>=0.14)
    endif()
    if(TARGET PkgConfig::hiredis)
        set(chanx_with_redis ON)
    else()
        message(STATUS "chanx::redis is not built, for there is no hiredis (Debian: libhiredis-dev)")
    endif()
endif()

# chanx::metrics writes Prometheus' text format with prometheus-cpp's core. Its CMake package asks for what its other parts need.
set(chanx_with_metrics OFF)
if(CHANX_METRICS)
    if(CHANX_METRICS STREQUAL "AUTO")
        pkg_check_modules(prometheus QUIET IMPORTED_TARGET GLOBAL prometheus-cpp-core)
    else()
        pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET GLOBAL prometheus-cpp-core)
    endif()
    if(TARGET PkgConfig::prometheus)
        set(chanx_with_metrics ON)
    else()
        message(STATUS "chanx::metrics is not built, for there is no prometheus-cpp (Debian: prometheus-cpp-dev)")
    endif()
endif()

if(CHANX_BUILD_EXAMPLES OR CHANX_BUILD_TESTS)
    find_package(CLI11 REQUIRED)
    find_package(SQLiteCpp REQUIRED)
endif()
if(CHANX_BUILD_TESTS)
    find_package(Catch2 REQUIRED)
endif()
