// The console page's terminal: xterm.js on a WebSocket. The page around it (app/src/console.rs) brings buttons and words.
//
// Binary messages are keys and output. Text messages are JSON: the window's size to the server, what happened from it.

import { FitAddon } from "./addon-fit.mjs";
import { Terminal } from "./xterm.mjs";

const part = (name) => document.getElementById(name);
const place = part("console");
const told = part("console-told");
const [open, take, close, escape] = ["open", "take", "close", "escape"].map((name) => part(`console-${name}`));
/** A message that the server takes. */
const MOST_BYTES = 32 * 1024;
const ESCAPE = "\x1d";

// The terminal makes style sheets and style attributes. The page's policy wants the nonce of the one; the other it forbids
// altogether, but not the same by the object model.
if (!window.hdStyles) {
    window.hdStyles = true;
    const nonce = document.querySelector("script[nonce]")?.nonce ?? "";
    const create = document.createElement.bind(document);
    document.createElement = (name, options) => {
        const element = create(name, options);
        if (name === "style") {
            element.nonce = nonce;
        } else if (name === "span") {
            const set = element.setAttribute.bind(element);
            element.setAttribute = (key, value) => (key === "style" ? void (element.style.cssText = value) : set(key, value));
        }
        return element;
    };
    const sheet = create("link");
    sheet.rel = "stylesheet";
    sheet.href = "/pkg/terminal.css";
    document.head.append(sheet);
}

let socket;
let terminal;
let fit;

function node(name, ...children) {
    const made = document.createElement(name);
    made.append(...children);
    return made;
}

/** What stands between backquotes is code. */
function say(...lines) {
    const paragraph = (line) => node("p", ...line.split("`").map((part, at) => (at % 2 ? node("code", part) : part)));
    told.replaceChildren(...lines.filter(Boolean).map(paragraph));
}

function show(connected, taken = false) {
    open.hidden = connected;
    take.hidden = !taken;
    close.hidden = escape.hidden = !connected;
}

function screen() {
    terminal?.dispose();
    place.hidden = false;
    place.replaceChildren();
    terminal = new Terminal({
        cursorBlink: false,
        fontFamily: "RedHatMono, 'Red Hat Mono', monospace",
        fontSize: 14,
        screenReaderMode: true,
        scrollback: 5000,
    });
    fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(place);
    fit.fit();
    terminal.textarea?.setAttribute("aria-label", place.dataset.name);
    terminal.attachCustomKeyEventHandler((event) => {
        // Tab is the guest's: this is the way out for whoever has only a keyboard.
        const out = event.key === "Tab" && event.shiftKey;
        if (out && event.type === "keydown") {
            event.preventDefault();
            close.focus();
        }
        return !out;
    });
    terminal.onData((text) => send(new TextEncoder().encode(text)));
    terminal.onBinary((text) => send(Uint8Array.from(text, (key) => key.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => {
        if (socket?.readyState === WebSocket.OPEN) {
            socket.send(JSON.stringify({ columns: cols, rows }));
        }
    });
}

function send(bytes) {
    for (let from = 0; from < bytes.length && socket?.readyState === WebSocket.OPEN; from += MOST_BYTES) {
        socket.send(bytes.slice(from, from + MOST_BYTES));
    }
}

function connect(byForce) {
    screen();
    say();
    show(true);
    const size = `columns=${terminal.cols}&rows=${terminal.rows}`;
    const line = new WebSocket(`wss://${location.host}/api/v1/console?${size}&take=${byForce}`);
    line.binaryType = "arraybuffer";
    socket = line;
    let ended = false;
    line.onmessage = ({ data }) => {
        if (typeof data !== "string") {
            terminal.write(new Uint8Array(data));
            return;
        }
        const news = JSON.parse(data);
        if (news.kind === "open") {
            place.dataset.open = "";
            terminal.focus();
            return;
        }
        ended = true;
        say(news.what, news.next);
        show(false, news.kind === "taken");
    };
    line.onclose = () => {
        if (socket !== line) {
            return;
        }
        delete place.dataset.open;
        terminal.options.disableStdin = true;
        if (!ended) {
            say(place.dataset.closing === undefined ? told.dataset.lost : "");
            show(false);
        }
        delete place.dataset.closing;
    };
}

open.addEventListener("click", () => connect(false));
take.addEventListener("click", () => connect(true));
close.addEventListener("click", () => {
    place.dataset.closing = "";
    socket?.close();
    open.hidden = false;
    open.focus();
});
escape.addEventListener("click", () => {
    send(new TextEncoder().encode(ESCAPE));
    terminal.focus();
});
open.disabled = false;
new ResizeObserver(() => {
    if (terminal && !place.hidden && place.isConnected) {
        fit.fit();
    }
}).observe(place);
// The router puts another page in place without leaving the document.
new MutationObserver((_, observer) => {
    if (!place.isConnected) {
        observer.disconnect();
        socket?.close();
        terminal?.dispose();
    }
}).observe(document.getElementById("main"), { childList: true, subtree: true });
