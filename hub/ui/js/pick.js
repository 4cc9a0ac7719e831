// Of an HTML component: clicks on what has data-pick come as events with its value; Enter and Space count as clicks,
// arrows go from one to the next. What is drawn anew while it has the focus gets it back.
let last = null;
const at = (event) => {
    const found = event.target.closest("[data-pick]");
    return element.contains(found) ? found : null;
};
const told = (event) => {
    const found = at(event);
    if (!found) return;
    event.preventDefault();
    trigger("click", {pick: Number(found.dataset.pick)});
};
element.addEventListener("click", told);
element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") return told(event);
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key], found = at(event);
    if (!step || !found) return;
    const all = [...element.querySelectorAll("[data-pick]")];
    all[all.indexOf(found) + step]?.focus();
    event.preventDefault();
});
element.addEventListener("focusin", (event) => { last = at(event)?.dataset.pick ?? null; });
element.addEventListener("focusout", (event) => { if (event.relatedTarget) last = null; });
new MutationObserver(() => {
    if (last === null || document.activeElement !== document.body) return;
    element.querySelector(`[data-pick="${last}"]`)?.focus({preventScroll: true});
}).observe(element, {childList: true, subtree: true});
