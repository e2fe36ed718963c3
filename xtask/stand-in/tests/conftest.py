"""A running stand-in, and a function to deploy on it."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
import requests

HERE = Path(__file__).parent
ROLE = "arn:aws:iam::123456789012:role/any"


class Running:
    """The stand-in as its users see it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def client(self, service: str):
        """An AWS client that doesn't try again."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="eu-west-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=boto3.session.Config(retries={"total_max_attempts": 1}, read_timeout=20),
        )

    def control(self, method: str, path: str, body: object = None) -> requests.Response:
        """A control request."""
        return requests.request(method, f"{self.endpoint}/_control{path}", json=body)

    def deploy(self, name: str, timeout: int = 3, **variables: str) -> str:
        """Creates a function, and gives its ARN."""
        created = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=ROLE,
            Code={"ZipFile": package()},
            Timeout=timeout,
            Environment={"Variables": variables},
        )
        return created["FunctionArn"]

    def invoke(self, name: str, **event: object) -> tuple[str | None, dict]:
        """Gives the kind of error, if any, and the payload."""
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def package() -> bytes:
    """The zip of the function."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        member = zipfile.ZipInfo("bootstrap")
        member.external_attr = 0o755 << 16
        archive.writestr(member, f"#!{sys.executable}\n{(HERE / 'bootstrap.py').read_text()}")
    return file.getvalue()


def start(state: Path) -> tuple["subprocess.Popen[str]", Running]:
    """Starts a stand-in."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stand_in", "--state-dir", str(state), "--retry-scale", "0.1"],
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    running = Running(json.loads(process.stdout.readline())["endpoint"])
    running.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    return process, running


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    process, running = start(tmp_path_factory.mktemp("state"))
    yield running
    process.terminate()
    assert process.wait(60) == 0


def eventually(get: Callable[[], object], seconds: float = 15) -> object:
    """Waits until something is there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := get():
            return found
        time.sleep(0.1)
    raise AssertionError("It did not come.")
