//! Fonts that nothing seems to draw with.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View, is_one_of};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-fonts",
    summary: "fonts, where nothing seems to draw text",
    explain: "\
Packages of fonts come along with others, or are left from an earlier need; those for
Chinese, Japanese and Korean are up to 300 MB. Programs that make PDF files, pictures or
screenshots need them. The rule is silent where it sees one of these: a browser, Java,
LibreOffice, wkhtmltopdf, ImageMagick, fontconfig, or a Python or Node package that
draws. It cannot see a program of yours that loads a font by its path.",
    check,
};

/// Who draws text: packages of the system, of pip, of npm.
const DRAW: &[&str] = &[
    "chromium*",
    "firefox*",
    "google-chrome*",
    "libreoffice*",
    "wkhtmltopdf",
    "imagemagick*",
    "graphviz*",
    "ghostscript*",
    "openjdk*",
    "libfontconfig1",
    "fontconfig",
    "libpango*",
    "libcairo2",
    "texlive*",
    "ffmpeg",
    "libass*",
    "playwright*",
    "puppeteer*",
    "weasyprint",
    "reportlab",
    "pillow",
    "matplotlib",
    "fpdf*",
    "canvas",
    "pdfkit",
    "wordcloud",
    "pygame",
    "cairosvg",
    "sharp",
    "moviepy",
    "xvfb",
    "Java*",
    "librsvg2*",
    "poppler-utils",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let draws = |name: &str| is_one_of(name, DRAW) || is_one_of(&name.to_ascii_lowercase(), DRAW);
    if view.is_for_shells()
        || view
            .owners()
            .any(|(_, owner)| owner.installed && draws(&owner.name))
    {
        return Vec::new();
    }
    let mut files = view.at(["usr/share/fonts"]);
    files.retain(|&file| SYSTEMS.contains(&view.owner(file).1.ecosystem));
    let Some(finding) = view.out_of_place(
        "fonts are installed, and nothing seems to draw with them",
        files,
    ) else {
        return Vec::new();
    };
    vec![
        finding
            .risk(Risk::Check)
            .note("no program of yours may make PDF files or pictures with text")
            .fix("install without the packages of fonts"),
    ]
}
