"""ragqueue as a Conan 2 package, from this source tree: conan create cmake/conan --build=missing"""

import re
from pathlib import Path

from conan import ConanFile
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["CMakeLists.txt", "LICENSE", "cmake/*", "include/*", "lib/*"]


class Ragqueue(ConanFile):
    name = "ragqueue"
    description = "Keeps a RAG search index in step with the rows of a PostgreSQL database"
    license = "Apache-2.0"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "testing": [True, False]}
    default_options = {"shared": True, "testing": False}

    def set_version(self):
        header = load(self, ROOT / "include/ragqueue/version.hpp")
        self.version = ".".join(re.findall(r"#define RAGQUEUE_VERSION_\w+ (\d+)", header))

    def export_sources(self):
        for part in PARTS:
            copy(self, part, ROOT, self.export_sources_folder)

    def requirements(self):
        self.requires("eigen/3.4.0")
        self.requires("fmt/[>=9 <12]")
        self.requires("icu/[>=72]")
        self.requires("libcurl/[>=7.85 <9]")
        self.requires("libpq/[>=15]")
        self.requires("nlohmann_json/[>=3.11 <4]")
        self.requires("openssl/[>=3 <4]")
        self.requires("simdjson/[>=3 <4]")
        if self.options.testing:
            self.requires("boost/[>=1.74]", headers=True, libs=False)

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.variables["BUILD_SHARED_LIBS"] = bool(self.options.shared)
        toolchain.variables["RAGQUEUE_BUILD_APPS"] = False
        toolchain.variables["RAGQUEUE_BUILD_TESTING_LIBRARY"] = bool(self.options.testing)
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        # The package's own ragqueueConfig.cmake knows the components and what each needs.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/ragqueue"]
