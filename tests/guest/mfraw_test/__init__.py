# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""The code that guest tests in Python share."""
