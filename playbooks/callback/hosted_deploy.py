# -*- coding: utf-8 -*-
"""Ansible callback of hosted-deploy: one JSON object a line for programs, a short log for people.

The event file (``HOSTED_DEPLOY_EVENTS``) is only appended to, one ``write`` a line, so that a reader who lost the
connection goes on at the byte where it stopped. The standard output becomes the phase's log.

Nothing that is written holds a secret: results are reduced to what is needed (never ``invocation``, where modules
repeat their parameters), and every value of a variable named in ``hosted_deploy_secrets`` is replaced wherever it
stands. Works with ansible-core 2.14 to 2.19.
"""
from __future__ import annotations

import json
import os
import time

from ansible.playbook.block import Block
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: hosted_deploy
type: stdout
short_description: events of a hosted-deploy run
description: Writes the events of a run to a file and a short log to the standard output.
requirements: [set as stdout callback]
"""

HIDDEN = "********"
# Ends of messages say most: the last lines of a traceback, of dnf's or engine-setup's output.
LONGEST = 4000
# What ansible-core 2.19 puts where nothing was said.
SAY_NOTHING = ("(traceback unavailable)", "Task failed: Action failed: Unknown error.")


class CallbackModule(CallbackBase):
    """Everything the play does, as events."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "hosted_deploy"

    def __init__(self):
        super().__init__()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._events = os.open(os.environ["HOSTED_DEPLOY_EVENTS"], flags, 0o600)
        self._secrets = []
        self._started = {}

    # What Ansible tells

    def v2_playbook_on_play_start(self, play):
        variables = play.get_variable_manager().extra_vars
        values = {str(variables[name]) for name in variables.get("hosted_deploy_secrets", []) if variables.get(name)}
        # Longest first: a secret that contains another one must not leave its rest behind. Tracebacks and shell
        # commands show a value as its representation, so that is looked for as well.
        spellings = values | {json.dumps(value)[1:-1] for value in values} | {repr(value)[1:-1] for value in values}
        self._secrets = sorted(spellings, key=len, reverse=True)
        self._log("PLAY", play.get_name())

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._started[task._uuid] = time.monotonic()
        name = task_name(task)
        self._write("task", id=task._uuid, name=name, rescue=deals_with_failure(task))
        self._log("TASK", name)

    def v2_runner_on_ok(self, result):
        self._result("changed" if result._result.get("changed") else "ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result):
        self._result("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._result("unreachable", result)

    def v2_runner_retry(self, result):
        attempt, allowed = result._result.get("attempts", 0), result._result.get("retries", 0)
        self._write("retry", id=result._task._uuid, attempt=attempt, of=allowed)
        self._log("  retry", "%s of %s" % (attempt, allowed))

    def v2_runner_item_on_failed(self, result):
        self._log("  failed item", self._message(result))

    def v2_playbook_on_no_hosts_matched(self):
        self._write("message", text="no host matched: nothing was done")

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self._write("stats", hosts=hosts)
        for host, counts in sorted(hosts.items()):
            self._log("RECAP", "%s %s" % (host, " ".join("%s=%s" % item for item in sorted(counts.items()))))

    # What is written

    def _result(self, status, result):
        task, body = result._task, result._result
        took = time.monotonic() - self._started.get(task._uuid, time.monotonic())
        event = {"id": task._uuid, "name": task_name(task), "status": status, "ms": int(took * 1000)}
        delegated = (body.get("_ansible_delegated_vars") or {}).get("ansible_delegated_host")
        if delegated:
            event["delegated"] = delegated
        fatal = status in ("failed", "unreachable", "ignored")
        if fatal:
            event["message"] = self._message(result)
        self._write("result", **event)
        self._log("  " + status, event.get("message", ""))
        if task.action.rsplit(".", 1)[-1] == "debug" and not fatal and status != "skipped":
            self._say(body)
        register = getattr(task, "register", None)
        if isinstance(register, str) and register.startswith("otopi_") and status in ("ok", "changed"):
            value = {key: body[key] for key in body if not key.startswith("_") and key != "invocation"}
            self._write("handed_over", register=register, value=value)

    def _say(self, body):
        """The text of a debug task: the only words the role addresses to a person."""
        text = body.get("msg")
        if text is None:
            return
        if isinstance(text, (list, tuple)):
            text = "\n".join(str(line) for line in text)
        self._write("message", text=str(text)[-LONGEST:])
        self._log("  message", str(text))

    def _message(self, result):
        body = result._result
        if result._task.no_log or body.get("_ansible_no_log"):
            return "the role hides the result of this task (no_log)"
        parts = [body.get("msg"), body.get("reason"), body.get("module_stderr"), body.get("stderr"), body.get("exception")]
        parts = [part for part in parts if part not in SAY_NOTHING]
        failed_items = [item for item in body.get("results") or [] if isinstance(item, dict) and item.get("failed")]
        parts += [item.get("msg") or item.get("stderr") for item in failed_items[:5]]
        seen, lines = set(), []
        for part in parts:
            text = part.strip() if isinstance(part, str) else "" if part is None else json.dumps(part, default=str)
            if text and text not in seen:
                seen.add(text)
                lines.append(text)
        if not lines and body.get("attempts"):
            # The module did its work without complaint; what it found is what `until` waited for in vain.
            empty = sorted(key for key, value in body.items() if value == [] and not key.endswith("_lines"))
            lines.append("gave up after %s attempts" % body["attempts"] + ("; empty: " + ", ".join(empty) if empty else ""))
        return "\n".join(lines)[-LONGEST:]

    def _write(self, event, **fields):
        # Only what Ansible or a module wrote is searched: a password "ok" must not take a status away.
        free = {key: self._hide_in(fields[key]) for key in ("name", "message", "text", "value") if key in fields}
        line = json.dumps({"event": event, **fields, **free, "at": int(time.time() * 1000)}, default=str)
        os.write(self._events, (line + "\n").encode())

    def _log(self, what, text):
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        self._display.display(self._hide("%s %s%s" % (stamp, what, ": " + text if text else "")))

    def _hide(self, text):
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def _hide_in(self, value):
        if isinstance(value, dict):
            return {self._hide(str(key)): self._hide_in(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._hide_in(inner) for inner in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self._hide(str(value))


def task_name(task):
    """The task's name without its role's: every task of a run is of the same two roles."""
    return task.get_name().rsplit(" : ", 1)[-1]


def deals_with_failure(task):
    """Whether the task stands in a rescue or always section, however deep."""
    node, parent = task, task._parent
    while parent is not None:
        if isinstance(parent, Block):
            sections = (parent.rescue or []) + (parent.always or [])
            if any(node._uuid == member._uuid for member in sections):
                return True
        node, parent = parent, parent._parent
    return False
