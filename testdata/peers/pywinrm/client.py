#!/usr/bin/python3
"""Sends messages to a WinRM server with pywinrm, as it is in Debian, and prints what came of each.

Standard input is one JSON object: endpoint, address, auth (kerberos or basic), encryption, user, password, ca and
messages; standard output is one JSON list: of each message status and text.
"""
import json
import socket
import sys

from winrm.exceptions import InvalidCredentialsError, WinRMTransportError
from winrm.transport import Transport

asked = json.load(sys.stdin)

# The name of the server is one for documentation: it stands for the one address that was given.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve(asked["address"], *rest, **more)

transport = Transport(
    endpoint=asked["endpoint"], username=asked.get("user"), password=asked.get("password"), service="HTTP",
    ca_trust_path=asked.get("ca"), auth_method="ssl" if asked["auth"] == "basic" else "kerberos",
    message_encryption=asked["encryption"], read_timeout_sec=30)
answers = []
for message in asked["messages"]:
    try:
        text = transport.send_message(message)
        answers.append({"status": 200, "text": text.decode() if isinstance(text, bytes) else text})
    except InvalidCredentialsError as e:
        answers.append({"status": 401, "text": str(e)})
    except WinRMTransportError as e:
        text = e.response_text
        answers.append({"status": e.code, "text": text.decode() if isinstance(text, bytes) else text})
    except Exception as e:
        answers.append({"status": 0, "text": type(e).__name__ + ": " + str(e)})
json.dump(answers, sys.stdout)
