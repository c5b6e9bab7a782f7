#!/bin/bash
# mit-kdc.sh [DIR]: a KDC of MIT krb5 with the accounts of README.md, until standard input closes
# or Ctrl-C. Without DIR its files are in a new folder that is removed at the end.
#   ADDRESS=127.0.0.89:8889   where it listens, TCP and UDP
#   REALM=CORP.EXAMPLE
#   FAKETIME=+10m             a KDC whose clock is off, by libfaketime
# Prints KEY=VALUE lines, and READY once it answers. Needs krb5-kdc and krb5-admin-server, not root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
ADDRESS=${ADDRESS:-127.0.0.89:8889} REALM=${REALM:-CORP.EXAMPLE}
PATH=$PATH:/usr/sbin:/sbin
. "$here/lifetime.sh"
folder "${1:-}"

cat >"$DIR/kdc.conf" <<CONF
[kdcdefaults]
 kdc_listen = $ADDRESS
 kdc_tcp_listen = $ADDRESS
[realms]
 $REALM = {
  database_name = $DIR/principal
  key_stash_file = $DIR/stash
  acl_file = $DIR/acl
  max_renewable_life = 7d
  supported_enctypes = aes256-cts:normal aes128-cts:normal rc4-hmac:normal
  default_principal_flags = +preauth
 }
[logging]
 kdc = FILE:$DIR/kdc.log
CONF
client_config "$ADDRESS"
export KRB5_CONFIG=$DIR/krb5.conf KRB5_KDC_PROFILE=$DIR/kdc.conf

kdb5_util -r "$REALM" create -s -P master >"$DIR/create.log" 2>&1 || { cat "$DIR/create.log" >&2; exit 1; }
sed "s|@DIR@|$DIR|" "$here/mit-accounts.kadmin" | kadmin.local -r "$REALM" >"$DIR/accounts.log" 2>&1
# kadmin.local ends well whatever became of a line.
if grep -vE '^(Authenticating|kadmin.local:|Principal|Entry|No policy|$)' "$DIR/accounts.log" >&2; then exit 1; fi

serve krb5kdc -n
opens "${ADDRESS%:*}" "${ADDRESS##*:}"
echo "KDC=$ADDRESS"
until_closed
