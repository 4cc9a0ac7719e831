// Where on the pad, as a number of the pad's own scale and rounded to its step. Clicks come faster than answers: while
// one is being answered, which draws the pad anew, those that follow wait, and go together with the data that hold it.
// An answer that has failed draws nothing: then they wait for five seconds.
let asked = null, waiting = [];
const send = () => {
    const pad = element.querySelector("svg.pad");
    if (asked || !waiting.length || !pad) return;
    const mine = asked = {drawn: pad.outerHTML};
    trigger("click", {points: waiting});
    waiting = [];
    setTimeout(() => answered(mine), 5000);
};
const answered = (which) => {
    if (asked !== which) return;
    asked = null;
    send();
};
new MutationObserver(() => {
    const pad = element.querySelector("svg.pad");
    if (asked && pad && pad.outerHTML !== asked.drawn) setTimeout(answered, 0, asked);
}).observe(element, {childList: true, subtree: true, attributes: true});
element.addEventListener("click", (event) => {
    const pad = element.querySelector("svg.pad");
    if (!pad || !pad.contains(event.target)) return;
    const box = pad.getBoundingClientRect(), value = (name) => Number(pad.dataset[name]);
    const at = (fraction, low, high, step, least, most) => {
        const exact = low + Math.min(1, Math.max(0, fraction)) * (high - low);
        const whole = Math.min(most, Math.max(least, Math.round(exact / step) * step));
        return Number(whole.toFixed(6));
    };
    const across = ((event.clientX - box.left) / box.width * value("width") - value("margin"))
        / (value("width") - 2 * value("margin"));
    const up = 1 - ((event.clientY - box.top) / box.height * value("height") - value("margin"))
        / (value("height") - 2 * value("margin"));
    waiting.push([
        at(across, value("left"), value("right"), value("step"), value("least"), value("most")),
        at(up, value("bottom"), value("top"), value("rise"), value("bottom"), value("top")),
    ]);
    send();
});
