"""The page: everything in one file, of which a browser runs only what is meant to run, and which fetches nothing."""

import base64
import hashlib
import time
from importlib.resources import files

from skhpo.reporting._easel import bokeh_code, picture_json
from skhpo.reporting._findings import findings
from skhpo.reporting._html import Html, element, join
from skhpo.reporting._table import failures_section, settings_table, trials_table, winner_table


def make_page(worth, easel=None, pictures=()):
    """Return the page.

    Parameters
    ----------
    worth : Worth
        What was found.
    easel : Easel, default=None
        What belongs to the pictures.
    pictures : list of Picture, default=()
        The pictures, which may be none.

    Returns
    -------
    Html
        All of it.
    """
    subject = worth.subject
    title = f"{subject.kind} of {subject.estimator}" if subject.estimator else subject.kind
    sections = [_section("summary", "In short", _findings(worth), winner_table(subject))]
    sections += [_section(one.name, one.title, _figure(one)) for one in pictures]
    sections.append(_section("table", "Trials", trials_table(subject)))
    sections.append(_section("failures", "Failures", failures_section(subject)))
    sections.append(_section("settings", "Settings", settings_table(subject)))
    shown = [one for one in sections if one is not None]
    scripts = _scripts(easel, pictures)
    return join(
        Html("<!DOCTYPE html>\n"),
        element(
            "html",
            _head(title, scripts),
            _body(subject, title, shown, _data(easel, pictures), scripts),
            lang="en",
        ),
    )


def _head(title, scripts):
    known = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in scripts
    )
    # No network, and of all scripts only these: what is in a name or an error message is never run.
    policy = (
        f"default-src 'none'; script-src {known}; style-src 'unsafe-inline'; "
        "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'"
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(_asset("page.css"))),
    )


def _body(subject, title, sections, data, scripts):
    links = [element("li", element("a", name, href=f"#{place}")) for place, name, _ in sections]
    written = time.strftime("%Y-%m-%d %H:%M:%S")
    return element(
        "body",
        element("a", "Skip to the table of trials", href="#table", class_="skip"),
        element("header", element("h1", title), element("p", subject.state_text, class_="state")),
        element("nav", element("ul", *links), aria_label="Contents"),
        element("main", *(section for _, _, section in sections)),
        element("noscript", element("p", "Pictures, sorting and filtering need JavaScript.")),
        element("footer", element("p", f"Written by skhpo at {written}.")),
        data,
        *(element("script", Html(code)) for code in scripts),
    )


def _section(name, title, *parts):
    """Return name, title and content of a section, None if there is nothing in it."""
    if all(part is None for part in parts):
        return None
    heading = element("h2", title, id=f"{name}-title")
    return name, title, element("section", heading, *parts, id=name, aria_labelledby=f"{name}-title")


def _findings(worth):
    parts = []
    for found in findings(worth):
        text = join(element("strong", "Note: "), found.text) if found.is_warning else found.text
        parts += [
            element("dt", found.topic),
            element("dd", text, class_="warning" if found.is_warning else None),
        ]
    return element("dl", *parts, class_="findings")


def _figure(picture):
    places = [
        element("div", id=f"picture-{figure.id}", class_="panel", role="group", aria_label=figure.name)
        for figure in picture.figures
    ]
    return element(
        "figure",
        element("div", *places, class_="panels single" if len(places) == 1 else "panels"),
        element("figcaption", element("strong", picture.alternative), " ", picture.caption),
        aria_labelledby=f"{picture.name}-title",
    )


def _scripts(easel, pictures):
    """Return the code of the page: bokeh's, where there are pictures, and our own."""
    code = [_asset("page.js")]
    if pictures:
        code.insert(0, bokeh_code())
    # Inside of a script this ends it, wherever it stands.
    return [one.replace("</script", "<\\/script") for one in code]


def _data(easel, pictures):
    """Return what the pictures are drawn from, as data that are not run; None without pictures."""
    if not pictures:
        return None
    # As escaped characters, no text ends the element that it is in.
    text = picture_json(easel, pictures).replace("<", "\\u003c")
    return element("script", Html(text), type="application/json", id="pictures")


def _asset(name):
    return (files("skhpo.reporting") / name).read_text(encoding="utf-8")
