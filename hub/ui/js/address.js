// The address says what is seen: of each view of each tab the query that it wrote last is kept, and the address shows the
// one of the view that is open. So the share button copies the view that the visitor sees, touched or not.
window.hubAddress = (() => {
    const kept = {}; // "tab/view" -> its query
    const chosen = (selector) => document.querySelector(`${selector} [role=tab][aria-selected=true]`)?.dataset.tabId || "";
    const seen = () => { const tab = chosen("#tabs"); return {tab, view: chosen(`#tab-${tab}`)}; };
    const key = ({tab, view}) => `${tab}/${view}`;

    // Language and theme stay as they are.
    const write = (query) => {
        const values = new URLSearchParams(query), old = new URLSearchParams(location.search);
        for (const name of ["lang", "__theme"]) {
            values.delete(name);
            if (old.get(name)) values.set(name, old.get(name));
        }
        history.replaceState(history.state, "", "?" + values + location.hash);
    };

    // A view has answered: it may be one that the visitor has left by now.
    const put = (query) => {
        if (!query) return;
        const values = new URLSearchParams(query), tab = values.get("tab") || seen().tab;
        const place = {tab, view: values.get("view") || chosen(`#tab-${tab}`)};
        kept[key(place)] = query;
        if (key(place) === key(seen())) write(query);
    };

    // What the page was opened with belongs to the view that it opened.
    const keep = () => {
        const values = new URLSearchParams(location.search), place = seen();
        const named = {tab: values.get("tab") || place.tab, view: values.get("view") || place.view};
        if (key(named) === key(place)) kept[key(place)] = location.search;
    };

    const sync = () => {
        const place = seen(), values = new URLSearchParams(kept[key(place)] || "");
        if (!place.tab) return;
        if (!values.has("v")) values.set("v", "1");
        for (const name of ["tab", "view"]) if (place[name]) values.set(name, place[name]);
        write(values);
    };

    const copy = async () => {
        keep();
        sync();
        const address = location.href;
        try { await navigator.clipboard.writeText(address); }
        catch { // no permission, or no https
            const area = Object.assign(document.createElement("textarea"), {value: address});
            document.body.append(area); area.select(); document.execCommand("copy"); area.remove();
        }
    };

    let used = false; // Gradio tells of the tab that it opens with, too: that must not overwrite what the address asks for
    for (const kind of ["click", "keydown"]) document.addEventListener(kind, (event) => {
        if (!event.target.closest?.("[role=tab]")) return;
        if (!used) keep();
        used = window.hubTabUsed = true;
    }, true);
    new MutationObserver(() => { if (used) sync(); })
        .observe(document.documentElement, {subtree: true, attributeFilter: ["aria-selected"]});

    let fading;
    document.addEventListener("click", async (event) => {
        const button = event.target.closest?.("#share");
        if (!button) return;
        await copy();
        const note = document.getElementById("copied");
        note.textContent = button.dataset.copied;
        clearTimeout(fading);
        fading = setTimeout(() => { note.textContent = ""; }, 2500);
    });
    return {put, sync};
})();
