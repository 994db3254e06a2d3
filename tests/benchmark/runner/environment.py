"""What a measurement was made with."""
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess

from .paths import ROOT, SOURCES


def output(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    except OSError:
        return ""


def compiler_version():
    """("clang", "19.1.7") of the release build."""
    for path in (ROOT / "build" / "release" / "CMakeFiles").glob("*/CMakeCXXCompiler.cmake"):
        text = path.read_text()
        name = re.search(r'CMAKE_CXX_COMPILER_ID "(\w+)"', text)
        version = re.search(r'CMAKE_CXX_COMPILER_VERSION "([\d.]+)"', text)
        if name and version:
            return {"Clang": "clang", "GNU": "g++"}.get(name[1], name[1]), version[1]
    return "an unknown compiler", "0"


def boost_version():
    cache = (ROOT / "build" / "release" / "CMakeCache.txt").read_text()
    folder = re.search(r"^boost_headers_DIR:PATH=.*-([\d.]+)$", cache, re.MULTILINE)
    return folder[1] if folder else ""


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def npm_versions():
    lock = json.loads((SOURCES / "peers" / "package-lock.json").read_text())
    return {name: lock["packages"][f"node_modules/{name}"]["version"] for name in ("ws", "socket.io")}


def describe(with_npm):
    """Lines of Markdown."""
    name, version = compiler_version()
    lines = [f"- Date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC; "
             f"commit {output('git', 'rev-parse', '--short', 'HEAD') or 'unknown'}",
             f"- Machine: {processor()}, {os.cpu_count()} processors, Linux {platform.release()}",
             f"- {name} {version} -O3, Boost {boost_version()}"]
    if with_npm and shutil.which("node"):
        npm = npm_versions()
        lines.append(f"- Node {output('node', '--version')}, ws {npm['ws']}, socket.io {npm['socket.io']}")
    return lines
