"""What CloudFormation deploys: the ways to a function by HTTP, by a queue, and by a schedule."""

import base64
import json
from collections.abc import Iterator

import pytest
import requests
from conftest import ROLE, Running, eventually, package


def reference(name: str, attribute: str | None = None) -> dict:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def api_resource(kind: str, **properties: object) -> dict:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": {"ApiId": reference("Api"), **properties}}


TEMPLATE = {
    "Resources": {
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "deployed",
                "Runtime": "provided.al2023",
                "Handler": "bootstrap",
                "Role": ROLE,
                "Timeout": 5,
                "Code": {"S3Bucket": "code", "S3Key": "code.zip"},
                "Environment": {"Variables": {"SECRET": reference("Secret")}},
            },
        },
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "deployed"}},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "deployed"}},
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "deployed-dead"}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "deployed",
                "VisibilityTimeout": 1,
                "RedrivePolicy": {"deadLetterTargetArn": reference("Dead", "Arn"), "maxReceiveCount": 2},
            },
        },
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": reference("Topic"),
                "Endpoint": reference("Queue", "Arn"),
                "Protocol": "sqs",
                "RawMessageDelivery": True,
            },
        },
        "Delivery": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "FunctionName": reference("Function"),
                "EventSourceArn": reference("Queue", "Arn"),
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": "deployed",
                "ScheduleExpression": "rate(1 minute)",
                "State": "ENABLED",
                "Targets": [{"Arn": reference("Function", "Arn"), "Id": "Target0"}],
            },
        },
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "deployed", "ProtocolType": "HTTP"}},
        "Stage": api_resource("Stage", StageName="$default", AutoDeploy=True),
        "Integration": api_resource(
            "Integration",
            IntegrationType="AWS_PROXY",
            IntegrationUri=reference("Function", "Arn"),
            PayloadFormatVersion="2.0",
        ),
        "Route": api_resource(
            "Route",
            RouteKey="POST /slack/events",
            Target={"Fn::Join": ["", ["integrations/", reference("Integration")]]},
        ),
        "Machine": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "deployed",
                "RoleArn": ROLE,
                "DefinitionString": {
                    "Fn::Join": [
                        "",
                        [
                            '{"StartAt":"Task","States":{"Task":{"Type":"Task","End":true,"Resource":"',
                            reference("Function", "Arn"),
                            '"}}}',
                        ],
                    ]
                },
            },
        },
    },
    "Outputs": {
        "Url": {"Value": reference("Api", "ApiEndpoint")},
        "Topic": {"Value": reference("Topic")},
        "Machine": {"Value": reference("Machine")},
    },
}


@pytest.fixture(scope="module")
def outputs(aws: Running) -> Iterator[dict[str, str]]:
    s3, stacks = aws.client("s3"), aws.client("cloudformation")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="code", Key="code.zip", Body=package())
    stacks.create_stack(StackName="deployed", TemplateBody=json.dumps(TEMPLATE))
    described = stacks.describe_stacks(StackName="deployed")["Stacks"][0]
    assert [api["Name"] for api in aws.client("apigatewayv2").get_apis()["Items"]] == ["deployed"]
    yield {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    stacks.delete_stack(StackName="deployed")
    assert aws.client("apigatewayv2").get_apis()["Items"] == []
    assert aws.client("secretsmanager").list_secrets()["SecretList"] == []
    assert not any(":deployed:" in each["TopicArn"] for each in aws.client("sns").list_subscriptions()["Subscriptions"])
    assert requests.post(f"{aws.endpoint}/_http/slack/events").status_code == 404


def test_an_http_request_reaches_the_function(aws: Running, outputs: dict[str, str]) -> None:
    url = f"{aws.endpoint}/_http/slack/events"
    answer = requests.post(f"{url}?a=1&a=2", json={"x": "ü"}, headers={"X-Slack-Signature": "v0=1"})
    event = answer.json()
    assert (answer.status_code, answer.headers["x-path"]) == (201, "/slack/events")
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "POST /slack/events", "/slack/events")
    assert (event["body"], event["isBase64Encoded"]) == ('{"x": "\\u00fc"}', False)
    assert event["headers"]["x-slack-signature"] == "v0=1"
    assert event["queryStringParameters"] == {"a": "1,2"}
    assert event["requestContext"]["domainName"] == outputs["Url"].removeprefix("https://")

    form = requests.post(url, data={"payload": "{}"}).json()
    assert (base64.b64decode(form["body"]), form["isBase64Encoded"]) == (b"payload=%7B%7D", True)
    crashed = requests.post(url, data="crash", headers={"content-type": "text/plain"})
    assert (crashed.status_code, crashed.json()) == (500, {"message": "Internal Server Error"})
    assert requests.get(url).status_code == requests.post(f"{url}/other").status_code == 404


def test_failed_messages_come_again_and_end_as_dead_letters(aws: Running, outputs: dict[str, str]) -> None:
    sns, sqs = aws.client("sns"), aws.client("sqs")
    for body in ("good", "poison", "fine"):
        sns.publish(TopicArn=outputs["Topic"], Message=body)
    dead = sqs.get_queue_url(QueueName="deployed-dead")["QueueUrl"]
    messages = eventually(lambda: sqs.receive_message(QueueUrl=dead).get("Messages"))
    assert [message["Body"] for message in messages] == ["poison"]
    log = "".join(aws.control("GET", "/functions").json()["deployed"]["log"])
    assert [log.count(f"'{body}'") for body in ("good", "poison", "fine")] == [1, 2, 1]


def test_a_schedule_runs_when_told(aws: Running, outputs: dict[str, str]) -> None:
    ran = aws.control("POST", "/schedule", {"function": "deployed"}).json()
    assert (ran["failed"], ran["payload"]["event"]["source"]) == (False, "aws.events")
    assert ran["payload"]["environment"]["SECRET"].startswith("arn:aws:secretsmanager:eu-west-1:")
    assert aws.control("POST", "/schedule", {"function": "other"}).status_code == 404


def test_a_deployed_state_machine_is_executed(aws: Running, outputs: dict[str, str]) -> None:
    client = aws.client("stepfunctions")
    execution = client.start_execution(stateMachineArn=outputs["Machine"], name="one", input='{"n": 1}')["executionArn"]
    ended = eventually(lambda: (d := client.describe_execution(executionArn=execution))["status"] != "RUNNING" and d)
    assert json.loads(ended["output"])["event"] == {"n": 1}


def test_an_empty_secret_has_no_value(aws: Running, outputs: dict[str, str]) -> None:
    client = aws.client("secretsmanager")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_secret_value(SecretId="deployed")
    client.put_secret_value(SecretId="deployed", SecretString="value")
    assert client.get_secret_value(SecretId="deployed")["SecretString"] == "value"
