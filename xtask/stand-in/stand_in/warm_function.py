"""A deployed Lambda function with its warm processes."""

import io
import shutil
import threading
import uuid
import zipfile
from collections import deque
from pathlib import Path

from moto.awslambda.models import LambdaFunction

from stand_in.sandbox import SPAWNER, Deployment, Invocation, Outcome, Sandbox, failure

MAX_CONCURRENCY = 4
"""How many processes of a function run at once. Further invocations wait; AWS would start more."""

LOG_LINES = 200


class WarmFunction:
    """Runs a function, each event in a process that handles no other at the time."""

    def __init__(self, endpoint: str, state: Path) -> None:
        self._endpoint = endpoint
        self._state = state
        self._slots = threading.BoundedSemaphore(MAX_CONCURRENCY)
        self._lock = threading.Lock()
        self._idle: list[Sandbox] = []
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._invokes = self._errors = self._cold_starts = 0

    def invoke(self, function: LambdaFunction, payload: bytes) -> Outcome:
        """Has the function handle an event, and waits for the outcome."""
        with self._slots:
            outcome = self._run(function, payload)
        with self._lock:
            self._invokes += 1
            self._errors += outcome.failed
        return outcome

    def report(self) -> dict[str, object]:
        """What happened so far."""
        with self._lock:
            return {
                "invokes": self._invokes,
                "errors": self._errors,
                "cold_starts": self._cold_starts,
                "log": list(self._log),
            }

    def stop(self) -> None:
        """Ends the processes that are idle."""
        with self._lock:
            while self._idle:
                self._idle.pop().stop()

    def _run(self, function: LambdaFunction, payload: bytes) -> Outcome:
        request_id = str(uuid.uuid4())
        try:
            deployment = self._deployment(function)
            sandbox = self._warm(deployment)
            if sandbox is None:
                with self._lock:
                    self._cold_starts += 1
                sandbox = Sandbox(deployment, self._log.append)
                if failed := sandbox.start(request_id):
                    return failed
        except (OSError, zipfile.BadZipFile) as error:
            return failure("Runtime.InvalidEntrypoint", f"RequestId: {request_id} Error: {error}")
        outcome = sandbox.invoke(Invocation(request_id, payload))
        with self._lock:
            self._idle.append(sandbox)
        return outcome

    def _warm(self, deployment: Deployment) -> Sandbox | None:
        """A process that can go on. Those of an earlier deployment can't."""
        with self._lock:
            while self._idle:
                sandbox = self._idle.pop()
                if sandbox.alive and sandbox.deployment == deployment:
                    return sandbox
                sandbox.stop()
        return None

    def _deployment(self, function: LambdaFunction) -> Deployment:
        folder = self._state / "functions" / function.code_sha_256.replace("/", "_").rstrip("=")
        SPAWNER.submit(_unpack, function.code_bytes, folder).result()
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(folder),
            "_HANDLER": function.handler or "bootstrap",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.function_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]00000000000000000000000000000000",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ACCESS_KEY_ID": function.function_name,
            "AWS_SECRET_ACCESS_KEY": "stand-in",
            "AWS_SESSION_TOKEN": "stand-in",
            "AWS_ENDPOINT_URL": self._endpoint,
            **{name: str(value) for name, value in function.environment_vars.items()},
        }
        return Deployment(folder, function.function_arn, float(function.timeout), variables)


def _unpack(code: bytes, folder: Path) -> None:
    if folder.exists():
        return
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        for member in archive.infolist():
            file = Path(archive.extract(member, partial))
            # `extract` ignores the mode. Without its right to be executed, Lambda could not run it either.
            if mode := member.external_attr >> 16 & 0o777:
                file.chmod(mode)
    partial.rename(folder)
