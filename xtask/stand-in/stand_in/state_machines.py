"""The bridge from deployed state machines to moto's interpreter of the States Language.

moto has two stores of state machines: one that only records executions, which is the default and the only one that
CloudFormation knows, and one that executes them. The bridge makes the second one the only one.

moto also names every failed call of a function by its ARN `Exception`, where AWS says `Lambda.ServiceException` or
what else it was, and passes the function's error on with its JSON rewritten.
"""

import json
import time
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto.core.config import default_user_config
from moto.stepfunctions import models, responses
from moto.stepfunctions.parser.api import HistoryEventType, LambdaFunctionFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.models import stepfunctions_parser_backends


def install(retry_scale: float) -> None:
    """Makes every state machine one that is executed.

    :param retry_scale: what the seconds between two attempts of a state are multiplied with
    """
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    models.stepfunctions_backends = responses.stepfunctions_backends = stepfunctions_parser_backends
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * retry_scale))
    lambda_eval_utils._invoke_lambda_function = _invoke
    _name_failed_calls()
    # The interpreter makes its clients in many threads at once, which the first one of a kind doesn't survive.
    for service in ("lambda", "sns"):
        boto3.client(service, region_name="us-east-1")


def _invoke(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:
    response = boto_client_for(region, "lambda", state_credentials).invoke(**parameters)
    payload = response["Payload"].read().decode()
    if error := response.get("FunctionError"):
        raise lambda_eval_utils.LambdaFunctionErrorException(error, payload)
    return {**response, "Payload": json.loads(payload)}


def _name_failed_calls() -> None:
    original = StateTaskLambda._from_error

    def from_error(task: StateTaskLambda, env: Any, ex: Exception) -> FailureEvent:
        if not isinstance(ex, ClientError):
            return original(task, env, ex)
        error, cause = StateTaskServiceLambda._error_cause_from_client_error(ex)
        details = LambdaFunctionFailedEventDetails(error=error, cause=cause)
        return FailureEvent(
            env=env,
            error_name=CustomErrorName(error),
            event_type=HistoryEventType.LambdaFunctionFailed,
            event_details=EventDetails(lambdaFunctionFailedEventDetails=details),
        )

    StateTaskLambda._from_error = from_error
