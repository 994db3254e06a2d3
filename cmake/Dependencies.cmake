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

if(CHANX_BUILD_EXAMPLES OR CHANX_BUILD_TESTS)
    find_package(CLI11 REQUIRED)
    find_package(SQLiteCpp REQUIRED)
endif()
if(CHANX_BUILD_TESTS)
    find_package(Catch2 REQUIRED)
endif()
