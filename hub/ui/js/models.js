// A button sorts the rows by what they bear; a model's name is told to the server, and its passport
// comes into view. With a key held down the link stays a link.
element.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-model]");
    if (link) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        trigger("click", {model: link.dataset.model});
        document.querySelector("#passport-model")?.scrollIntoView({behavior: "smooth", block: "start"});
        return;
    }
    const button = event.target.closest("[data-sort]");
    if (!button) return;
    const key = button.dataset.sort, body = element.querySelector("tbody");
    const down = button.getAttribute("aria-pressed") === "true" && button.dataset.way !== "down";
    const value = (row) => row.dataset[key], number = (row) => Number(value(row));
    const rows = [...body.rows].sort((a, b) => ["parameters", "size", "tab"].includes(key)
        ? number(a) - number(b) : value(a).localeCompare(value(b)));
    body.append(...(down ? rows.reverse() : rows));
    for (const one of element.querySelectorAll("[data-sort]")) {
        one.setAttribute("aria-pressed", one === button);
        one.dataset.way = one === button ? (down ? "down" : "up") : "";
    }
});
