#!/bin/sh
# packagers.sh ROOT VERSION: what can be said of the Conan recipe and the vcpkg port without either: both are of this version, can be read,
# and name every package that lib/CMakeLists.txt looks for.
set -eu
cd "$1/cmake"
python3 - "$2" <<'END'
import ast, json, re, sys

port = json.load(open("vcpkg/ragqueue/vcpkg.json"))
assert port["version"] == sys.argv[1], f"vcpkg.json has version {port['version']}, and not {sys.argv[1]}"
recipe = open("conan/conanfile.py").read()
ast.parse(recipe)
names = {"CURL": ("curl", "libcurl/"), "Eigen3": ("eigen3", "eigen/"), "fmt": ("fmt", "fmt/"), "ICU": ("icu", "icu/"),
         "OpenSSL": ("openssl", "openssl/"), "PostgreSQL": ("libpq", "libpq/"), "nlohmann_json": ("nlohmann-json", "nlohmann_json/"),
         "simdjson": ("simdjson", "simdjson/")}
for package in re.findall(r"find_package\((\w+)", open("../lib/CMakeLists.txt").read()):
    vcpkg, conan = names[package]
    assert vcpkg in port["dependencies"], f"the vcpkg port lacks {vcpkg}"
    assert f'requires("{conan}' in recipe, f"the Conan recipe lacks {conan}"
END
