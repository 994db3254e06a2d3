"""Where things are."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCES = ROOT / "tests" / "benchmark"
PROGRAMS = ROOT / "build" / "release" / "tests" / "benchmark"
CHAT = ROOT / "build" / "release" / "examples" / "chat" / "chat"
RESULTS = ROOT / "build" / "benchmark"
DOCUMENT = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "performance.svg"
SCALING_PLOT = ROOT / "docs" / "images" / "scaling.svg"
INSTRUCTIONS = SOURCES / "instructions.json"
