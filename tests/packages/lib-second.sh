#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For life.sh, in a guest: a later boot. Everything is back, and nobody did anything.
set -u
. "$(dirname "$0")/../guest/lib/sf.sh"
trap - EXIT

journalctl -b -u mfraw.service --no-pager
shows '^active$' systemctl is-active mfraw.service
ok mfraw-config diff
shows '^hca_id:.*mfraw0sf1$' ibv_devinfo -d mfraw0sf1
shows '^hca_id:.*mfraw0sf2$' ibv_devinfo -d mfraw0sf2
shows 'tx_max 8Mbit' devlink port function rate show "$(port_of_sf 2)"
shows 'mtu 4000 .* master br0' ip link show mfnic0sf1
shows 'link/ether 02:00:00:00:00:01' ip link show mfeth0sf1

# The service may run again at any time.
ok systemctl reload mfraw.service
ok systemctl restart mfraw.service
ok mfraw-config diff
# A wrong file fails the service, names its line, and changes nothing.
echo 'MTU=x' >>/etc/mfraw/mfnic0.conf
refuses . systemctl restart mfraw.service
shows '/etc/mfraw/mfnic0.conf:[0-9]+: ' journalctl -b -u mfraw.service --no-pager
shows '^hca_id:.*mfraw0sf1$' ibv_devinfo -d mfraw0sf1
