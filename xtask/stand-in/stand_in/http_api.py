"""The bridge from HTTP to a function: the data plane of API Gateway's HTTP APIs.

moto lacks: it keeps routes and integrations, and serves none. The bridge serves them under `/_http/`, with payload
format 2.0. All deployed APIs share that prefix; the one that came last has precedence.

Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
"""

import base64
import json
import time
import uuid
from typing import Any

from moto.apigatewayv2.models import Api, apigatewayv2_backends
from werkzeug.wrappers import Request, Response

from stand_in.lambda_invoke import Functions, function_of

PREFIX = "/_http"

_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
"""Bodies of these types are passed on as text, all others in base64."""


class HttpApi:
    """Answers requests with the function that their route names."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    @Request.application
    def __call__(self, request: Request) -> Response:
        """Answers one request."""
        path = request.path.removeprefix(PREFIX)
        found = _find(request.method, path)
        if found is None:
            return _message(404, "Not Found")
        api, route_key, function_arn = found
        event = _event(request, path, api, route_key, function_arn)
        outcome = self._functions.invoke(function_of(function_arn), json.dumps(event).encode())
        try:
            return _message(500, "Internal Server Error") if outcome.failed else _response(json.loads(outcome.payload))
        except (ValueError, TypeError, AttributeError):
            return _message(500, "Internal Server Error")


def _find(method: str, path: str) -> tuple[Api, str, str] | None:
    """The API, the route and the function's ARN for a request."""
    apis = [
        api for account in apigatewayv2_backends.values() for region in account.values() for api in region.apis.values()
    ]
    for key in (f"{method} {path}", f"ANY {path}", "$default"):
        for api in reversed(apis):
            for route in api.routes.values():
                if route.route_key == key:
                    return api, key, api.integrations[route.target.removeprefix("integrations/")].integration_uri
    return None


def _event(request: Request, path: str, api: Api, route_key: str, function_arn: str) -> dict[str, Any]:
    body = request.get_data()
    is_text = request.content_type is not None and request.content_type.lower().startswith(_TEXT)
    domain = api.api_endpoint.removeprefix("https://")
    now = time.time()
    event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query_string.decode(),
        "headers": {
            **{name.lower(): ",".join(request.headers.getlist(name)) for name, _ in request.headers},
            "host": domain,
            "x-forwarded-for": request.remote_addr,
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": function_arn.split(":")[4],
            "apiId": api.api_id,
            "domainName": domain,
            "domainPrefix": api.api_id,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.remote_addr,
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": bool(body) and not is_text,
    }
    if request.args:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in request.args.lists()}
    if body:
        event["body"] = body.decode(errors="replace") if is_text else base64.b64encode(body).decode()
    return event


def _response(answer: Any) -> Response:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return Response(json.dumps(answer), content_type="application/json")
    body = answer.get("body") or ""
    response = Response(
        base64.b64decode(body) if answer.get("isBase64Encoded") else body,
        int(answer["statusCode"]),
        content_type="text/plain; charset=utf-8",
    )
    for name, value in (answer.get("headers") or {}).items():
        response.headers[name] = str(value)
    for cookie in answer.get("cookies") or []:
        response.headers.add("set-cookie", cookie)
    return response


def _message(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}), status, content_type="application/json")
