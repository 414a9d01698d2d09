"""A running lab: how it comes up, the forwarder, the other kinds of host, save and restore."""

import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from driver import container, lifecycle, rehearse, settings, snapshot, state

from .inside import host1, infra, lab, login

CONNECTIONS = 100
AT_ONCE = 8
"""sshd drops unauthenticated connections at random from its tenth on (MaxStartups), as real hosts do."""


def up(*options: str) -> str:
    done = lab("up", *options)
    assert done.code == 0, done
    return f"up in {state.load()['up_seconds']} s"


def ssh_answers() -> str:
    said = login("hostname --fqdn; id --user")
    assert said.code == 0 and said.text.split() == ["host1.lab.test", "0"], said
    units = host1("systemctl", "list-units", "--failed", "--plain", "--no-legend")
    assert units.code == 0 and not units.text.strip(), f"failed units: {units.text}"
    return said.text.split()[0]


def namespaces_are_seen() -> None:
    """The wires are visible to other commands of this machine, whatever process made them."""
    said = subprocess.run(["ip", "netns", "exec", "hdlab-infra", "ip", "-brief", "address", "show", "lab0"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert said.returncode == 0 and settings.INFRA_ADDRESS in said.stdout, said.stdout


def groups_of_their_own() -> None:
    """In a shared control group, infra and host1 take each other's units for their own."""
    groups = [(Path("/proc") / str(container.leader(name)) / "cgroup").read_text() for name in ("infra", "host1")]
    assert groups[0] != groups[1], f"both are in {groups[0]}"


def second_up_changes_nothing() -> str:
    names = ["infra", "host1", lifecycle.FORWARDER]
    before, began = [state.alive(name) for name in names], time.monotonic()
    done = lab("up")
    took = time.monotonic() - began
    assert done.code == 0 and "it was up already" in done.text, done
    after = [state.alive(name) for name in names]
    assert None not in before and before == after, f"processes changed from {before} to {after}"
    return f"{took:.1f} s"


def many_connections() -> str:
    """Short ones by the hundred, while a long one goes on."""
    with subprocess.Popen(rehearse.ssh("cat"), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as long:
        _echo(long, "before")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            greeted = sum(pool.map(lambda _: _greeted_to_the_end(settings.SSH_PORTS["host1"]), range(CONNECTIONS)))
        _echo(long, "after")
        long.stdin.close()
        assert long.wait(10) == 0, "the long connection failed"
    assert greeted == CONNECTIONS, f"{greeted} of {CONNECTIONS} were greeted"
    return f"{greeted} greeted"


def _greeted_to_the_end(port: int) -> bool:
    """sshd's greeting came, and after we closed our side it closed its own: both pass the forwarder."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        with connection.makefile("rb") as heard:
            greeting = heard.readline()
            connection.shutdown(socket.SHUT_WR)
            heard.read()
    return greeting.startswith(b"SSH-2.0")


def _echo(connection: subprocess.Popen, word: str) -> None:
    connection.stdin.write(word + "\n")
    connection.stdin.flush()
    answer = connection.stdout.readline().strip()
    assert answer == word, f"said {word}, heard {answer!r}"


def nobody_listens() -> str:
    """A port behind which nothing listens is closed at once, it does not hang."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", 22443), 5) as connection:
        connection.settimeout(20)
        assert connection.recv(1) == b"", "something answered where no engine is"
    return f"closed after {time.monotonic() - began:.1f} s"


def save_and_restore() -> str:
    name = "selftest"
    for path, machine in (("/root/kept", host1), ("/var/tmp/kept", host1), ("/exports/he/kept", infra)):
        said = machine("sh", "-c", f"echo {path} >{path}")
        assert said.code == 0, said
    saved = lab("save", name)
    assert saved.code == 0, saved
    try:
        assert lab("status").code == 3, "the lab is up after save"
        assert name in lab("saved").text.split()
        note = up("--restore", name)
        for path, machine in (("/root/kept", host1), ("/var/tmp/kept", host1), ("/exports/he/kept", infra)):
            said = machine("cat", path)
            assert said.code == 0 and said.text.strip() == path, f"{path}: {said}"
        ssh_answers()
    finally:
        forgotten = lab("forget", name)
    assert forgotten.code == 0 and name not in snapshot.saved(), forgotten
    return f"restored, {note}"


def el8() -> str:
    """The refusals are those of systemd 239, and what it knows still works."""
    note = up("--el8")
    version = login("systemctl --version")
    assert version.text.startswith("systemd 239 (239-82.el8)\n+PAM "), version
    for option, words in {
        "--property=LoadCredential=vars:/run/x": "Unknown assignment: LoadCredential=vars:/run/x",
        "-p SetCredential=a:b": "Unknown assignment: SetCredential=a:b",
        "--property StandardOutput=append:/run/x": "Invalid StandardOutput setting: append:/run/x",
        "-pStandardError=append:/run/x": "Invalid StandardError setting: append:/run/x",
        "--service-type=exec": "Invalid Type setting: exec",
        "--property=Type=exec": "Invalid Type setting: exec",
        "--expand-environment=no": "unrecognized option '--expand-environment=no'",
    }.items():
        said = login(f"systemd-run --quiet {option} true")
        assert said.code == 1 and words in said.text, f"{option} {said}"
    ran = login("systemd-run --quiet --wait --unit=selftest --property=KillMode=mixed "
                "/bin/sh -c 'echo \"$0\" >/run/selftest' LoadCredential=x; cat /run/selftest; systemctl is-active ssh")
    assert ran.code == 0 and ran.text.split() == ["LoadCredential=x", "active"], ran
    return note


def two_hosts() -> str:
    note = up("--hosts", "2")
    assert lifecycle.greets(settings.SSH_PORTS["host2"]), "host2 does not answer"
    said = host1("ping", "-c", "1", "-W", "2", "host2.lab.test")
    assert said.code == 0, said
    assert container.execute("host2", "hostname", "--fqdn").strip() == "host2.lab.test"
    return note


CHECKS = {
    "up": up,
    "SSH answers through the forwarder": ssh_answers,
    "ip netns shows the lab's namespaces": namespaces_are_seen,
    "machines have control groups of their own": groups_of_their_own,
    "a second up changes nothing": second_up_changes_nothing,
    f"{CONNECTIONS} connections through the forwarder": many_connections,
    "a port with nobody behind it closes": nobody_listens,
}
"""On a lab that stays up."""

CHECKS_OF_THEIR_OWN = {
    "save and restore": save_and_restore,
    "up --el8": el8,
    "up --hosts 2": two_hosts,
}
"""Each leaves another lab than it found."""
