"""One process of a Lambda function, behind a Lambda Runtime API of its own.

moto runs functions in docker only. A function for `provided.al2023` is an executable, `bootstrap`, which asks an
HTTP endpoint for its next event and posts back the result. So a process and a small server are all it takes.

Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

INIT_SECONDS = 10
"""How long a process may take to its first request for an event, as on AWS."""

SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
"""The only thread that writes executables and starts them.

The kernel kills a process whose parent dies, and means the thread: it has to live as long as the stand-in. And a
process started while another thread writes an executable would hold that file open, so that it can't be run.
"""

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass
class Deployment:
    """What a process is started with."""

    folder: Path
    function_arn: str
    seconds: float
    """The function's timeout."""
    variables: dict[str, str]


@dataclass(frozen=True)
class Invocation:
    """One event for a function."""

    request_id: str
    payload: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of an invocation: the function's answer, or the JSON of its error."""

    payload: bytes
    failed: bool = False


_READY = Outcome(b"")
"""The outcome of a start that succeeded."""


class Sandbox:
    """A process that handles one event at a time, and stays for the next."""

    def __init__(self, deployment: Deployment, log: Callable[[str], None]) -> None:
        self.deployment = deployment
        self._log = log
        self._invocations: SimpleQueue[Invocation | None] = SimpleQueue()
        # What the process does, up to its end, which is the exit code.
        self._events: SimpleQueue[Outcome | int] = SimpleQueue()
        self._ready = self._stopped = False
        self._api = make_server("127.0.0.1", 0, self._runtime_api, threaded=True)
        threading.Thread(target=self._api.serve_forever, daemon=True).start()
        variables = {**deployment.variables, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.port}"}
        try:
            self._process = SPAWNER.submit(_spawn, deployment.folder, variables).result()
        except OSError:
            self._api.shutdown()
            raise
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can handle another event."""
        return not self._stopped and self._process.poll() is None

    def start(self, request_id: str) -> Outcome | None:
        """Waits until the process asks for its first event. Gives the failure if it doesn't."""
        outcome = self._wait(request_id, INIT_SECONDS)
        if outcome is _READY:
            return None
        self.stop()
        return outcome

    def invoke(self, invocation: Invocation) -> Outcome:
        """Has the process handle an event. Kills it when that takes too long."""
        self._invocations.put(invocation)
        return self._wait(invocation.request_id, self.deployment.seconds)

    def _wait(self, request_id: str, seconds: float) -> Outcome:
        try:
            event = self._events.get(timeout=seconds)
        except Empty:
            self.stop()
            message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            return failure("Sandbox.Timedout", message)
        if isinstance(event, int):
            return failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited {_reason(event)}")
        return event

    def stop(self) -> None:
        """Kills the process and its children."""
        self._stopped = True
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _watch(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._log(line.rstrip("\n"))
        self._events.put(self._process.wait())
        self._invocations.put(None)
        self._api.shutdown()
        self._api.server_close()

    @Request.application
    def _runtime_api(self, request: Request) -> Response:
        if request.path.endswith("/invocation/next"):
            return self._next()
        if request.path.endswith("/response"):
            self._events.put(Outcome(request.get_data()))
        elif request.path.endswith("/error"):
            self._events.put(Outcome(request.get_data(), failed=True))
        else:
            return Response(status=404)
        return Response('{"status":"OK"}', 202, content_type="application/json")

    def _next(self) -> Response:
        if not self._ready:
            self._ready = True
            self._events.put(_READY)
        invocation = self._invocations.get()
        if invocation is None:
            return Response(status=500)
        return Response(
            invocation.payload,
            headers={
                "lambda-runtime-aws-request-id": invocation.request_id,
                "lambda-runtime-deadline-ms": str(int((time.time() + self.deployment.seconds) * 1000)),
                "lambda-runtime-invoked-function-arn": self.deployment.function_arn,
                "lambda-runtime-trace-id": f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()};Sampled=0",
            },
            content_type="application/json",
        )


def failure(error_type: str, message: str) -> Outcome:
    """An error that Lambda reports on the function's behalf."""
    return Outcome(json.dumps({"errorType": error_type, "errorMessage": message}).encode(), failed=True)


def _reason(code: int) -> str:
    if code > 0:
        return f"with error: exit status {code}"
    if code < 0:
        return f"with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"
    return "without providing a reason"


def _spawn(folder: Path, variables: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [folder / "bootstrap"],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509, it is one system call, and takes no lock
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
