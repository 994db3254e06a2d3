# cmake --install, and what find_package(chanx) reads: chanx::chanx and chanx::testing.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(chanx_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/chanx)
set(chanx_installed_targets chanx)
if(TARGET chanx_testing)
    list(APPEND chanx_installed_targets chanx_testing)
    set_target_properties(chanx_testing PROPERTIES EXPORT_NAME testing)
endif()

install(TARGETS ${chanx_installed_targets} EXPORT chanx-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/chanx DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT chanx-targets NAMESPACE chanx:: DESTINATION ${chanx_package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/chanx-config.cmake.in
    ${PROJECT_BINARY_DIR}/chanx-config.cmake INSTALL_DESTINATION ${chanx_package_dir})
# Before 1.0 a minor version may break what is built on it.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/chanx-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/chanx-config.cmake
    ${PROJECT_BINARY_DIR}/chanx-config-version.cmake
    ${CMAKE_CURRENT_LIST_DIR}/CheckCoroutines.cmake
    ${CMAKE_CURRENT_LIST_DIR}/check_coroutines.cpp
    ${CMAKE_CURRENT_LIST_DIR}/LibraryDependencies.cmake
    ${CMAKE_CURRENT_LIST_DIR}/EmbedFiles.cmake
    ${CMAKE_CURRENT_LIST_DIR}/EmbedFilesScript.cmake
    DESTINATION ${chanx_package_dir})
