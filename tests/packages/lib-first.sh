#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR Linux-OpenIB
#
# For life.sh, in a guest: the first boot after the installation. An operator writes a
# file and starts the service.
set -u
. "$(dirname "$0")/../guest/lib/sf.sh"
trap - EXIT

# Nothing is configured yet, so nothing happens.
shows '^inactive$' sh -c 'systemctl is-active mfraw.service || :'
shows '^0$' sh -c 'systemctl list-units --failed --no-legend "mfraw*" | wc -l'
ok mfraw-config diff
shows network-online.target systemctl show -P Before mfraw.service

ok ip link add wire0 type dummy
cat >/etc/mfraw/mfnic0.conf <<'END'
[NIC]
Number=0
MTU=4000
Uplink=wire0
Bridge=br0

[Subfunction]
Number=1
MACAddress=02:00:00:00:00:01
Bridge=br0

[Subfunction]
Number=2
MACAddress=02:00:00:00:00:02
RoCE=no
Bridge=br0
END
# The network manager is to ask for addresses on all of these.
printf '[Match]\nName=mf*\n[Network]\nDHCP=yes\n' >/etc/systemd/network/90-all.network
ok systemctl start systemd-networkd
ok systemctl start mfraw.service
shows '^active$' systemctl is-active mfraw.service
ok mfraw-config diff

# The modules are those of DKMS, and the names are stable.
shows '/updates/dkms/' modinfo -n mfraw
shows '^hca_id:.*mfraw0sf1$' ibv_devinfo -d mfraw0sf1
shows "fw_ver:.*$(modinfo -F version mfraw)$" ibv_devinfo -d mfraw0sf2
shows 'mfeth0sf1' ls /sys/class/infiniband/mfraw0sf1/device/net
shows '02:00:00:00:00:02' cat /sys/class/net/mfeth0sf2/address
shows '^# devices: mfraw0sf1 mfeth0sf1$' mfraw-config show

# Both network managers leave the representors alone, and the interfaces not.
by_networkd() { [[ $(networkctl list --no-legend "$1") != *unmanaged* ]]; }
within 60 by_networkd mfeth0sf1 || fail "networkd does not manage mfeth0sf1"
for rep in mfnic0p0 mfnic0sf1 mfnic0sf2; do
	shows unmanaged networkctl list --no-legend $rep
done
ok systemctl start NetworkManager
by_nm() { nmcli -g GENERAL.STATE device show "$1" | grep '^[0-9]' | grep -qv unmanaged; }
within 60 by_nm mfeth0sf1 || fail "NetworkManager does not manage mfeth0sf1"
for rep in mfnic0p0 mfnic0sf1 mfnic0sf2; do
	shows unmanaged nmcli -g GENERAL.STATE device show $rep
done
# An operator can have it otherwise.
ok nmcli device set mfnic0sf1 managed yes
within 60 by_nm mfnic0sf1 || fail "NetworkManager does not manage mfnic0sf1"
ok systemctl stop NetworkManager

# A change by hand is saved, and describes the next boot.
ok devlink port function rate set "$(port_of_sf 2)" tx_max 8mbit
shows 'TxMax 8mbit -> 0' sh -c 'mfraw-config diff; :'
ok mfraw-config save --force
ok mfraw-config diff
sed -i '/Uplink/d' /etc/mfraw/mfnic0.conf
ok cp /etc/mfraw/mfnic0.conf /share/
