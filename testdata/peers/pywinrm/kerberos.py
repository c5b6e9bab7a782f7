"""What requests_kerberos and pywinrm need of the module kerberos (pykerberos 1.2), on python-gssapi and so on MIT krb5.

Debian's python3-kerberos 1.1 cannot seal for WinRM; with this in front of it on PYTHONPATH pywinrm seals as it does
elsewhere.
"""
import base64

import gssapi
from gssapi.raw import IOV, IOVBufferType, unwrap_iov, wrap_iov

GSS_C_DELEG_FLAG, GSS_C_MUTUAL_FLAG, GSS_C_REPLAY_FLAG = 1, 2, 4
GSS_C_SEQUENCE_FLAG, GSS_C_CONF_FLAG, GSS_C_INTEG_FLAG = 8, 16, 32
AUTH_GSS_CONTINUE, AUTH_GSS_COMPLETE = 0, 1
GSS_MECH_OID_KRB5, GSS_MECH_OID_SPNEGO = "1.2.840.113554.1.2.2", "1.3.6.1.5.5.2"


class KrbError(Exception):
    pass


class GSSError(KrbError):
    pass


class Login:
    """One log-in; token is what to send next."""

    def __init__(self, context):
        self.context, self.token = context, None


def channelBindings(application_data=b"", **_):
    return gssapi.raw.ChannelBindings(application_data=application_data)


def authGSSClientInit(service, principal=None, gssflags=GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG, mech_oid=GSS_MECH_OID_SPNEGO, **_):
    try:
        context = gssapi.SecurityContext(
            name=gssapi.Name(service, gssapi.NameType.hostbased_service), usage="initiate", mech=gssapi.OID.from_int_seq(mech_oid),
            flags=gssflags | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG)
    except gssapi.exceptions.GSSError as e:
        raise GSSError(str(e))
    return AUTH_GSS_COMPLETE, Login(context)


def authGSSClientStep(login, challenge, channel_bindings=None, **_):
    if channel_bindings is not None:
        login.context._channel_bindings = channel_bindings
    try:
        login.token = login.context.step(base64.b64decode(challenge) if challenge else None)
    except gssapi.exceptions.GSSError as e:
        raise GSSError(str(e))
    return AUTH_GSS_COMPLETE if login.context.complete else AUTH_GSS_CONTINUE


def authGSSClientResponse(login):
    return base64.b64encode(login.token or b"").decode()


def authGSSClientClean(login):
    return AUTH_GSS_COMPLETE


def authGSSWinRMEncryptMessage(login, message):
    """Returns the sealed text and the signature apart."""
    iov = IOV(IOVBufferType.header, (IOVBufferType.data, False, message), IOVBufferType.padding, std_layout=False)
    wrap_iov(login.context, iov, confidential=True, qop=None)
    return bytes(iov[1].value) + bytes(iov[2].value or b""), bytes(iov[0].value)


def authGSSWinRMDecryptMessage(login, message, header):
    iov = IOV((IOVBufferType.header, False, header), (IOVBufferType.data, False, message), IOVBufferType.data, std_layout=False)
    unwrap_iov(login.context, iov)
    return bytes(iov[1].value)
