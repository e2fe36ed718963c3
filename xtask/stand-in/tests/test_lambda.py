"""Invoking a function."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Running, eventually, start


def test_answers_with_its_environment_from_a_warm_process(aws: Running) -> None:
    aws.deploy("echo", COLOUR="red")
    error, first = aws.invoke("echo", n=1)
    assert (error, first["event"], first["environment"]["COLOUR"]) == (None, {"n": 1}, "red")
    assert first["environment"]["AWS_ENDPOINT_URL"].endswith(aws.endpoint.rpartition(":")[2])
    assert aws.invoke("echo")[1]["process"] == first["process"]
    report = aws.control("GET", "/functions").json()["echo"]
    assert (report["invokes"], report["errors"], report["cold_starts"]) == (2, 0, 1)


def test_starts_anew_with_a_new_configuration(aws: Running) -> None:
    aws.deploy("changed", COLOUR="red")
    aws.invoke("changed")
    aws.client("lambda").update_function_configuration(
        FunctionName="changed", Environment={"Variables": {"COLOUR": "blue"}}
    )
    assert aws.invoke("changed")[1]["environment"]["COLOUR"] == "blue"


def test_reports_errors_as_lambda_does(aws: Running) -> None:
    aws.deploy("bad", timeout=1)
    assert aws.invoke("bad", do="fail", error="NotFound") == (
        "Unhandled",
        {"errorType": "NotFound", "errorMessage": "as told – so"},
    )
    error, payload = aws.invoke("bad", do="crash")
    assert (error, payload["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    error, payload = aws.invoke("bad", do="sleep", seconds=30)
    assert (error, payload["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert payload["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert aws.invoke("bad", do="echo")[0] is None


def test_reports_a_process_that_does_not_come_up(aws: Running) -> None:
    aws.deploy("broken", BROKEN="yes")
    assert aws.invoke("broken")[1]["errorType"] == "Runtime.ExitError"


def test_runs_a_few_at_once(aws: Running) -> None:
    aws.deploy("parallel")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: aws.invoke("parallel", do="sleep", seconds=0.5)[1], range(3)))
    assert len({answer["process"] for answer in answers}) == 3


def test_runs_events_later(aws: Running) -> None:
    aws.deploy("later")
    assert aws.client("lambda").invoke(FunctionName="later", InvocationType="Event")["StatusCode"] == 202
    eventually(lambda: aws.control("GET", "/functions").json().get("later", {}).get("invokes") == 1)


@pytest.fixture
def sigterm_blocked() -> Iterator[None]:
    """Blocks SIGTERM, as whoever starts a stand-in may have done: it inherits that."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("sigterm_blocked")
@pytest.mark.parametrize("by", ["SIGTERM", "SIGKILL", "end of its input"])
def test_takes_its_processes_along(tmp_path: Path, by: str) -> None:
    process, running = start(tmp_path)
    try:
        running.deploy("child")
        child = running.invoke("child")[1]["process"]
        process.send_signal(signal.Signals[by]) if by.startswith("SIG") else process.stdin.close()
        process.wait(60)
        eventually(lambda: not runs(child))
    finally:
        process.kill()


def runs(process: int) -> bool:
    """Whether a process runs. Once it is killed it may be left as a zombie, for the system to reap in its own time."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(") ")[2][0] != "Z"
