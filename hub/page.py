"""The page around the tabs: theme, style, header, language, queue and launch settings."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from hub import limits
from hub.demos import DEMOS, Demo
from hub.service import Service
from hub.ui import figures, files, gate, html, scripts, settings, share, tab
from hub.ui.context import Context
from hub.ui.guard import Guarded
from hub.ui.strings import LANGUAGES, Language, Strings, i18n, language_of
from hub.ui.turns import QUIET

STRINGS = Strings(
    "page",
    {
        "tagline": (
            "Understand language models by running them: what they answer, why, and how sure you may be.",
            "动手运行语言模型，看懂它：答案是什么、为什么、有多可靠。",
        ),
        "none": (
            "There is no model in {folder}. Make one with python -m export make --all, or set HUB_BUNDLES.",
            "{folder} 里没有模型。请运行 python -m export make --all，或设置 HUB_BUNDLES。",
        ),
        "theme": ("Light / dark", "浅色 / 深色"),
        "share": ("Copy link", "复制链接"),
        "copied": ("✓ copied", "✓ 已复制"),
        "share_tip": (
            "A link to what you see: this tab, its texts and its settings",
            "指向当前所见的链接：这个标签页、其中的文本和设置",
        ),
    },
)

THEME = gr.themes.Default(
    primary_hue="blue",
    secondary_hue="blue",
    neutral_hue="slate",
    font=("ui-sans-serif", "system-ui", "Segoe UI", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "sans-serif"),
    font_mono=("ui-monospace", "Consolas", "monospace"),
).set(body_text_color_subdued="*neutral_600", body_text_color_subdued_dark="*neutral_300")

HEADER = """<header class=hub><div><h1>Model Hub</h1><p>{tagline}</p></div><nav>
<span id=copied role=status aria-live=polite></span>
<button type=button id=share title="{share_tip}" data-copied="{copied}">{share}</button>
<a href="?lang=en" data-lang=en>English</a><a href="?lang=zh" data-lang=zh>中文</a>
<a href="#" data-theme title="{theme}" aria-label="{theme}">◐</a></nav></header>"""

SLUGS = [demo.slug for demo in DEMOS]

LAUNCH: dict[str, object] = {
    "theme": THEME,
    "css": (Path(__file__).parent / "ui" / "page.css").read_text(encoding="utf-8") + gate.style(SLUGS),
    "head": share.SCRIPT + tab.SCRIPT + scripts.tag("page") + figures.SAVE + gate.script(SLUGS),
    "i18n": i18n([STRINGS, files.STRINGS, settings.STRINGS, tab.STRINGS, *(demo.strings for demo in DEMOS)]),
    "mcp_server": True,
    "show_error": False,  # of anything but a gr.Error, which hub/ui/guard.py makes of all
    "max_file_size": limits.MAX_UPLOAD_BYTES,
    "enable_monitoring": False,
    "run_history": False,  # its routes connect to buckets elsewhere
    "ssr_mode": False,
    "state_session_capacity": 500,
    "footer_links": ["api", "settings"],
}

# After every event Gradio makes a table of the last 10,000, for a page of its own that is switched off here.
UNCOUNTED = {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9)}


def build(service: Service) -> gr.Blocks:
    """Draw every demo whose bundles are there."""
    for setting, value in UNCOUNTED.items():
        os.environ.setdefault(setting, value)
    with Guarded(title="Model Hub", analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        page: gr.Blocks = blocks
        context = Context(service, page)
        header = gr.HTML(_header("en"), elem_id="header")
        shown = [demo for demo in DEMOS if _wanted(demo, service)]
        missing = gr.HTML(visible=not any(demo.tasks for demo in shown))
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            for demo in shown:
                with gr.Tab(demo.strings("title"), id=demo.slug, elem_id=f"tab-{demo.slug}") as part:
                    gr.Markdown(demo.strings("intro"), elem_id=f"{demo.slug}-intro", elem_classes="intro")
                    demo.draw(replace(context, tab=part))
        for demo in DEMOS:
            demo.api(context)

        titles = _titles(page)

        def restore(request: gr.Request) -> list[object]:
            language = language_of(request)
            asked = str(request.query_params.get("tab") or "")
            known = asked in {demo.slug for demo in shown}
            empty = html.note(STRINGS.say("none", language, folder=service.bundles.folder.name), "warn")
            # Gradio forgets the titles of tabs that are not open, where the language is not the browser's own.
            labels = [gr.update(label=title[LANGUAGES.index(language)]) for title in titles.values()]
            return [gr.update(selected=asked) if known else gr.skip(), _header(language), empty, *labels]

        page.load(restore, None, [tabs, header, missing, *titles], **QUIET)
    page.queue(max_size=limits.MAX_QUEUE, default_concurrency_limit=4)
    return page


def _titles(page: gr.Blocks) -> dict[gr.Tab, tuple[str, str]]:
    """Every tab, those of the demos too, and its title in the two languages."""
    known = {f"{demo.strings.slug}_{key}": pair for demo in DEMOS for key, pair in demo.strings.table.items()}
    tabs = [block for block in page.blocks.values() if isinstance(block, gr.Tab)]
    return {tab: known[tab.label.key] for tab in tabs if isinstance(tab.label, I18nData) and tab.label.key in known}


def _wanted(demo: Demo, service: Service) -> bool:
    return not demo.tasks or any(service.bundles.of_task(task) for task in demo.tasks)


def _header(language: str) -> str:
    chosen: Language = "zh" if language == "zh" else "en"
    keys = ("tagline", "theme", "share", "share_tip", "copied")
    return HEADER.format(**{key: STRINGS.say(key, chosen) for key in keys})
