"""One HTTP server for all of it: moto, and the bridges before and behind it."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request

from stand_in import control, http_api
from stand_in.aws_call import AwsCall, aws_call
from stand_in.calls import Calls
from stand_in.control import Control
from stand_in.faults import Faults
from stand_in.http_api import HttpApi
from stand_in.lambda_invoke import Functions

_logger = logging.getLogger(__name__)


class Server:
    """The WSGI application."""

    def __init__(self, functions: Functions) -> None:
        self._faults = Faults()
        self._calls = Calls()
        self._control = Control(functions, self._faults, self._calls)
        self._http_api = HttpApi(functions)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers one request."""
        path = environ["PATH_INFO"]
        if path.startswith(f"{control.PREFIX}/"):
            return self._control(environ, start_response)
        if path.startswith(f"{http_api.PREFIX}/"):
            return self._http_api(environ, start_response)
        request = Request(environ)
        call = aws_call(request)
        if call is not None:
            self._calls.note(call)
        if call is not None and (fault := self._faults.meet(call)):
            _logger.info("%s:%s met a fault", call.service, call.action)
            return fault(environ, start_response)
        with self._one_at_a_time if _is_atomic(call, request) else nullcontext():
            return self._moto(environ, start_response)


def _is_atomic(call: AwsCall | None, request: Request) -> bool:
    """Whether AWS lets no two of these calls see each other's halves: conditional writes, executions of one name.

    moto does not know that its requests come in many threads.
    """
    if call is None:
        return False
    conditional = "If-Match" in request.headers or "If-None-Match" in request.headers
    writes_object = conditional and (call.service, call.action) == ("s3", "PutObject")
    return call.service == "dynamodb" or writes_object or (call.service, call.action) == ("states", "StartExecution")
