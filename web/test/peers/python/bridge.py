"""Makes calls of the Python SDK for a test: one JSON line in, one JSON line out, until standard input ends.

A line is {"method": ..., "args": [...]}; the answer is {"value": ...} or {"error": <class>, "text": <message>}.
The environment names the server and the application.
"""

import json
import os
import sys

import pusher

client = pusher.Pusher(
    app_id=os.environ["APP_ID"],
    key=os.environ["APP_KEY"],
    secret=os.environ["APP_SECRET"],
    host=os.environ["HOST"],
    port=int(os.environ["PORT"]),
    ssl=False,
)

for line in sys.stdin:
    call = json.loads(line)
    try:
        answer = {"value": getattr(client, call["method"])(*call["args"])}
    except Exception as error:  # Whatever it is, the test decides whether it was expected.
        answer = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(answer), flush=True)
