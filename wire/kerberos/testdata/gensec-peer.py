#!/usr/bin/python3
"""gensec-peer.py SMB.CONF krb5|spnego SERVICE HOST PRINCIPAL < password, then commands

A GSS-API client of Samba (gensec on Heimdal) that tests talk to as to gss-peer.py: step, wrap 1, unwrap."""

import sys

from samba import credentials, gensec
from samba.param import LoadParm


def text(b):
    return bytes(b).hex() if b else "-"


def value(s):
    return b"" if s == "-" else bytes.fromhex(s)


conf, mech, service, host, principal = sys.argv[1:]
lp = LoadParm()
lp.load(conf)
lp.set("kerberos method", "default")
creds = credentials.Credentials()
creds.guess(lp)
creds.set_kerberos_state(credentials.MUST_USE_KERBEROS)
name, realm = principal.split("@")
creds.set_username(name)
creds.set_realm(realm)
creds.set_domain("CORP")
creds.set_password(sys.stdin.readline().rstrip("\n"))
context = gensec.Security.start_client({"target_hostname": host, "lp_ctx": lp})
context.set_credentials(creds)
context.set_target_service(service)
context.set_target_hostname(host)
context.want_feature(gensec.FEATURE_SEAL)
context.start_mech_by_name(mech)
for line in sys.stdin:
    command, *arguments = line.split()
    if command == "step":
        done, out = context.update(value(arguments[0]))
        print(("done " if done else "token ") + text(out), flush=True)
    elif command == "wrap":
        print(text(context.wrap(value(arguments[1]))), flush=True)
    elif command == "unwrap":
        print("1 " + text(context.unwrap(value(arguments[0]))), flush=True)
