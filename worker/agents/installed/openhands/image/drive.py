"""Drives the OpenHands SDK without a terminal: one conversation, its events as JSON lines.

drive.py SETTINGS.json, with the instruction as standard input; or drive.py --version.
"""

import json
import os
import sys

# The log is what was standard output; whatever else prints goes to standard error.
log = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

import openhands.sdk  # noqa: E402
from openhands.sdk import LLM, Conversation, ConversationExecutionStatus  # noqa: E402
from openhands.sdk.event import (  # noqa: E402
    ActionEvent,
    AgentErrorEvent,
    MessageEvent,
    ObservationEvent,
    UserRejectObservation,
)
from openhands.sdk.event.conversation_error import ConversationErrorEvent  # noqa: E402
from openhands.sdk.mcp.config import coerce_mcp_config  # noqa: E402
from openhands.tools.preset.default import get_default_agent  # noqa: E402


def say(kind, **fields):
    log.write(json.dumps({"type": kind, **fields}) + "\n")


def text_of(contents):
    return "\n".join(part.text for part in contents if getattr(part, "text", None))


class Listener:
    """Says what happens in a conversation."""

    max_turns_reached = False
    problem = ""

    def __call__(self, event):
        if isinstance(event, ActionEvent):
            self.action(event)
        elif isinstance(event, ObservationEvent):
            contents = event.observation.to_llm_content
            is_error = bool(getattr(event.observation, "is_error", False))
            say("tool-result", id=event.tool_call_id, text=text_of(contents), error=is_error)
        elif isinstance(event, AgentErrorEvent):
            say("tool-result", id=event.tool_call_id, text=event.error, error=True)
        elif isinstance(event, UserRejectObservation):
            say("tool-result", id=event.tool_call_id, text=event.rejection_reason, error=True)
        elif isinstance(event, MessageEvent) and event.source == "agent":
            answer = event.llm_response_id or ""
            say("message", text=text_of(event.llm_message.content), answer=answer)
        elif isinstance(event, ConversationErrorEvent):
            self.max_turns_reached = "MaxIteration" in event.code
            self.problem = f"{event.code}: {event.detail}"

    @staticmethod
    def action(event):
        answer = event.llm_response_id
        if event.reasoning_content:
            say("message", text=event.reasoning_content, answer=answer, reasoning=True)
        thought = text_of(event.thought)
        if thought:
            say("message", text=thought, answer=answer)
        arguments = event.tool_call.arguments
        say("tool-call", id=event.tool_call_id, name=event.tool_name, input=arguments, answer=answer)


def main(settings_path):
    with open(settings_path, encoding="utf-8") as file:
        settings = json.load(file)
    llm = LLM(**settings["llm"])
    agent = get_default_agent(llm=llm, cli_mode=True)
    if settings["mcp"]:
        # A copy checks nothing of what it is given: it has to be what the field holds.
        agent = agent.model_copy(update={"mcp_config": coerce_mcp_config(settings["mcp"])})
    listener = Listener()
    conversation = Conversation(
        agent=agent,
        workspace=os.getcwd(),
        callbacks=[listener],
        visualizer=None,
        max_iteration_per_run=settings["maxTurns"],
    )
    try:
        conversation.send_message(sys.stdin.read())
        conversation.run()
        status = conversation.state.execution_status
    except Exception as error:
        listener.problem = listener.problem or f"{type(error).__name__}: {error}"
        status = ConversationExecutionStatus.ERROR
    if status == ConversationExecutionStatus.FINISHED:
        say("end", reason="done", detail="")
    elif listener.max_turns_reached:
        say("end", reason="turns", detail="its turns were used up")
    else:
        say("end", reason="failed", detail=listener.problem or f"it stopped as {status.value}")
    log.flush()
    # Threads of libraries would hold the process.
    os._exit(0)


if sys.argv[1] == "--version":
    print(openhands.sdk.__version__, file=log)
else:
    main(sys.argv[1])
