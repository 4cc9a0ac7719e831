// Where story and picture stand below the list, as on a phone, a click leads to them.
() => {
    const story = document.querySelector("#gradient-story"), list = document.querySelector("#gradient-presets");
    if (story.getBoundingClientRect().top > list.getBoundingClientRect().bottom)
        story.scrollIntoView({behavior: "smooth"});
    return [];
}
