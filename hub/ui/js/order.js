// Of an HTML component with chips (data-place): they are dragged, or moved by Alt and the arrows or by buttons inside
// them (data-step), into another order, which comes as an event.
let held = null;
const chips = () => [...element.querySelectorAll("[data-place]")];
const at = (event) => event.target.closest?.("[data-place]");
const told = (places) => trigger("click", {order: places});
const moved = (from, to) => {
    const places = chips().map((chip) => Number(chip.dataset.place));
    if (from === to || to < 0 || to >= places.length) return;
    places.splice(to, 0, ...places.splice(from, 1));
    told(places);
};
element.addEventListener("dragstart", (event) => {
    held = at(event);
    event.dataTransfer?.setData("text/plain", held?.dataset.place ?? "");
});
element.addEventListener("dragover", (event) => { if (held && at(event)) event.preventDefault(); });
element.addEventListener("drop", (event) => {
    const target = at(event);
    if (!held || !target) return;
    event.preventDefault();
    moved(chips().indexOf(held), chips().indexOf(target));
    held = null;
});
let focused = null;
element.addEventListener("keydown", (event) => {
    const chip = at(event), step = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1}[event.key];
    if (!chip || !step) return;
    event.preventDefault();
    const place = chips().indexOf(chip);
    if (event.altKey || event.shiftKey) {
        focused = `[data-place="${chip.dataset.place}"]`;
        return moved(place, place + step);
    }
    chips()[place + step]?.focus();
});
element.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-step]"), chip = at(event);
    if (!button || !chip) return;
    const place = chips().indexOf(chip), step = Number(button.dataset.step);
    focused = `[data-place="${chip.dataset.place}"] [data-step="${step}"]`;
    moved(place, place + step);
});
// A finger: one tap takes a chip, the next one puts it down there.
let taken = null;
element.addEventListener("pointerup", (event) => {
    const chip = at(event);
    if (!chip || event.pointerType === "mouse" || event.target.closest("[data-step]")) return;
    if (taken && taken !== chip) moved(chips().indexOf(taken), chips().indexOf(chip));
    taken?.classList.remove("taken");
    taken = taken ? null : chip;
    taken?.classList.add("taken");
});
new MutationObserver(() => {  // the chips are written over: the one that was moved has the focus again
    taken = null;
    const chip = focused === null ? null : element.querySelector(focused);
    if (!chip) return;
    chip.focus({preventScroll: true});
    focused = null;
}).observe(element, {childList: true, subtree: true, attributeFilter: ["data-place"]});
// Pointed at: whom a token sees, and who sees it.
const seen = (chip) => (chip.dataset.sees || "").split(" ");
element.addEventListener("pointerover", (event) => {
    const one = at(event);
    for (const chip of chips()) {
        chip.classList.toggle("sees", Boolean(one) && seen(one).includes(chip.dataset.place));
        chip.classList.toggle("seen-by", Boolean(one) && seen(chip).includes(one.dataset.place));
    }
});
element.addEventListener("pointerleave", () => {
    for (const chip of chips()) chip.classList.remove("sees", "seen-by");
});
