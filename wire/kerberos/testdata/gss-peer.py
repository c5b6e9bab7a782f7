#!/usr/bin/python3
"""gss-peer.py initiator|acceptor krb5|spnego SERVICE [BINDINGS]

A GSS-API peer of MIT krb5 (python3-gssapi) that tests talk to in lines of hex over standard input and
output. SERVICE is HTTP@host; the acceptor's keys are in KRB5_KTNAME, the initiator's tickets in KRB5CCNAME.
Each line of input is a command and its arguments, each answer is one line:

  step TOKEN      "token TOKEN", or "done TOKEN" once the context is there; "error TEXT TOKEN" if it is refused
  wrap 0|1 TEXT   a token of gss_wrap, sealed or not
  iov TEXT        a token of gss_wrap_iov: header and sealed text, joined
  unwrap TOKEN    "0|1 TEXT": whether it was sealed
  mic TEXT        a token of gss_get_mic
  check TEXT MIC  "ok"
  peer            the client's name

An empty argument is '-'."""

import sys

import gssapi
from gssapi.raw import (ChannelBindings, IOV, IOVBufferType, MechType, get_mic, unwrap, verify_mic, wrap, wrap_iov)

SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")


def text(b):
    return bytes(b).hex() if b else "-"


def value(s):
    return b"" if s == "-" else bytes.fromhex(s)


class Peer:
    def __init__(self, role, mech, service, bindings=None):
        cb = ChannelBindings(application_data=value(bindings)) if bindings else None
        name = gssapi.Name(service, gssapi.NameType.hostbased_service)
        oid = SPNEGO if mech == "spnego" else MechType.kerberos
        if role == "initiator":
            flags = gssapi.RequirementFlag
            want = [flags.mutual_authentication, flags.replay_detection, flags.out_of_sequence_detection,
                    flags.confidentiality, flags.integrity]
            self.context = gssapi.SecurityContext(name=name, mech=oid, flags=want, usage="initiate", channel_bindings=cb)
        else:
            creds = gssapi.Credentials(name=name.canonicalize(MechType.kerberos), usage="accept")
            self.context = gssapi.SecurityContext(creds=creds, usage="accept", channel_bindings=cb)

    def step(self, token):
        out = None
        try:
            out = self.context.step(value(token) or None)
            # With a token to send the error comes up here.
            return ("done " if self.context.complete else "token ") + text(out)
        except gssapi.exceptions.GSSError as e:
            return "error %s %s" % (str(e).encode().hex(), text(out))

    def wrap(self, seal, plain):
        return text(wrap(self.context, value(plain), seal == "1").message)

    def iov(self, plain):
        # gss_wrap_iov works in place: the copy is its own.
        parts = IOV(IOVBufferType.header, bytes(bytearray(value(plain))), IOVBufferType.padding, std_layout=False)
        wrap_iov(self.context, parts, confidential=True)
        return text(b"".join(p.value or b"" for p in parts))

    def unwrap(self, token):
        got = unwrap(self.context, value(token))
        return "%d %s" % (got.encrypted, text(got.message))

    def mic(self, plain):
        return text(get_mic(self.context, value(plain)))

    def check(self, plain, token):
        verify_mic(self.context, value(plain), value(token))
        return "ok"

    def peer(self):
        return str(self.context.initiator_name)


peer = Peer(*sys.argv[1:])
for line in sys.stdin:
    command, *arguments = line.split()
    print(getattr(peer, command)(*arguments), flush=True)
