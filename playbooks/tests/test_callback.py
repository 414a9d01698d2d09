"""The callback and the phase's main process, run by a real ansible-playbook.

``ANSIBLE_PLAYBOOK`` names the one to use (default: from PATH).
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PLAYBOOKS = pathlib.Path(__file__).resolve().parent.parent
ANSIBLE = os.environ.get("ANSIBLE_PLAYBOOK") or shutil.which("ansible-playbook")
# Quotes, braces and a letter outside ASCII: every way of spelling it must be found.
CANARY = 'can{{ary}}"\'\\é%s'


class Phase(unittest.TestCase):
    """One phase of the test play."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for script in ("phase.sh", "ended.sh", "ansible.cfg"):
            shutil.copy(PLAYBOOKS / script, self.folder)
        shutil.copy(PLAYBOOKS / "callback" / "hosted_deploy.py", self.folder)
        shutil.copy(PLAYBOOKS / "tests" / "play.yml", self.folder / "deploy.yml")
        shutil.copy(PLAYBOOKS / "tests" / "repair.yml", self.folder)
        shutil.copytree(PLAYBOOKS / "tests" / "library", self.folder / "library")
        plain = {"hosted_deploy_secrets": ["canary"], "ansible_python_interpreter": "/usr/bin/python3"}
        (self.folder / "all.vars.json").write_text(json.dumps(plain))
        self.secrets = self.folder / "all.secrets"
        self.secrets.write_text("canary: !unsafe %s\n" % json.dumps(CANARY))

    def run_phase(self, **environment):
        bin_folder = self.folder / "bin"
        bin_folder.mkdir()
        (bin_folder / "ansible-playbook").symlink_to(ANSIBLE)
        path = "%s:%s:%s" % (bin_folder, pathlib.Path(ANSIBLE).parent, os.environ["PATH"])
        command = ["bash", str(self.folder / "phase.sh"), "all", str(self.secrets)]
        done = subprocess.run(command, env={"PATH": path, "HOME": str(self.folder), **environment}, timeout=120)
        log = (self.folder / "all.log").read_text()
        self.assertTrue((self.folder / "all.events").exists(), log)
        events = [json.loads(line) for line in (self.folder / "all.events").read_text().splitlines()]
        return done.returncode, events, log

    def check(self, code, events, log):
        self.assertEqual(code, 2, log)
        results = {event["name"]: event for event in events if event["event"] == "result"}
        status = {name: event["status"] for name, event in results.items()}
        self.assertEqual(status["Skip"], "skipped")
        self.assertEqual(status["Fail without harm"], "ignored")
        self.assertEqual(status["Try again"], "ignored")
        self.assertEqual(status["Wait for the host to be up"], "ignored")
        self.assertEqual(results["Wait for the host to be up"]["message"], "gave up after 2 attempts; empty: ovirt_hosts")
        self.assertEqual(status["Fail at first"], "failed")
        self.assertEqual(status["Fail in a loop"], "failed")
        self.assertIn("first", results["Fail in a loop"]["message"])
        self.assertIn("no_log", results["Hide a result"]["message"])
        rescue = {event["name"]: event["rescue"] for event in events if event["event"] == "task"}
        expected = {"Fail at first": False, "Repair": True, "Repair what failed": True, "Fail in a loop": False}
        expected |= {"Notify the user about a failure": True, "Revoke the token": True, "Speak to a person": False}
        self.assertEqual({name: rescue[name] for name in expected}, expected)
        retries = [(event["attempt"], event["of"]) for event in events if event["event"] == "retry"]
        self.assertEqual([attempt for attempt, _ in retries], [1, 2, 1, 2], retries)
        self.assertEqual([event["text"] for event in events if event["event"] == "message"],
                         ["the password is ********", "repaired"])
        handed = [event for event in events if event["event"] == "handed_over"]
        self.assertEqual([event["register"] for event in handed], ["otopi_localvm_dir"])
        self.assertNotIn("invocation", handed[0]["value"])
        self.assertEqual(events[-1]["event"], "stats")

    def check_no_secret(self, log):
        self.assertFalse(self.secrets.exists(), "the secrets' file is still there")
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "all.vars.json":
                text = path.read_text(errors="replace")
                for spelling in (CANARY, json.dumps(CANARY)[1:-1], "{{ary}}"):
                    self.assertNotIn(spelling, text, path)

    def test_secrets_come_through_a_fifo_and_stay_hidden(self):
        code, events, log = self.run_phase()
        self.check(code, events, log)
        self.check_no_secret(log)

    def test_secrets_come_as_a_credential_and_stay_hidden(self):
        credentials = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copy(self.secrets, credentials / "secrets")
        code, events, log = self.run_phase(CREDENTIALS_DIRECTORY=str(credentials))
        self.check(code, events, log)
        self.check_no_secret(log)

    def test_a_secret_that_is_a_common_word_leaves_the_events_readable(self):
        self.secrets.write_text("canary: !unsafe skipped\n")
        code, events, log = self.run_phase()
        self.check(code, events, log)

    def test_how_the_unit_ended_is_kept_and_the_secrets_go(self):
        environment = {"SERVICE_RESULT": "signal", "EXIT_CODE": "killed", "EXIT_STATUS": "INT", "PATH": os.environ["PATH"]}
        subprocess.run(["sh", str(self.folder / "ended.sh"), "all", str(self.secrets)], env=environment, check=True)
        self.assertEqual((self.folder / "all.ended").read_text(), "signal killed INT\n")
        self.assertFalse(self.secrets.exists())


if __name__ == "__main__":
    if not ANSIBLE:
        sys.exit("no ansible-playbook: pip install ansible-core, or set ANSIBLE_PLAYBOOK")
    unittest.main()
