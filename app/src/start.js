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
}
