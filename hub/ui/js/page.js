// The language of the page is the browser's, unless the address says ?lang=; Gradio knows Chinese as zh-CN or zh-TW
// alone, so other Chinese locales become zh-CN.
(() => {
    // With a <base>, plotly names its clip paths by the whole address, and they are lost once the address changes.
    const base = document.querySelector("base");
    if (base && base.href === new URL("./", location).href) base.remove();
    const asked = new URLSearchParams(location.search).get("lang");
    let wanted = asked || navigator.language || "en";
    if (/^zh\b/i.test(wanted) && !/^zh-(CN|TW)$/.test(wanted)) wanted = "zh-CN";
    document.documentElement.lang = /^zh/.test(wanted) ? wanted : "en";
    if (wanted !== navigator.language) {
        // Gradio has chosen by now: ask its own module, the one that its settings dialogue uses, for another.
        const change = (tries) => {
            const entry = performance.getEntriesByType("resource").find((one) => /\/core-[^/]*\.js/.test(one.name));
            if (entry) import(entry.name).then((core) => core.changeLocale?.(wanted));
            else if (tries) setTimeout(change, 100, tries - 1);
        };
        change(50);
    }
    document.addEventListener("click", (event) => {
        const link = event.target.closest?.("[data-lang], [data-theme]");
        if (!link) return;
        event.preventDefault();
        if (window.hubTabUsed) hubAddress.sync();
        const address = new URL(location.href);
        if (link.dataset.lang) {
            address.searchParams.set("lang", link.dataset.lang);
            location.assign(address);
        } else {
            const dark = document.body.classList.toggle("dark");
            address.searchParams.set("__theme", dark ? "dark" : "light");
            history.replaceState(history.state, "", address);
        }
    });
})();
