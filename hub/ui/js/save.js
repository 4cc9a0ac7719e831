// The drawing of a figure, with its colours and letters on the page, as an SVG or a PNG file.
document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-figure]");
    if (!link) return;
    event.preventDefault();
    const plot = document.querySelector(`#${link.dataset.figure} .js-plotly-plot`);
    if (!plot) return;
    const space = "http://www.w3.org/2000/svg", {width, height} = plot.getBoundingClientRect();
    const whole = document.createElementNS(space, "svg"), ground = document.createElementNS(space, "rect");
    for (const [key, value] of Object.entries({width, height, viewBox: `0 0 ${width} ${height}`}))
        whole.setAttribute(key, value);
    for (const [key, value] of Object.entries({width, height, fill: getComputedStyle(document.body).backgroundColor}))
        ground.setAttribute(key, value);
    whole.append(ground);
    for (const part of plot.querySelectorAll(".main-svg")) {
        const copy = part.cloneNode(true), from = part.querySelectorAll("text"), to = copy.querySelectorAll("text");
        from.forEach((text, index) => {
            const style = getComputedStyle(text);
            for (const key of ["fill", "fontFamily", "fontSize", "fontWeight"]) to[index].style[key] = style[key];
        });
        copy.style.background = "none";
        whole.append(copy);
    }
    const drawn = new Blob([new XMLSerializer().serializeToString(whole)], {type: "image/svg+xml"});
    let file = drawn;
    if (link.dataset.kind === "png") {
        const picture = new Image(), canvas = document.createElement("canvas"), scale = 2;
        picture.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(await drawn.text());
        await picture.decode();
        canvas.width = width * scale; canvas.height = height * scale;
        canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
        file = await new Promise((done) => canvas.toBlob(done));
    }
    const away = document.createElement("a");
    away.href = URL.createObjectURL(file); away.download = `${link.dataset.name}.${link.dataset.kind}`;
    document.body.append(away); away.click(); away.remove();
    setTimeout(() => URL.revokeObjectURL(away.href), 1000);
});
