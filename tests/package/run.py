#!/usr/bin/env python3
"""Builds and runs the project in downstream/ against this library, in one of these ways.

    run.py WAY --source DIR --work DIR --version V [--build DIR] [--compiler C++] [-D... for CMake]

    add_subdirectory, fetch_content   from the sources
    find_package, pkg_config          from what `cmake --install` makes of the build tree --build, moved elsewhere first
    deb                               from what cpack makes of it, unpacked

--work is kept, so that a second run builds only what has changed.
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
WARNINGS = ["-Werror", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wsign-conversion"]


def run(*command, **options):
    print("+", *command, flush=True)
    return subprocess.run([str(word) for word in command], check=True, text=True, **options)


def output(*command, **options):
    return run(*command, stdout=subprocess.PIPE, **options).stdout.strip()


def install(arguments):
    """Installs the build tree and moves the result; the folder where it lies in the end."""
    first, stage = arguments.work / "installed", arguments.work / "moved" / "stage"
    for folder in (first, stage):
        shutil.rmtree(folder, ignore_errors=True)
    run("cmake", "--install", arguments.build, "--prefix", first, stdout=subprocess.DEVNULL)
    stage.parent.mkdir(parents=True, exist_ok=True)
    first.rename(stage)
    check_texts(stage, [arguments.source, arguments.build, first])
    return stage


def check_texts(stage, forbidden):
    """What is installed names no folder of the build, and carries none of our flags."""
    texts = [path for pattern in ("*.cmake", "*.pc") for path in stage.rglob(pattern)]
    if not texts:
        sys.exit(f"{stage} has neither CMake nor pkg-config files")
    for path in texts:
        text = path.read_text(encoding="utf-8")
        for folder in forbidden:
            if str(folder) in text:
                sys.exit(f"{path} names {folder}")
        found = re.search(r"-(W[a-z]|fsanitize|std=)\S*", text) if path.name.startswith("chanx-targets") else None
        if found:
            sys.exit(f"{path} hands on {found[0]}")


def check_refusals(arguments, stage):
    """What find_package() must refuse, and what it says then."""
    tree = arguments.work / "refused"

    def refuses(project, text, *definitions):
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        (tree / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.25)\n" + project, encoding="utf-8")
        said = subprocess.run(["cmake", "-S", tree, "-B", tree / "build", "-G", "Ninja",
                               f"-DCMAKE_PREFIX_PATH={stage}", *definitions],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if said.returncode == 0 or text not in " ".join(said.stdout.split()):
            sys.exit(f"find_package should have failed with {text!r}:\n{said.stdout}")
        print(f"refused as it should be: {text}")

    compiler = f"-DCMAKE_CXX_COMPILER={arguments.compiler}"
    refuses("project(a LANGUAGES CXX)\nfind_package(chanx REQUIRED COMPONENTS core tea)",
            'has no component "tea"; this installation has: core, testing', compiler)
    refuses("project(a LANGUAGES CXX)\nfind_package(chanx 99 REQUIRED)", "99", compiler)
    refuses("project(a LANGUAGES C)\nfind_package(chanx REQUIRED)", "chanx needs C++")
    old = next((name for name in ("g++-12", "g++-11") if shutil.which(name)), None)
    if old:
        refuses("project(a LANGUAGES CXX)\nfind_package(chanx REQUIRED)", "Use clang 16 or later",
                f"-DCMAKE_CXX_COMPILER={old}")


def with_pkg_config(arguments, stage, tree):
    folders = sorted({str(path.parent) for path in stage.rglob("chanx*.pc")})
    environment = os.environ | {"PKG_CONFIG_PATH": ":".join(folders)}
    said = output("pkg-config", "--modversion", "chanx", env=environment)
    if said != arguments.version:
        sys.exit(f"chanx.pc says {said}")
    flags = [shlex.split(output("pkg-config", what, "chanx-testing", env=environment)) for what in ("--cflags", "--libs")]
    tree.mkdir(parents=True, exist_ok=True)
    objects = []
    for name, options in (("main", ["-O0"]), ("other", ["-O1", "-DNDEBUG"])):
        objects.append(tree / f"{name}.o")
        run(*shlex.split(arguments.launcher), arguments.compiler, "-std=c++20", *WARNINGS, *options, *flags[0],
            "-c", HERE / "downstream" / f"{name}.cpp", "-o", objects[-1])
    run(arguments.compiler, *objects, *flags[1], "-o", tree / "downstream")
    if list(stage.rglob("chanx-redis.pc")):
        flags = shlex.split(output("pkg-config", "--cflags", "--libs", "chanx-redis", env=environment))
        run(arguments.compiler, "-std=c++20", *WARNINGS, HERE / "downstream" / "redis.cpp", *flags,
            "-o", tree / "downstream_redis")
    if list(stage.rglob("chanx-metrics.pc")):
        flags = shlex.split(output("pkg-config", "--cflags", "--libs", "chanx-metrics", env=environment))
        run(arguments.compiler, "-std=c++20", *WARNINGS, HERE / "downstream" / "metrics.cpp", *flags,
            "-o", tree / "downstream_metrics")


def with_cmake(arguments, tree, *definitions):
    # Where the package was found before is not where it is now.
    run("cmake", "--fresh", "-S", HERE / "downstream", "-B", tree, "-G", "Ninja",
        f"-DCMAKE_CXX_COMPILER={arguments.compiler}", f"-DCMAKE_CXX_COMPILER_LAUNCHER={arguments.launcher}",
        *arguments.definitions, *definitions)
    run("cmake", "--build", tree, "--parallel", os.environ.get("JOBS", "2"))


def unpack_debs(arguments):
    """Makes the Debian packages and unpacks them; the folder that stands for /usr."""
    packages, root = arguments.work / "debs", arguments.work / "root"
    for folder in (packages, root):
        shutil.rmtree(folder, ignore_errors=True)
    run("cpack", "-G", "DEB", "-B", packages, cwd=arguments.build, stdout=subprocess.DEVNULL)
    fields = {}
    for path in sorted(packages.glob("*.deb")):
        name, depends, maintainer = (output("dpkg-deb", "-f", path, field)
                                     for field in ("Package", "Depends", "Maintainer"))
        if not re.fullmatch(r"[^<>]+ <[^<>@ ]+@[^<>@ ]+>", maintainer):
            sys.exit(f"{name} has no maintainer one could write to: {maintainer}")
        fields[name] = depends
        run("dpkg-deb", "-x", path, root)
    runtime = "libchanx" + ".".join(arguments.version.split(".")[:2])
    if sorted(fields) != sorted([runtime, "libchanx-dev"]):
        sys.exit(f"cpack made {sorted(fields)}")
    for needed in (f"{runtime} (= {arguments.version})", "libboost-json", "libssl-dev", "libsodium-dev", "libre2-dev",
                   "libspdlog-dev", "zlib1g-dev"):
        if needed not in fields["libchanx-dev"]:
            sys.exit(f"libchanx-dev does not depend on {needed}: {fields['libchanx-dev']}")
    for needed in ("libc6 ", "libboost-json", "libssl3", "libsodium", "libre2", "libspdlog", "zlib1g"):
        if needed not in fields[runtime]:
            sys.exit(f"{runtime} does not depend on {needed}: {fields[runtime]}")
    for name in fields:
        text = (root / "usr/share/doc" / name / "copyright").read_text(encoding="utf-8")
        if "License: BSL-1.0" not in text or "THE SOFTWARE IS PROVIDED" not in text:
            sys.exit(f"the copyright file of {name} lacks the licence")
    check_texts(root, [arguments.source, arguments.build, root])
    return root / "usr"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["add_subdirectory", "fetch_content", "find_package", "pkg_config", "deb"])
    for name in ("source", "work"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, help="the library's build tree")
    parser.add_argument("--version", required=True, help="what chanx::version() must say")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--launcher", default="", help="put before the compiler, as ccache is")
    arguments, arguments.definitions = parser.parse_known_args()
    if arguments.way not in ("add_subdirectory", "fetch_content") and not arguments.build:
        parser.error(f"{arguments.way} needs --build")

    tree = arguments.work / arguments.way
    stage = None
    if arguments.way == "add_subdirectory":
        with_cmake(arguments, tree, f"-DCHANX_SOURCE={arguments.source}")
    elif arguments.way == "fetch_content":
        with_cmake(arguments, tree, f"-DCHANX_FETCH={arguments.source}")
    else:
        stage = unpack_debs(arguments) if arguments.way == "deb" else install(arguments)
        if arguments.way == "pkg_config":
            with_pkg_config(arguments, stage, tree)
        else:
            with_cmake(arguments, tree, f"-DCMAKE_PREFIX_PATH={stage}")
            check_refusals(arguments, stage)

    # Only the dynamic linker has to be told where a stage lies.
    folders = sorted({str(path.parent) for path in stage.rglob("libchanx.so")}) if stage else []
    environment = os.environ | {"LD_LIBRARY_PATH": ":".join(folders)} if folders else None
    said = output(tree / "downstream", env=environment)
    if said != arguments.version:
        sys.exit(f"chanx::version() said {said!r}, not {arguments.version!r}")
    if (tree / "downstream_redis").exists():
        run(tree / "downstream_redis", env=environment)
        print("the Redis layer is there")
    if (tree / "downstream_metrics").exists():
        run(tree / "downstream_metrics", env=environment)
        print("metrics are there")
    print(f"downstream runs with chanx {said} by {arguments.way}")


if __name__ == "__main__":
    main()
