// A click on a dot of the picture, or on its name, comes as an event with the name of its model.
element.addEventListener("click", (event) => {
    const dot = event.target.closest("[data-model]");
    if (!dot || !element.contains(dot)) return;
    for (const one of element.querySelectorAll("[data-model]"))
        one.classList.toggle("chosen", one.dataset.model === dot.dataset.model);
    trigger("click", {model: dot.dataset.model});
});
