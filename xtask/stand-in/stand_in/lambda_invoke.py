"""The bridge from Lambda's Invoke to the function's own executable.

moto lacks: a Lambda without docker. It also calls every error `Handled` and treats an asynchronous call as a
synchronous one. The bridge replaces one method of moto's, `LambdaFunction.invoke`, which all of its ways to a function
go through.
"""

import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend

from stand_in.sandbox import Outcome
from stand_in.warm_function import WarmFunction


class Functions:
    """All functions that were invoked so far."""

    def __init__(self, endpoint: str, state: Path) -> None:
        self._endpoint = endpoint
        self._state = state
        self._lock = threading.Lock()
        self._by_name: dict[str, WarmFunction] = {}

    def install(self) -> None:
        """Makes moto run functions here."""

        def invoke(
            function: LambdaFunction,
            body: str | bytes,
            request_headers: Mapping[str, str],
            response_headers: MutableMapping[str, str],
        ) -> bytes:
            payload = (body.encode() if isinstance(body, str) else body) or b"{}"
            kind = request_headers.get("x-amz-invocation-type", "RequestResponse")
            if kind == "RequestResponse":
                outcome = self.invoke(function, payload)
                response_headers["x-amz-executed-version"] = "$LATEST"
                if outcome.failed:
                    response_headers["x-amz-function-error"] = "Unhandled"
                return outcome.payload
            if kind == "Event":
                threading.Thread(target=self.invoke, args=(function, payload), daemon=True).start()
            return b""

        LambdaFunction.invoke = invoke

    def invoke(self, function: LambdaFunction, payload: bytes) -> Outcome:
        """Has a function handle an event, and waits for the outcome."""
        with self._lock:
            warm = self._by_name.setdefault(function.function_name, WarmFunction(self._endpoint, self._state))
        return warm.invoke(function, payload)

    def report(self) -> dict[str, dict[str, object]]:
        """What each function did so far, by its name."""
        with self._lock:
            return {name: warm.report() for name, warm in self._by_name.items()}

    def stop(self) -> None:
        """Ends the processes."""
        with self._lock:
            for warm in self._by_name.values():
                warm.stop()


def function_of(arn: str) -> LambdaFunction:
    """The deployed function of an ARN."""
    _, _, _, region, account, *_ = arn.split(":")
    return get_backend(account, region).get_function(arn)
