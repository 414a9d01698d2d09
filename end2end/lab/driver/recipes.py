"""How each artefact is made.

    wheels ────────────────────────────┐
    base ──┬── infra                   ├── host
           ├── stubs ──┬───────────────┘
    engine-base ───────┴── engine ── appliance
    ssh-key
"""

import hashlib
import inspect
import shutil
import subprocess
import zipfile
from configparser import ConfigParser
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from . import packages, settings
from .build import Artefact
from .console import LabError, run

HERE = Path(__file__)


class Root:
    """A root file system under construction."""

    def __init__(self, path: Path):
        self.path = path

    def chroot(self, *argv: str, input: str | None = None) -> str:
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        return run("chroot", self.path, *argv, input=input, env=environment)

    def copy_tree(self, source: Path) -> None:
        run("cp", "--archive", "--remove-destination", "--no-preserve=ownership", f"{source}/.", self.path)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        target = self.path / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def link(self, path: str, target: str) -> None:
        place = self.path / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        place.symlink_to(target)

    def units(self, verb: str, *names: str) -> None:
        self.chroot("systemctl", "--quiet", verb, *names)

    def compile_python(self, *folders: str) -> None:
        """Byte code is made now, else the first ansible run of every fresh lab would pay for it."""
        self.chroot(settings.PYTHON, "-m", "compileall", "-q", "-j", "2", *folders)


@contextmanager
def overlay(upper: Path, lower: list[Path], proc: bool = True):
    """The merged view of `upper` over `lower`, with or without /proc, for the time of the block."""
    work, merged = (upper.with_name(f".unfinished-{kind}-{upper.name}") for kind in ("work", "merged"))
    work.mkdir()
    merged.mkdir()
    layers = ":".join(map(str, lower))
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={layers},upperdir={upper},workdir={work}", merged)
    if proc:
        run("mount", "-t", "proc", "proc", merged / "proc")
    try:
        yield Root(merged)
    finally:
        run("umount", "--recursive", merged)
        shutil.rmtree(work)
        merged.rmdir()


@contextmanager
def workshop(folder: Path, base: Path, binds: dict[Path, str]):
    """The base image as a throw-away place for tools that this machine need not have (rpmbuild, qemu-img, createrepo)."""
    upper = folder.with_name(f".unfinished-workshop-{folder.name}")
    upper.mkdir()
    with overlay(upper, [base]) as root:
        for source, target in binds.items():
            (root.path / target.lstrip("/")).mkdir(parents=True, exist_ok=True)
            run("mount", "--bind", source, root.path / target.lstrip("/"))
        yield root
    shutil.rmtree(upper)


# ---------------------------------------------------------------------------------------------------------- wheels

def _pip(verb: str, folder: Path, requirement: str, digest: str, *options: str) -> None:
    listed = folder / "requirement.txt"
    listed.write_text(f"{requirement} --hash=sha256:{digest}\n")
    run("/usr/bin/python3", "-m", "pip", verb, "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", "--requirement", listed, "--dest" if verb == "download" else "--wheel-dir", folder, *options)
    listed.unlink()


def wheels(folder: Path, _needed: dict[str, Path]) -> None:
    for version, digest in settings.ANSIBLE_CORE.items():
        _pip("download", folder, f"ansible-core=={version}", digest, "--only-binary=:all:", "--python-version=3.11")
    # The SDK is published as source only. It is compiled here and used in the image: both are Debian 12.
    version, digest = settings.OVIRT_SDK
    _pip("wheel", folder, f"ovirt-engine-sdk-python=={version}", digest, "--no-binary=:all:", "--no-build-isolation")

    version, digest = settings.ANSIBLE_BUNDLE
    _pip("download", folder, f"ansible=={version}", digest, "--only-binary=:all:", "--python-version=3.11")
    bundle = next(folder.glob(f"ansible-{version}-*.whl"))
    if hashlib.sha256(bundle.read_bytes()).hexdigest() != digest:
        raise LabError(f"{bundle.name} is not the file that was pinned")
    wanted = tuple(f"ansible_collections/{name}/" for name in settings.COLLECTIONS)
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder / "collections", [n for n in archive.namelist() if n.startswith(wanted)])
    bundle.unlink()


def _install_wheel(wheel: Path, site: Path, scripts: Path | None = None, interpreter: str = "") -> None:
    """What pip does with a wheel of pure or matching code: unpack, and write the console scripts of its entry points.

    All of them, `ansible` too: with a password, ansible-core 2.19 names the `ansible` beside `ansible-playbook` as the
    program that ssh asks, so an installation without it waits for ever.
    """
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    if scripts is None:
        return
    listed = next(site.glob("*.dist-info/entry_points.txt"))
    parser = ConfigParser(delimiters="=")
    parser.optionxform = str  # names are case-sensitive
    parser.read(listed)
    for name, place in parser["console_scripts"].items():
        module, function = place.split(":")
        script = scripts / name
        script.write_text(f"#!{interpreter}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n")
        script.chmod(0o755)


# ---------------------------------------------------------------------------------------------------- file systems

def _sources() -> str:
    """This machine's own Debian sources, so that its mirror and proxy are used; the public mirror when it has none."""
    for candidate in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        path = Path(candidate)
        if path.is_file() and settings.DEBIAN_RELEASE in path.read_text():
            return str(path)
    return f"deb {settings.DEBIAN_MIRROR} {settings.DEBIAN_RELEASE} main"


def _debootstrap(folder: Path, names: list[str]) -> None:
    # Services must not start while packages are configured: policy-rc.d says no, the image keeps it.
    forbid = 'mkdir -p "$1/usr/sbin" && printf "#!/bin/sh\\nexit 101\\n" >"$1/usr/sbin/policy-rc.d" ' \
             '&& chmod 755 "$1/usr/sbin/policy-rc.d"'
    proxy = subprocess.run(["apt-config", "shell", "PROXY", "Acquire::http::Proxy"], text=True, stdout=subprocess.PIPE)
    setting = proxy.stdout.partition("=")[2].strip().strip("'")
    options = [f'--aptopt=Acquire::http::Proxy "{setting}"'] if setting else []
    run("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", f"--include={','.join(names)}",
        '--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"', '--aptopt=Acquire::Retries "3"',
        *options, *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale", "info")),
        f"--setup-hook={forbid}", settings.DEBIAN_RELEASE, folder, _sources())
    folder.chmod(0o755)


def base(folder: Path, _needed: dict[str, Path]) -> None:
    _debootstrap(folder, packages.BASE)


def engine_base(folder: Path, _needed: dict[str, Path]) -> None:
    _debootstrap(folder, packages.ENGINE)


def infra(folder: Path, needed: dict[str, Path]) -> None:
    with overlay(folder, [needed["base"]]) as root:
        root.copy_tree(settings.SOURCE / "infra" / "rootfs")
        root.units("mask", *packages.MASKED, "NetworkManager.service", "firewalld.service", "polkit.service")
        root.units("disable", "nfs-ganesha-lock.service")
        root.units("enable", "nfs-ganesha", "tgt", "chrony", "glusterd", "rpcbind", "ssh",
                   "lab-dns", "lab-mail", "lab-targets", "lab-volume")


def host(folder: Path, needed: dict[str, Path]) -> None:
    with overlay(folder, [needed["base"]]) as root:
        root.copy_tree(settings.SOURCE / "host" / "rootfs")
        root.link("/usr/bin/sh", "bash")  # the role's shell tasks say `set -o pipefail`
        _language(root)
        _users(root)
        _stub_packages(root, needed["stubs"], packages.ON_HOST)
        site = root.path / "usr/lib/python3/dist-packages"
        _install_wheel(next(needed["wheels"].glob("ovirt_engine_sdk_python-*.whl")), site)
        for version in settings.ANSIBLE_CORE:
            home = f"/opt/ansible/{version}"
            root.chroot(settings.PYTHON, "-m", "venv", "--system-site-packages", "--without-pip", home)
            _install_wheel(next(needed["wheels"].glob(f"ansible_core-{version}-*.whl")),
                           root.path / home.lstrip("/") / "lib" / settings.PYTHON / "site-packages",
                           root.path / home.lstrip("/") / "bin", f"{home}/bin/python3")
        shutil.copytree(needed["wheels"] / "collections", root.path / "usr/share/ansible/collections")
        root.link("/usr/libexec/platform-python", "/usr/bin/python3")
        for name in ("dmidecode", "sysctl"):  # wrapped by host/rootfs/usr/local/sbin, which comes first in PATH
            if not (root.path / f"usr/sbin/{name}").exists():
                raise LabError(f"the base image has no /usr/sbin/{name} to wrap")
        root.units("mask", *packages.MASKED, *packages.INFRA_SERVICES)
        root.units("enable", "ssh", "firewalld", "NetworkManager", "chrony", "libvirtd", "lab-resume", "lab-hardware")
        root.compile_python("/opt/ansible", "/usr/share/ansible/collections", "/usr/lib/lab",
                            "/usr/lib/python3/dist-packages/ovirtsdk4")


def _language(root: Root) -> None:
    """The role's tasks ask for en_US.UTF-8; without it every shell complains on stderr."""
    root.chroot("localedef", "--inputfile=en_US", "--charmap=UTF-8", "en_US.UTF-8")
    root.write("/etc/default/locale", "LANG=en_US.UTF-8\n")


def _users(root: Root) -> None:
    """root and the operator log in by password; vdsm, kvm and qemu are what oVirt's packages would make."""
    root.chroot("chpasswd", input=f"root:{settings.ROOT_PASSWORD}\n")
    # Debian has a group of that name already, so the user gets `users` as its own.
    root.chroot("useradd", "--create-home", "--shell", "/bin/bash", "--uid", "1000", "--gid", "users", "--groups", "sudo",
                settings.OPERATOR)
    root.chroot("chpasswd", input=f"{settings.OPERATOR}:{settings.OPERATOR_PASSWORD}\n")
    if "kvm:" in (root.path / "etc/group").read_text():
        root.chroot("groupmod", "--gid", "36", "kvm")
    else:
        root.chroot("groupadd", "--gid", "36", "kvm")
    root.chroot("groupadd", "--gid", "107", "--non-unique", "qemu")
    root.chroot("useradd", "--system", "--uid", "36", "--gid", "36", "--groups", "qemu", "--create-home",
                "--home-dir", "/var/lib/vdsm", "--shell", "/bin/bash", "vdsm")


def _stub_packages(root: Root, stubs: Path, names: list[str]) -> None:
    """A repository of empty packages inside the image, some of them installed."""
    shutil.copytree(stubs, root.path / "usr/share/lab/repository/stubs")
    (root.path / "var/lib/rpm").mkdir(exist_ok=True)
    root.chroot("dnf", "--quiet", "--assumeyes", "--disablerepo=*", "--enablerepo=lab-stubs", "install", *names)
    shutil.rmtree(root.path / "var/cache/dnf", ignore_errors=True)


# ------------------------------------------------------------------------------------------------------ appliance

def stubs(folder: Path, needed: dict[str, Path]) -> None:
    with workshop(folder, needed["base"], {folder: "/out"}) as root:
        root.write("/build/stubs.spec", packages.stubs_spec())
        _rpmbuild(root, "/build/stubs.spec")
        root.chroot("createrepo_c", "--quiet", "/out")


def _rpmbuild(root: Root, spec: str, **definitions: str) -> None:
    extra = [f"--define={name} {value}" for name, value in definitions.items()]
    root.chroot("rpmbuild", "-bb", "--quiet", "--define=_topdir /build/rpm", "--define=_rpmdir /out",
                "--define=_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm",
                "--define=_binary_payload w0.gzdio", "--define=_build_id_links none",
                "--define=__os_install_post %{nil}", *extra, spec)


def engine(folder: Path, needed: dict[str, Path]) -> None:
    with overlay(folder, [needed["engine-base"]]) as root:
        root.copy_tree(settings.SOURCE / "engine" / "rootfs")
        root.link("/usr/bin/sh", "bash")
        _language(root)
        root.chroot("chpasswd", "--encrypted", input="root:*\n")  # cloud-init sets the password, as on the appliance
        root.chroot("useradd", "--system", "--create-home", "--home-dir", "/var/lib/pgsql", "postgres")
        root.chroot("useradd", "--create-home", "cloud-user")
        _stub_packages(root, needed["stubs"], packages.ON_ENGINE)
        root.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
        root.write("/etc/hostname", "localhost\n")
        root.units("mask", *packages.MASKED_ENGINE)
        root.units("enable", "ssh", "lab-network", "cloud-init")
        root.compile_python("/usr/lib/lab")
        # Every machine makes its own host keys at its first boot, as a cloned appliance does.
        for key in (root.path / "etc/ssh").glob("ssh_host_*"):
            key.unlink()


def appliance(folder: Path, needed: dict[str, Path]) -> None:
    """The engine's disk image in an OVA in an RPM, and a second RPM of the same name whose image is damaged."""
    scratch = folder.with_name(f".unfinished-scratch-{folder.name}")
    whole, damaged = folder / "appliance", folder / "appliance-damaged"
    upper = scratch / "upper"
    for path in (whole, damaged, upper):
        path.mkdir(parents=True)
    with overlay(upper, [needed["engine"], needed["engine-base"]], proc=False) as engine_root:
        with workshop(folder, needed["base"], {scratch: "/unpack", engine_root.path: "/engine", whole: "/out"}) as root:
            root.copy_tree(settings.SOURCE / "engine" / "appliance")
            digest = root.chroot("/build/make-ova", "/engine", "/unpack").split()[0]
            root.chroot("mkdir", "-p", "/build/payload")
            root.chroot("mv", "/unpack/appliance.ova", "/build/payload/")
            _rpmbuild(root, "/build/appliance.spec", image_sha1=digest)
            root.chroot("createrepo_c", "--quiet", "/out")
    with workshop(folder, needed["base"], {damaged: "/out"}) as root:
        root.copy_tree(settings.SOURCE / "engine" / "appliance")
        root.write("/build/payload/appliance.ova", "This appliance image was damaged on purpose.\n")
        _rpmbuild(root, "/build/appliance.spec", image_sha1=digest)
        root.chroot("createrepo_c", "--quiet", "/out")
    shutil.rmtree(scratch)


def ssh_key(folder: Path, _needed: dict[str, Path]) -> None:
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", folder / "id_ed25519")


# ------------------------------------------------------------------------------------------------------- the graph

@cache
def catalogue() -> dict[str, Artefact]:
    """Every artefact by name, the same ones in one command. Inputs are what the recipe reads, this file included."""
    source = settings.SOURCE
    versions = repr((settings.ANSIBLE_CORE, settings.ANSIBLE_BUNDLE, settings.OVIRT_SDK, settings.COLLECTIONS))
    people = repr((settings.ROOT_PASSWORD, settings.OPERATOR, settings.OPERATOR_PASSWORD))
    a_wheels = Artefact("wheels", wheels, inputs=[versions, _text(_pip, wheels)])
    a_base = Artefact("base", base, inputs=[repr(packages.BASE), _text(_debootstrap)])
    a_engine_base = Artefact("engine-base", engine_base, inputs=[repr(packages.ENGINE), _text(_debootstrap)])
    a_stubs = Artefact("stubs", stubs, [a_base], [packages.stubs_spec(), _text(stubs, _rpmbuild, workshop)])
    a_infra = Artefact("infra", infra, [a_base], [source / "infra" / "rootfs", repr(packages.MASKED), _text(infra)])
    a_host = Artefact("host", host, [a_base, a_wheels, a_stubs],
                      [source / "host" / "rootfs", HERE, people, repr(packages.ON_HOST), repr(packages.MASKED)])
    a_engine = Artefact("engine", engine, [a_engine_base, a_stubs],
                        [source / "engine" / "rootfs", repr(packages.ON_ENGINE), repr(packages.MASKED_ENGINE),
                         _text(engine, _stub_packages, _language)])
    a_appliance = Artefact("appliance", appliance, [a_engine, a_engine_base, a_base],
                           [source / "engine" / "appliance", _text(appliance, _rpmbuild, workshop)])
    a_key = Artefact("ssh-key", ssh_key, inputs=["ed25519"])
    return {a.name: a for a in (a_wheels, a_base, a_engine_base, a_stubs, a_infra, a_host, a_engine, a_appliance, a_key)}


def _text(*functions) -> str:
    """The source of a recipe, so that changing it makes a new artefact."""
    return "\n".join(inspect.getsource(f) for f in functions)
