"""HTTP on 80 and 443: health page, keys, tokens, and the API.

A path with an odd number of parts names a collection, one with an even number an item; a POST to an item's child that
is no collection is an action.
"""

import json
import ssl
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlparse
from xml.etree.ElementTree import Element

from . import birth, hosts, machines, search, sso, storage, switches
from .remote import Refusal
from .store import API, TAGS, Store
from .xml import fault, fromstring, node, put, tostring

PKI = "/etc/pki/ovirt-engine"
OPTIONS = {
    "ServerCPUList": "3:Secure Intel Nehalem Family:vmx,nx,model_Nehalem:Nehalem,+spec-ctrl:x86_64; "
                     "4:Secure Intel Cascadelake Server Family:vmx,model_Cascadelake-Server:"
                     "Cascadelake-Server,-hle,-rtm:x86_64; ",
    "ClusterEmulatedMachines": "[pc-q35-rhel9.4.0, pc-q35-rhel8.4.0, pc-q35-6.1]",
}
PRODUCT = node("api", node("product_info", node("version", full_version="4.5.7-1.lab", major=4, minor=5, build=7,
                                                revision=0), name="oVirt Engine", vendor="ovirt.org"))
FRONT_PAGE = "<!doctype html><title>oVirt Engine</title><h1>oVirt Engine</h1><p>The lab's stand-in: API only.</p>"

store = Store()


def collection(path: str, query: dict[str, str]) -> Element:
    found = [item for item in store.all(path) if search.matches(store, item, query.get("search"))]
    if path == "events" and "from" in query:
        found = [item for item in found if int(item.get("id")) > int(query["from"])]
    listed = Element(TAGS[path.rpartition("/")[2]][0])
    listed.extend(found[:int(query["max"])] if query.get("max", "").isdigit() else found)
    return listed


def create(path: str, request: Element) -> Element:
    store.resolve(request)
    parts = path.split("/")
    if len(parts) == 3 and (parts[0], parts[2]) == ("datacenters", "storagedomains"):
        return storage.attach(store, path, request)
    makers = {"hosts": hosts.create, "storagedomains": storage.create_domain, "disks": storage.create_disk,
              "vms": machines.create, "nics": machines.create_card, "diskattachments": machines.attach_disk}
    return makers.get(parts[-1], Store.add)(store, path, request)


def update(path: str, item: Element, request: Element) -> Element:
    store.resolve(request)
    for child in request:
        old = item.find(child.tag)
        if old is not None:
            item.remove(old)
        item.append(child)
    if path == "vms":
        machines.update(store, item)
    return item


def act(path: str, item: Element, action: str, request: Element) -> Element:
    done = hosts.act(store, item, action, request) if path == "hosts" else None
    if done is not None:
        return done
    if path == "vms" and action in ("start", "stop", "shutdown", "suspend"):
        machines.act(item, action)
    elif action == "deactivate":
        put(item, "status", "maintenance")
    elif action == "activate":
        put(item, "status", "up" if path == "hosts" else "active")
    else:
        raise Refusal(f"The lab's engine does not know the action {action} of {path}")
    return node("action", status="complete")


def api(method: str, parts: list[str], query: dict[str, str], request: Element | None) -> tuple[int, Element]:
    """Status and answer of one request below /ovirt-engine/api; the store is locked around it."""
    if not parts:
        return 200, PRODUCT
    if parts[0] == "options":
        return 200, option(parts[1], query.get("version", "general"))
    path, parent = "/".join(parts), "/".join(parts[:-1])
    if len(parts) % 2 == 1:
        if parts[-1] in TAGS:
            return (200, collection(path, query)) if method == "GET" else (201, create(path, request))
        owner = store.get("/".join(parts[:-2]), parts[-2]) if len(parts) > 2 else None
        if owner is None:
            return 404, fault("Not Found", f"The lab's engine has no {path}")
        return 200, act("/".join(parts[:-2]), owner, parts[-1], request if request is not None else Element("action"))
    item = store.get(parent, parts[-1])
    if item is None:
        return 404, fault("Operation Failed", "Entity not found")
    if method == "PUT":
        return 200, update(parent, item, request)
    if method == "DELETE":
        if parent == "storagedomains":
            storage.remove_domain(store, item, query)
        store.remove(parent, item)
        return 200, node("action", status="complete")
    return 200, item


def option(name: str, version: str) -> Element:
    value = node("system_option_value", value=OPTIONS.get(name, ""), version=version)
    answer = node("system_option", node("values", value), name=name)
    answer.set("id", name)
    return answer


class Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_message(self, form: str, *values: object) -> None:
        # The request line without its query: a search is no secret, but a habit is a habit.
        print(time.strftime("%Y-%m-%d %H:%M:%S"), (form % values).partition("?")[0], flush=True)

    def answer(self, status: int, body: Element | dict | str, kind: str = "application/xml; charset=utf-8") -> None:
        if isinstance(body, Element):
            content = tostring(body, "utf-8", xml_declaration=True)
        elif isinstance(body, dict):
            content, kind = json.dumps(body).encode(), "application/json"
        else:
            content = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def serve(self) -> None:
        address = urlparse(self.path)
        query = {key: values[0] for key, values in parse_qs(address.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(address.path)
        if path.endswith("/services/health"):
            self.health()
        elif path.endswith("/services/pki-resource"):
            name = "ca.pem" if query.get("resource") == "ca-certificate" else "keys/engine_id_rsa.pub"
            with open(f"{PKI}/{name}") as file:
                self.answer(200, file.read(), "text/plain")
        elif path.endswith("/sso/oauth/token"):
            form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
            self.answer(*sso.obtain(form))
        elif "sso-logout" in path or "sso/oauth/revoke" in path:
            self.answer(200, {})
        elif path == API or path.startswith(API + "/"):
            self.call_api([part for part in path[len(API):].split("/") if part], query, body)
        elif path in ("/", "/ovirt-engine", "/ovirt-engine/"):
            self.answer(200, FRONT_PAGE, "text/html; charset=utf-8")
        else:
            self.answer(404, "<!doctype html><title>404</title><p>Not found</p>", "text/html; charset=utf-8")

    def health(self) -> None:
        if switches.on("engine-never-healthy"):
            self.answer(503, "<!doctype html><title>503 Service Unavailable</title>", "text/html; charset=utf-8")
        else:
            self.answer(200, "DB Up!Welcome to Health Status!", "text/html; charset=utf-8")

    def call_api(self, parts: list[str], query: dict[str, str], body: bytes) -> None:
        if not sso.valid(self.headers.get("Authorization", "")):
            self.answer(401, "<!doctype html><title>401</title><p>Unauthorized</p>", "text/html; charset=utf-8")
            return
        with store.lock:
            try:
                status, answer = api(self.command, parts, query, fromstring(body) if body.strip() else None)
            except Refusal as refusal:
                status, answer = 400, fault("Operation Failed", f"[{refusal}]")
                store.event(9000, "error", str(refusal))
            except Exception as bug:  # the role must see an answer, and the log the reason
                traceback.print_exc()
                status, answer = 500, fault("A defect of the lab's engine", repr(bug))
            if self.command != "GET":
                store.save()
        self.answer(status, answer)

    do_GET = do_POST = do_PUT = do_DELETE = serve


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address) -> None:
        """A client that goes away is no event; anything else is shown."""
        if not isinstance(sys.exc_info()[1],
                          (ConnectionError, TimeoutError, ssl.SSLError)):
            traceback.print_exc()


def main() -> None:
    if not store.load():
        birth.fill(store)
    plain, encrypted = Server(("0.0.0.0", 80), Conversation), Server(("0.0.0.0", 443), Conversation)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{PKI}/apache.cer", f"{PKI}/keys/apache.key.nopass")
    # The handshake is done by the connection's own thread, so that one silent client does not block the rest.
    encrypted.socket = context.wrap_socket(encrypted.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    encrypted.serve_forever()


if __name__ == "__main__":
    main()
