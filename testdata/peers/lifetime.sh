# What the two scripts share: a folder, a server, and the end of both.

# folder DIR: the files of this run; without DIR a new one, removed at the end.
folder() {
  if [ -n "$1" ]; then
    DIR=$1 && mkdir -p "$DIR" && DIR=$(cd "$DIR" && pwd) temporary=
  else
    DIR=$(mktemp -d) temporary=$DIR
  fi
  chmod 700 "$DIR"
  trap finish EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

finish() {
  if [ -n "${server:-}" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  [ -z "$temporary" ] || rm -rf "$temporary"
}

# serve PROGRAM ARGS: starts the server, with its clock off if FAKETIME says so. The library and not
# the program faketime, which forks: its child would be left on the ports.
serve() {
  local preload=()
  if [ -n "${FAKETIME:-}" ]; then
    local library
    library=$(find /usr/lib /usr/lib64 -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
    [ -n "$library" ] || { echo "libfaketime is not installed" >&2; exit 1; }
    preload=(env "LD_PRELOAD=$library" "FAKETIME=$FAKETIME")
  fi
  "${preload[@]}" "$@" </dev/null >"$DIR/server.log" 2>&1 &
  server=$!
}

# opens HOST PORT: returns once the server accepts a connection.
opens() {
  for _ in $(seq 1200); do
    if (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; then return; fi
    kill -0 "$server" 2>/dev/null || { tail -n 5 "$DIR/server.log" >&2; exit 1; }
    sleep 0.025
  done
  echo "$1:$2 did not open" >&2
  exit 1
}

# client_config KDC: the krb5.conf of a client that behaves as the firewall does.
client_config() {
  cat >"$DIR/krb5.conf" <<CONF
[libdefaults]
 default_realm = $REALM
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 dns_canonicalize_hostname = false
 kdc_timesync = 0
 canonicalize = false
 permitted_enctypes = aes256-cts-hmac-sha1-96 aes128-cts-hmac-sha1-96
[realms]
 $REALM = {
  kdc = $1
 }
[domain_realm]
 .${REALM,,} = $REALM
CONF
}

# until_closed: says that all is there, and waits for the end of standard input. Whoever started this
# need not stop it: when that process is gone, however it went, its end of the pipe is closed.
until_closed() {
  echo "DIR=$DIR"
  echo "REALM=$REALM"
  echo "KRB5_CONFIG=$DIR/krb5.conf"
  echo "PID=$server"
  echo READY
  while read -r _; do :; done
}
