"""Which action of which AWS service a request asks for."""

import io
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qs

from werkzeug.wrappers import Request

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/aws4_request")
_INVOKE = re.compile(r"/2015-03-31/functions/[^/]+/invocations")

_S3_ACTIONS = {
    ("PUT", "partNumber"): "UploadPart",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "list-type"): "ListObjectsV2",
    ("PUT", ""): "PutObject",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("DELETE", ""): "DeleteObject",
}
"""By method and the parameter of the query that decides."""


class Protocol(Enum):
    """How a service writes its errors."""

    JSON = "json"
    QUERY = "query"
    S3 = "s3"


@dataclass(frozen=True)
class AwsCall:
    """A call of an AWS service: its signing name, such as `states`, and the action, such as `StartExecution`."""

    caller: str
    """The id of the access key; that of a function is the function's name."""
    service: str
    action: str
    protocol: Protocol


def aws_call(request: Request) -> AwsCall | None:
    """The call that a request makes, or nothing for what needs no telling apart."""
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    if scope is None:
        return None
    caller, service = scope.groups()
    if target := request.headers.get("X-Amz-Target"):
        return AwsCall(caller, service, target.rpartition(".")[2], Protocol.JSON)
    if service == "s3":
        action = next((_S3_ACTIONS[key] for key in _s3_keys(request) if key in _S3_ACTIONS), "")
        return AwsCall(caller, service, action, Protocol.S3)
    if _INVOKE.fullmatch(request.path):
        return AwsCall(caller, service, "Invoke", Protocol.JSON)
    if request.mimetype == "application/x-www-form-urlencoded":
        body = request.stream.read()
        request.environ["wsgi.input"] = io.BytesIO(body)
        return AwsCall(caller, service, parse_qs(body.decode()).get("Action", [""])[0], Protocol.QUERY)
    return None


def _s3_keys(request: Request) -> list[tuple[str, str]]:
    return [*((request.method, name) for name in request.args), (request.method, "")]
