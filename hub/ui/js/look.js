// A view is drawn when it is looked at. Each view has a hidden text box; a moment written to it says "look": Gradio then
// calls the view's function. What a moment begins with says why: "open" by the address, "look" by the visitor's choice.
window.hubLook = (() => {
    const moment = (why) => `${why} ${performance.now()}`;
    const chosen = (selector) => document.querySelector(`${selector} [role=tab][aria-selected=true]`)?.dataset.tabId || "";
    const told = (views, view, why, old) => views.map((one, place) => (one === view ? moment(why) : old[place]));

    // The page is loaded: the view that the address names, or the first of the first tab.
    const load = (slug, views, ...old) => {
        const asked = new URLSearchParams(location.search);
        const tabs = [...document.querySelectorAll("#tabs > .tab-wrapper [role=tab], #tabs > div [role=tab]")];
        const slugs = tabs.map((one) => one.dataset.tabId);
        const tab = slugs.includes(asked.get("tab")) ? asked.get("tab") : chosen("#tabs") || slugs[0];
        if (tab !== slug) return old;
        return told(views, views.includes(asked.get("view")) ? asked.get("view") : views[0], "open", old);
    };

    // Gradio tells of the tab that the page opens with, too: only one that the visitor has chosen counts.
    const tab = (slug, views, ...old) =>
        window.hubTabUsed ? told(views, chosen(`#tab-${slug}`) || views[0], "look", old) : old;
    const again = (slug, views, ...old) => told(views, chosen(`#tab-${slug}`) || views[0], "look", old);
    const view = (old) => (window.hubTabUsed ? moment("look") : old);
    return {load, tab, again, view};
})();
