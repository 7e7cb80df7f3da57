"""Drives mini-SWE-agent without a terminal: its own agent, model and environment, as its configuration
`mini.yaml` has them, with what it adds to its messages as JSON lines.

drive.py SETTINGS.json, with the instruction as standard input; or drive.py --version.
"""

import json
import os
import sys

# The log is what was standard output; whatever else prints goes to standard error.
log = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

import minisweagent  # noqa: E402
from minisweagent.agents.default import DefaultAgent  # noqa: E402
from minisweagent.config import get_config_from_spec  # noqa: E402
from minisweagent.environments.local import LocalEnvironment  # noqa: E402
from minisweagent.models.litellm_model import LitellmModel  # noqa: E402


def say(kind, **fields):
    log.write(json.dumps({"type": kind, **fields}) + "\n")


class LoggedAgent(DefaultAgent):
    """Says each message when it is added."""

    # Calls that no message has answered yet.
    open_calls = ()

    def add_messages(self, *messages):
        for message in messages:
            self.say_message(message)
        return super().add_messages(*messages)

    def say_message(self, message):
        role = message.get("role")
        if role == "assistant":
            answer = str(self.n_calls)
            if message.get("reasoning_content"):
                say("message", text=message["reasoning_content"], answer=answer, reasoning=True)
            say("message", text=message.get("content") or "", answer=answer)
            calls = message.get("tool_calls") or []
            self.open_calls = tuple(call["id"] for call in calls)
            for call in calls:
                function = call["function"]
                arguments = function["arguments"]
                say("tool-call", id=call["id"], name=function["name"], input=arguments, answer=answer)
        elif role == "tool":
            code = (message.get("extra") or {}).get("returncode")
            error = code not in (None, 0)
            call = message["tool_call_id"]
            self.open_calls = tuple(other for other in self.open_calls if other != call)
            say("tool-result", id=call, text=str(message["content"]), error=error)
        elif role == "exit":
            self.say_end(message)

    def say_end(self, message):
        status = (message.get("extra") or {}).get("exit_status", "")
        if status == "Submitted":
            # The command that submits is answered by the end itself.
            for call in self.open_calls[:1]:
                say("tool-result", id=call, text=str(message.get("content") or ""), error=False)
            say("end", reason="done", detail="")
        elif status == "LimitsExceeded":
            say("end", reason="turns", detail="its turns were used up")
        else:
            say("end", reason="failed", detail=f"{status}: {message.get('content')}")


def main(settings_path):
    with open(settings_path, encoding="utf-8") as file:
        settings = json.load(file)
    config = get_config_from_spec("mini.yaml")
    agent_config = {
        name: config["agent"][name] for name in ("system_template", "instance_template")
    }
    agent = LoggedAgent(
        LitellmModel(**{**config["model"], **settings["model"]}),
        LocalEnvironment(**config["environment"]),
        **agent_config,
        cost_limit=0,
        step_limit=settings["maxTurns"],
    )
    agent.run(sys.stdin.read())


if sys.argv[1] == "--version":
    print(minisweagent.__version__, file=log)
else:
    main(sys.argv[1])
