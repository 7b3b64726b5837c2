"""Schemathesis against the real server: what it describes of its API has to be so.

Takes the server's binary, the folder to work in, and, if the server is a development build, nothing else. Starts a server on a
free port, makes an agent, a visitor and a conversation, and has Schemathesis try every operation with good and bad input: as
the agent, as the visitor, and with the widget's token. Prints the totals as a test runner does.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as xml

BINARY, FOLDER = (os.path.abspath(path) for path in sys.argv[1:3])
PROGRAM = os.path.join(os.path.dirname(sys.executable), "st")

# What the description cannot say is left out: that valid input may name what is not there.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
]
# Each has its operations and its credential. Nobody waits for news, and nobody ends what the others need.
RUNS = [
    ("agent", "^/api/v1/", "^/api/v1/(session|setup)"),
    ("visitor", "^/(api/chatbot|broadcasting)/", "^/api/chatbot/(config|init)$"),
    ("widget", "^/api/chatbot/(config|init)$", "^$"),
]
CONFIG = """
[parameters]
"path.id" = {conversation}
"query.wait" = 0

[generation]
# What an HTTP library or a terminal cannot send is no test of the server.
allow-x00 = false
"""

shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "ANTIPHON_HOST": "127.0.0.1",
    "ANTIPHON_PORT": "0",
    "REVERB_SERVER_HOST": "127.0.0.1",
    "REVERB_SERVER_PORT": "0",
    "ANTIPHON_RATE_LIMITS": "off",
}


def command(*arguments):
    done = subprocess.run([BINARY, *arguments, "--json"], cwd=FOLDER, env=ENVIRONMENT, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def ask(path, body=None, token=None):
    request = urllib.request.Request(BASE + path, method="POST" if body is not None else "GET")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


command("agent:create", "--name", "Ana", "--email", "ana@example.com", "--role", "admin")
agent = command("agent:token", "--email", "ana@example.com")["token"]
log = open(os.path.join(FOLDER, "server.log"), "w")
server = subprocess.Popen([BINARY, "serve"], cwd=FOLDER, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=log, text=True)
try:
    BASE = next(match.group(0) for line in server.stdout if (match := re.search(r"http://localhost:\d+", line)))
    BASE = BASE.replace("localhost", "127.0.0.1")
    widget = ask("/chatbot-test.json")["token"]
    opened = ask("/api/chatbot/init", {"visitor_name": "Vera"}, widget)
    visitor, conversation = opened["visitor_token"], opened["conversation_id"]
    ask("/api/chatbot/message", {"conversation_id": conversation, "message": "Hello"}, visitor)
    ask("/api/chatbot/message", {"conversation_id": conversation, "message": "How can I help?"}, agent)

    config = os.path.join(FOLDER, "schemathesis.toml")
    with open(config, "w") as file:
        file.write(CONFIG.format(conversation=conversation))
    tokens = {"agent": agent, "visitor": visitor, "widget": widget}
    passed, failed = 0, 0
    for name, included, excluded in RUNS:
        report = os.path.join(FOLDER, f"{name}.xml")
        print(f"as the {name}", flush=True)
        subprocess.run(
            [
                PROGRAM, "--config-file", config, "run", f"{BASE}/api/v1/openapi.json",
                "--header", f"Authorization: Bearer {tokens[name]}",
                "--include-path-regex", included, "--exclude-path-regex", excluded,
                "--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS),
                "--max-examples", "8", "--seed", "1", "--workers", "1", "--no-shrink",
                "--request-timeout", "20", "--warnings", "off",
                "--report", "junit", "--report-junit-path", report,
            ],
            cwd=FOLDER, env={**ENVIRONMENT, "NO_COLOR": "1", "COLUMNS": "120"},
            stdout=open(os.path.join(FOLDER, f"{name}.log"), "w"), stderr=subprocess.STDOUT,
        )
        for case in xml.parse(report).getroot().iter("testcase"):
            faults = [fault for fault in case if fault.tag in ("failure", "error")]
            for fault in faults:
                print(f"{case.get('name')}: {fault.get('message') or fault.text}")
            failed += bool(faults)
            passed += not faults
    if passed == 0:
        print("no operation was tried")
        failed += 1
    print(f"# pass {passed}")
    print(f"# fail {failed}")
finally:
    server.terminate()
    server.wait(20)
sys.exit(failed > 0)
