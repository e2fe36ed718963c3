"""Errors that AWS is told to answer with, so that a test can see what happens then.

moto lacks: throttling, outages, expired credentials. The bridge answers in its place, in the service's own wire format.
"""

import json
import threading
import time
import uuid
from dataclasses import dataclass

from werkzeug.wrappers import Response

from stand_in.aws_call import AwsCall, Protocol

UNTIL_CLEARED = -1


@dataclass
class Fault:
    """What the next calls of an action meet."""

    service: str
    """The name that requests are signed with: `states`, `dynamodb`, `s3`, `sns`, `sqs`, `secretsmanager`, `lambda`."""
    action: str
    code: str | None = None
    """The error's code. Without one, the call is only delayed."""
    times: int = 1
    """How many calls meet it; -1 for all of them."""
    status: int = 500
    message: str = "A fault of the stand-in."
    delay_ms: int = 0
    """How long the answer takes."""


class Faults:
    """The faults that calls meet at present. The one that was set first has precedence."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Sets another fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Takes all of them away."""
        with self._lock:
            self._faults.clear()

    def meet(self, call: AwsCall) -> Response | None:
        """The error that a call meets, if any. Waits first, where the fault says so."""
        fault = self._take(call)
        if fault is None:
            return None
        time.sleep(fault.delay_ms / 1000)
        return _answer(call.protocol, fault.status, fault.code, fault.message) if fault.code else None

    def _take(self, call: AwsCall) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if (fault.service, fault.action) == (call.service, call.action) and fault.times != 0:
                    if fault.times != UNTIL_CLEARED:
                        fault.times -= 1
                    return fault
        return None


def _answer(protocol: Protocol, status: int, code: str, message: str) -> Response:
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-requestid": request_id}
    if protocol is Protocol.JSON:
        body = json.dumps({"__type": code, "message": message})
        headers["x-amzn-errortype"] = code
        return Response(body, status, headers, content_type="application/x-amz-json-1.0")
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    if protocol is Protocol.S3:
        body = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    else:
        side = "Receiver" if status >= 500 else "Sender"
        error = f"<Error><Type>{side}</Type>{error}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{body}', status, headers, content_type="text/xml")
