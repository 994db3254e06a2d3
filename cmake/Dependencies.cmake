# Everything comes from the system; script/bootstrap installs what is missing.

# A project that adds this one links what is found here, from its own folder.
if(NOT PROJECT_IS_TOP_LEVEL)
    set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
endif()
include(LibraryDependencies)

if(CHANX_BUILD_EXAMPLES OR CHANX_BUILD_TESTS)
    find_package(CLI11 REQUIRED)
    find_package(SQLiteCpp REQUIRED)
endif()
if(CHANX_BUILD_TESTS)
    find_package(Catch2 REQUIRED)
endif()
