# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
"""What the guest tests in Python share."""
