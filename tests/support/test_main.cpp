// Catch2's main with two options of ours before its own. A module is the folder of a test's file: "json" for
// tests/unit/json/decode_test.cpp, "base" for tests/unit/error_test.cpp.
//
//     --module json             only the test cases of that module
//     --check-modules base,json fails for a test case in none of these, and for one of these without test
//     cases

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/catch_test_case_info.hpp>
#include <catch2/interfaces/catch_interfaces_registry_hub.hpp>
#include <catch2/interfaces/catch_interfaces_testcase.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Case {
    std::string name;
    std::string module;
};

std::string module_of(const std::string& file) {
    const std::string tests = "tests/";
    const auto root = file.rfind(tests);
    if (root == std::string::npos) return "outside of tests/";
    const auto program = file.find('/', root + tests.size());
    if (program == std::string::npos) return "beside the programs";
    const auto folder = file.find('/', program + 1);
    return folder == std::string::npos ? "base" : file.substr(program + 1, folder - program - 1);
}

std::vector<Case> all_cases() {
    std::vector<Case> cases;
    const auto& registry = Catch::getRegistryHub().getTestCaseRegistry();
#if __has_include(<catch2/catch_all.hpp>)
    for (const auto* info : registry.getAllInfos())
        cases.push_back({info->name, module_of(info->lineInfo.file)});
#else
    for (const auto& test : registry.getAllTests())
        cases.push_back({test.name, module_of(test.lineInfo.file)});
#endif
    return cases;
}

std::string quoted(const std::string& name) {
    std::string text = "\"";
    for (const char c : name) {
        if (c == '\\' || c == '"' || c == ',' || c == '[' || c == ']') text += '\\';
        text += c;
    }
    return text + '"';
}

int check_modules(const std::string& list) {
    std::set<std::string> empty;
    std::istringstream names(list);
    for (std::string name; std::getline(names, name, ',');) empty.insert(name);
    const std::set<std::string> known = empty;
    int strays = 0;
    for (const auto& test : all_cases()) {
        empty.erase(test.module);
        if (known.count(test.module) != 0) continue;
        ++strays;
        std::cout << "in no module: \"" << test.name << "\" (" << test.module << ")\n";
    }
    for (const auto& name : empty) std::cout << "a module without test cases: " << name << "\n";
    return strays == 0 && empty.empty() && !known.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char* argv[]) {
    const std::string option = argc > 2 ? argv[1] : "";
    if (option == "--check-modules") return check_modules(argv[2]);

    Catch::Session session;
    if (option != "--module") return session.run(argc, argv);

    std::vector<char*> rest{argv[0]};
    rest.insert(rest.end(), argv + 3, argv + argc);
    if (const int error = session.applyCommandLine(static_cast<int>(rest.size()), rest.data())) return error;
    auto& chosen = session.configData().testsOrTags;
    if (!chosen.empty()) {
        std::cerr << "--module takes no test names or tags beside it\n";
        return 2;
    }
    for (const auto& test : all_cases()) {
        if (test.module != argv[2]) continue;
        if (!chosen.empty()) chosen.emplace_back(",");
        chosen.push_back(quoted(test.name));
    }
    if (chosen.empty()) {
        std::cerr << "there are no test cases in a module " << argv[2] << "\n";
        return 2;
    }
    return session.run();
}
