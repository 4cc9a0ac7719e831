// A view is drawn when it is looked at. Each view has a hidden text box; a moment written to it says "look": Gradio then
// calls the view's function. What a moment begins with says why: "open" by the address, "look" by the visitor's choice.
window.hubLook = (() => {
    const moment = (why) => `${why} ${performance.now()}`;
    const chosen = (selector) => document.querySelector(`${selector} [role=tab][aria-selected=true]`)?.dataset.tabId || "";
    // To Gradio: this text box stays as it is. Its old value, written again, would count as a change where the view is not
    // on the page yet, and every view of every tab would be computed.
    const STAYS = {__type__: "update"};
    const told = (views, view, why) => views.map((one) => (one === view ? moment(why) : STAYS));
    const none = (views) => views.map(() => STAYS);

    // The page is loaded: the view that the address names, or the first of the first tab.
    const load = (slug, views) => {
        const asked = new URLSearchParams(location.search);
        const tabs = [...document.querySelectorAll("#tabs > .tab-wrapper [role=tab], #tabs > div [role=tab]")];
        const slugs = tabs.map((one) => one.dataset.tabId);
        const tab = slugs.includes(asked.get("tab")) ? asked.get("tab") : chosen("#tabs") || slugs[0];
        if (tab !== slug) return none(views);
        return told(views, views.includes(asked.get("view")) ? asked.get("view") : views[0], "open");
    };

    // Gradio tells of the tab that the page opens with, too: only one that the visitor has chosen counts.
    const tab = (slug, views) =>
        window.hubTabUsed ? told(views, chosen(`#tab-${slug}`) || views[0], "look") : none(views);
    const again = (slug, views) => told(views, chosen(`#tab-${slug}`) || views[0], "look");
    const view = () => (window.hubTabUsed ? moment("look") : STAYS);
    return {load, tab, again, view};
})();
