"""What a test tells the stand-in, and asks it, under `/_control/`."""

import json
import time
import uuid
from typing import Any

from moto.events.models import Rule, events_backends
from werkzeug.wrappers import Request, Response

from stand_in.calls import Calls
from stand_in.faults import Fault, Faults
from stand_in.lambda_invoke import Functions, function_of

PREFIX = "/_control"


class Control:
    """The control requests."""

    def __init__(self, functions: Functions, faults: Faults, calls: Calls) -> None:
        self._functions = functions
        self._faults = faults
        self._calls = calls

    @Request.application
    def __call__(self, request: Request) -> Response:
        """Answers one request."""
        match request.method, request.path.removeprefix(PREFIX):
            case "GET", "/functions":
                return _json(200, self._functions.report())
            case "GET", "/calls":
                return _json(200, self._calls.report())
            case "POST", "/schedule":
                return self._schedule(json.loads(request.get_data())["function"])
            case "POST", "/faults":
                try:
                    self._faults.add(Fault(**json.loads(request.get_data())))
                except (TypeError, ValueError) as error:
                    return _json(400, {"message": str(error)})
                return Response(status=204)
            case "DELETE", "/faults":
                self._faults.clear()
                return Response(status=204)
        return _json(404, {"message": f"There is no {request.method} {request.path}."})

    def _schedule(self, function_name: str) -> Response:
        """Runs a function as the rule does that has it for its target. Time does not: moto keeps rules, and waits."""
        for rule in _rules():
            for target in rule.targets:
                if rule.scheduled_expression and target["Arn"].endswith(f":function:{function_name}"):
                    payload = target.get("Input") or json.dumps(_scheduled_event(rule))
                    outcome = self._functions.invoke(function_of(target["Arn"]), payload.encode())
                    return _json(200, {"failed": outcome.failed, "payload": json.loads(outcome.payload or b"null")})
        return _json(404, {"message": f"No schedule has the function {function_name} for its target."})


def _rules() -> list[Rule]:
    return [
        rule
        for account in events_backends.values()
        for region in account.values()
        for bus in region.event_buses.values()
        for rule in bus.rules.values()
    ]


def _scheduled_event(rule: Rule) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": rule.account_id,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": rule.region_name,
        "resources": [rule.arn],
        "detail": {},
    }


def _json(status: int, body: object) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
