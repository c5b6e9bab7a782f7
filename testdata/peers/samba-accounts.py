#!/usr/bin/python3
"""samba-accounts.py SMB.CONF create
   samba-accounts.py SMB.CONF get ACCOUNT ATTRIBUTE
   samba-accounts.py SMB.CONF set ACCOUNT ATTRIBUTE VALUE
   samba-accounts.py SMB.CONF password ACCOUNT < the new password

Reads and writes the accounts of a domain of Samba where they are stored, in sam.ldb; the server may
run. The table of the accounts is in README.md."""

import sys
import time

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

PASSWORD = "Passw0rd.Svc1"
SPARE = 40  # accounts for tests that count refusals


def filetime(seconds):
    return str(int((seconds + 11644473600) * 10000000))


class Domain:
    def __init__(self, conf):
        lp = LoadParm()
        lp.load(conf)
        self.sam = SamDB(lp=lp, session_info=system_session())
        self.base = str(self.sam.domain_dn())

    def find(self, name, *attributes):
        got = self.sam.search(self.base, expression="(sAMAccountName=%s)" % ldb.binary_encode(name), attrs=["cn", *attributes])
        if len(got) != 1:
            sys.exit("%s: %d accounts" % (name, len(got)))
        return got[0]

    def modify(self, dn, values, controls=()):
        message = ldb.Message(dn)
        for key, value in values.items():
            message[key] = ldb.MessageElement([] if value is None else value, ldb.FLAG_MOD_REPLACE, key)
        self.sam.modify(message, list(controls))

    def add(self, name, flags=0, expires=False, controls=(), **values):
        self.sam.newuser(name, PASSWORD, setpassword=True)
        flags |= dsdb.UF_NORMAL_ACCOUNT
        if not expires:
            flags |= dsdb.UF_DONT_EXPIRE_PASSWD
        dn = self.find(name).dn
        self.modify(dn, {"userAccountControl": str(flags)})
        if values:
            self.modify(dn, values, controls)

    def create(self):
        now = time.time()
        minutes30 = str(-30 * 60 * 10**7)
        # A lockout has no end: the domain may be kept for days before it is started again.
        self.modify(ldb.Dn(self.sam, self.base), {
            "lockoutThreshold": "10", "lockoutDuration": str(-2**63), "lockOutObservationWindow": minutes30})
        bypass = "local_oid:%s:0" % dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID
        # A domain controller registers these itself, by samba_spnupdate, which does not run here.
        names = ["ldap/dc1.corp.example", "ldap/dc1.corp.example/corp.example", "ldap/DC1"]
        self.sam.modify(ldb.Message.from_dict(self.sam, {"dn": str(self.find("DC1$").dn), "servicePrincipalName": names}, ldb.FLAG_MOD_ADD))
        self.add("svc-userid")
        self.add("svc-wrong")
        self.add("svc-disabled", dsdb.UF_ACCOUNTDISABLE)
        self.add("svc-locked", lockoutTime=filetime(now))
        self.add("svc-expired", accountExpires=filetime(now - 86400))
        self.add("svc-hours", logonHours=b"\x00" * 21)
        self.add("svc-pwexpired", expires=True, pwdLastSet=filetime(now - 100 * 86400), controls=[bypass])
        self.add("svc-mustchange", expires=True, pwdLastSet="0")
        self.add("svc-smartcard", dsdb.UF_SMARTCARD_REQUIRED)
        self.add("svc-nopreauth", dsdb.UF_DONT_REQUIRE_PREAUTH)
        # msDS-SupportedEncryptionTypes of a client does not keep Samba from offering AES: an account that
        # has an RC4 key alone is one whose AES keys are gone.
        self.add("svc-rc4only", supplementalCredentials=None, controls=[bypass])
        self.add("svc-http", servicePrincipalName="HTTP/sim.corp.example")
        for n in range(1, SPARE + 1):
            self.add("svc-spare%02d" % n)

    def get(self, name, attribute):
        values = self.find(name, attribute).get(attribute)
        for value in values or []:
            sys.stdout.buffer.write(bytes(value) + b"\n")

    def set(self, name, attribute, value):
        self.modify(self.find(name).dn, {attribute: value})

    def password(self, name):
        self.sam.setpassword("(sAMAccountName=%s)" % ldb.binary_encode(name), sys.stdin.readline().rstrip("\n"))


if __name__ == "__main__":
    getattr(Domain(sys.argv[1]), sys.argv[2])(*sys.argv[3:])
