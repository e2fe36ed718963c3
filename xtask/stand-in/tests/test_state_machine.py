"""Executing a state machine."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ROLE, Running, eventually

RETRY = {"ErrorEquals": ["Busy", "Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 2}


def execute(aws: Running, name: str, states: dict, event: object = None) -> dict:
    states_client = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    machine = states_client.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    execution = states_client.start_execution(stateMachineArn=machine, name="one", input=json.dumps(event))[
        "executionArn"
    ]

    def ended() -> dict | None:
        described = states_client.describe_execution(executionArn=execution)
        return None if described["status"] == "RUNNING" else described

    return eventually(ended)


def test_retries_then_catches_the_error_of_a_function(aws: Running) -> None:
    function = aws.deploy("busy")
    catch = [{"ErrorEquals": ["Busy"], "ResultPath": "$.failure", "Next": "Caught"}]
    task = {"Type": "Task", "Resource": function, "Retry": [RETRY], "Catch": catch, "End": True}
    ended = execute(
        aws, "busy", {"Task": task, "Caught": {"Type": "Pass", "End": True}}, {"do": "fail", "error": "Busy"}
    )
    failure = json.loads(ended["output"])["failure"]
    assert failure == {"Error": "Busy", "Cause": '{"errorType": "Busy", "errorMessage": "as told – so"}'}
    assert aws.control("GET", "/functions").json()["busy"]["invokes"] == 3


def test_names_failed_calls(aws: Running) -> None:
    function = aws.deploy("throttled")
    fault = {"service": "lambda", "action": "Invoke", "status": 429, "code": "TooManyRequestsException"}
    aws.control("POST", "/faults", {**fault, "times": 2})
    ended = execute(aws, "throttled", {"Task": {"Type": "Task", "Resource": function, "Retry": [RETRY], "End": True}})
    assert ended["status"] == "SUCCEEDED"
    aws.control("POST", "/faults", fault)
    ended = execute(aws, "refused", {"Task": {"Type": "Task", "Resource": function, "End": True}})
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.TooManyRequestsException")


def test_maps_and_publishes(aws: Running) -> None:
    function = aws.deploy("mapped")
    topic = aws.client("sns").create_topic(Name="mapped")["TopicArn"]
    queue = aws.client("sqs").create_queue(QueueName="mapped")["QueueUrl"]
    arn = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    raw = {"RawMessageDelivery": "true"}
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)
    message = {"id.$": "States.Format('{}/{}', $$.Execution.Name, $$.State.Name)", "items.$": "$[*].event.item"}
    iterator = {"StartAt": "Task", "States": {"Task": {"Type": "Task", "Resource": function, "End": True}}}
    states = {
        "Map": {"Type": "Map", "MaxConcurrency": 4, "ItemProcessor": iterator, "Next": "Publish"},
        "Publish": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sns:publish",
            "Parameters": {"TopicArn": topic, "Message": message},
            "ResultPath": None,
            "End": True,
        },
    }
    ended = execute(aws, "mapped", states, [{"item": n} for n in range(4)])
    assert ended["status"] == "SUCCEEDED", ended
    received = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert json.loads(received["Body"]) == {"id": "one/Publish", "items": [0, 1, 2, 3]}


def test_starts_one_execution_of_a_name(aws: Running) -> None:
    client = aws.client("stepfunctions")
    definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}})
    machine = client.create_state_machine(name="named", definition=definition, roleArn=ROLE)["stateMachineArn"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.start_execution(stateMachineArn=machine, name="same", input="{}"), range(8)))
    assert len(client.list_executions(stateMachineArn=machine)["executions"]) == 1
    with pytest.raises(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=machine, name="same", input='{"other": 1}')
