# How the sanitizers' runtimes are to behave in tests; sets CHANX_TEST_ENVIRONMENT.
set(CHANX_TEST_ENVIRONMENT "")
if(CHANX_SANITIZE)
    find_program(CHANX_SYMBOLIZER NAMES llvm-symbolizer-19 llvm-symbolizer)
    set(chanx_tsan_options halt_on_error=1:second_deadlock_stack=1)
    if(CHANX_SYMBOLIZER)
        list(APPEND CHANX_TEST_ENVIRONMENT ASAN_SYMBOLIZER_PATH=${CHANX_SYMBOLIZER})
        string(APPEND chanx_tsan_options :external_symbolizer_path=${CHANX_SYMBOLIZER})
    endif()
    list(APPEND CHANX_TEST_ENVIRONMENT
        ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1
        UBSAN_OPTIONS=print_stacktrace=1
        TSAN_OPTIONS=${chanx_tsan_options})
endif()
