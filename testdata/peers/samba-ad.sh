#!/bin/bash
# samba-ad.sh [DIR]: a domain controller of Samba (KDC and LDAP) with the accounts of README.md, until
# standard input closes or Ctrl-C. Without DIR its files are in a new folder that is removed at the end.
#   ADDRESS=127.0.0.10    where it listens: any address of 127.0.0.0/8, ports 88, 389, 464, 636, 3268, 3269
#   FAKETIME=+10m         a domain controller whose clock is off, by libfaketime
#   OPTIONS='name = value' further settings of smb.conf, one a line
#   CACHE=file.tgz        keeps the provisioned domain, and takes it from there: 1 s instead of 6
# Prints KEY=VALUE lines, and READY once it answers. Needs root (ports below 1024, attributes of files)
# and samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ADDRESS=${ADDRESS:-127.0.0.10} REALM=CORP.EXAMPLE
PATH=/usr/sbin:/sbin:$PATH
. "$here/lifetime.sh"
folder "${1:-}"
conf=$DIR/etc/smb.conf

provision() {
  samba-tool domain provision --targetdir="$1" --realm="$REALM" --domain=CORP --server-role=dc \
    --dns-backend=SAMBA_INTERNAL --host-name=dc1 --host-ip=127.0.0.10 --adminpass='Passw0rd.Admin1' \
    --option="interfaces=127.0.0.10/8" --option='bind interfaces only=yes' \
    --option="pid directory=$1/run" --option="log file=$1/log.samba" >"$1/provision.log" 2>&1 ||
    { tail -n 5 "$1/provision.log" >&2; exit 1; }
  mkdir -p "$1/run"
  /usr/bin/python3 "$here/samba-accounts.py" "$1/etc/smb.conf" create
  echo "$1" >"$1/made-in"
}

if [ ! -e "$conf" ]; then
  if [ -n "${CACHE:-}" ]; then
    # One provisions, the others wait for what it makes. A name appears when all is in it.
    exec 9>"$CACHE.lock"
    flock 9
    if [ ! -e "$CACHE" ]; then
      provision "$DIR"
      tar -C "$DIR" -czf "$CACHE.new" .
      mv "$CACHE.new" "$CACHE"
    else
      tar -C "$DIR" -xzf "$CACHE"
    fi
    exec 9>&-
  else
    provision "$DIR"
  fi
fi
# smb.conf names the folder and the address in which the domain was made.
sed -i -e "s|$(cat "$DIR/made-in")|$DIR|g" -e "s|interfaces = 127[^ ]*/8|interfaces = $ADDRESS/8|" "$conf"
echo "$DIR" >"$DIR/made-in"

options=()
while IFS= read -r line; do [ -z "$line" ] || options+=("--option=$line"); done <<<"${OPTIONS:-}"
# One process. The rest of a domain controller is of no use here, and takes seconds to start.
serve samba -F --no-process-group -M single -s "$conf" '--option=server services=kdc, ldap, cldap' "${options[@]}" --debug-stdout
opens "$ADDRESS" 88
opens "$ADDRESS" 389
client_config "$ADDRESS:88"
echo "KDC=$ADDRESS:88"
echo "CONF=$conf"
until_closed
