"""moto's interpreter of state machines, in process: no HTTP and no thread of an execution's own.

Its arguments are a definition's file, the input's file and how many seconds to measure. It prints one line of JSON.
The definition is parsed once, before the clock starts.
"""

import json
import sys
import time
from pathlib import Path

from moto.stepfunctions.parser.api import StateMachineType
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData, ExecutionData, StateMachineData
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

ARN = "arn:aws:states:eu-central-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/bench"


def run(program, given):
    """One execution from its start to its end; how many states it entered."""
    environment = Environment(
        aws_execution_details=AWSExecutionDetails("123456789012", "eu-central-1", ROLE),
        execution_type=StateMachineType.STANDARD,
        context=ContextObjectData(
            Execution=ExecutionData(
                Id=f"{ARN}:execution:bench:one",
                Input=given,
                Name="one",
                RoleArn=ROLE,
                StartTime="2026-11-22T00:00:00.000Z",
            ),
            StateMachine=StateMachineData(Id=f"{ARN}:stateMachine:bench", Name="bench"),
        ),
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
    program.eval(environment)
    state = environment.program_state()
    if not isinstance(state, ProgramEnded):
        sys.exit(f"the execution ends as {state.__class__.__name__}: {getattr(state, 'error', None)}")
    events = environment.event_manager.get_event_history()
    return sum(event["type"].endswith("StateEntered") for event in events)


definition, given, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
program, _ = AmazonStateLanguageParser.parse(definition.read_text())
given = json.loads(given.read_text())
run(program, given)

states = 0
began = time.perf_counter()
while (elapsed := time.perf_counter() - began) < seconds:
    states += run(program, given)
print(json.dumps({"states": states, "seconds": elapsed}))
