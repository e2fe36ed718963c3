"""Bolt for Python's handler for Lambda, behind the smallest client of the Runtime API."""

import json
import os
import urllib.request
from types import SimpleNamespace

from slack_bolt import App
from slack_bolt.adapter.aws_lambda import SlackRequestHandler
from slack_bolt.authorization import AuthorizeResult

CONTEXT = SimpleNamespace(
    function_name=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:bolt",
)

app = App(
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
    authorize=lambda **_: AuthorizeResult(enterprise_id=None, team_id="T", bot_token="xoxb-of-nobody", bot_id="B"),
    process_before_response=True,
)


@app.event("message")
def acknowledge() -> None:
    """Nothing is done: the acknowledgement is what is measured."""


handler = SlackRequestHandler(app=app)
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as event:
        request_id = event.headers["lambda-runtime-aws-request-id"]
        answer = handler.handle(json.load(event), CONTEXT)
    response = urllib.request.Request(f"{api}/{request_id}/response", json.dumps(answer).encode())
    urllib.request.urlopen(response).close()
