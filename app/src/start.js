(name) => {
    const tell = (which) => {
        for (const line of document.querySelectorAll("#arrival > [data-when]")) line.hidden = line.dataset.when !== which;
    };
    const waits = [setTimeout(tell, 1500, "late"), setTimeout(tell, 20000, "stuck")];
    import(`/pkg/${name}.js`)
        .then((program) => program.default({ module_or_path: `/pkg/${name}_bg.wasm` }).then(() => program.hydrate()))
        .then(() => tell(""), (why) => {
            tell("missing");
            throw why;
        })
        .finally(() => waits.forEach(clearTimeout));

    // On a line that is cut in silence a browser waits for a quarter of an hour. The server answers within 100 s,
    // and at once where it only saves or says that it is there.
    const ask = window.fetch;
    window.fetch = (question, options) => {
        const path = new URL(question.url ?? question, location).pathname;
        if (!path.startsWith("/api/")) return ask(question, options);
        const quick = path.endsWith("/draft/save") || question.method === "HEAD";
        return ask(question, { ...options, signal: AbortSignal.timeout(quick ? 10000 : 110000) });
    };

    // The second half of a double click is no wish of its own. Where the first half has put another button under the pointer, some browsers
    // take it for a first one; unless somebody did something in between, it is none.
    let before = {};
    for (const act of ["input", "keydown", "scroll"]) addEventListener(act, () => (before = {}), true);
    addEventListener("click", (click) => {
        const { detail, clientX: x, clientY: y, timeStamp: at } = click;
        const button = click.target.closest?.("button");
        const other = button !== before.button && Math.hypot(x - before.x, y - before.y) < 8 && at - before.at < 400;
        if (button && (detail > 1 || (detail === 1 && other))) {
            click.preventDefault();
            click.stopImmediatePropagation();
        } else {
            before = { button, x, y, at };
        }
    }, true);
}
