# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For cmake, how to build for arm64: the layer of arm64.recipe.sh has the compiler, and
# /lower is the root file system of the guests.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_SYSROOT /lower)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} /lower)
set(ENV{PKG_CONFIG_LIBDIR}
  /lower/usr/lib/aarch64-linux-gnu/pkgconfig:/lower/usr/share/pkgconfig)
