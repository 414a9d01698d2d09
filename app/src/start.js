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

    // The second half of a double click is no wish of its own: the first may have put another button under the pointer.
    let before = { timeStamp: -1000 };
    addEventListener("click", (click) => {
        const near = Math.hypot(click.clientX - before.clientX, click.clientY - before.clientY) < 8;
        if (click.detail > 0 && near && click.timeStamp - before.timeStamp < 400 && click.target.closest?.("button")) {
            click.preventDefault();
            click.stopImmediatePropagation();
        } else {
            before = click;
        }
    }, true);
}
