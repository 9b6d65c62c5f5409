//! Translations of packages of the operating system.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-locale",
    summary: "translations of system packages, and locales",
    explain: "\
Packages of distributions bring their messages in all languages: 54 MB in
/usr/share/locale after `apt-get install build-essential`, and over 200 MB where all
locales were made. A program in a container speaks the language of its environment, and
without one English. The -slim images leave translations out; make the one locale that you
need with `localedef`. Left out are the languages that LANG, LC_ALL and LANGUAGE name,
what C and C.UTF-8 need, and images of PostgreSQL, whose databases keep the locale that
they were made with. It cannot see a program that switches languages by itself.",
    check,
};

const FOLDERS: [&str; 3] = ["usr/share/locale", "usr/share/i18n", "usr/lib/locale"];

fn check(view: &View<'_>) -> Vec<Finding> {
    if view.runs_any(&["postgres", "initdb", "localedef", "locale-gen"])
        || view.env("PGDATA").is_some()
    {
        return Vec::new();
    }
    let values = ["LANG", "LC_ALL", "LANGUAGE"].map(|name| view.env(name).unwrap_or_default());
    let wanted: Vec<&str> = values
        .iter()
        .flat_map(|value| value.split(':'))
        .map(language)
        .collect();
    let wanted: Vec<&str> = wanted
        .into_iter()
        .filter(|l| !["", "C", "POSIX"].contains(l))
        .collect();
    let mut files = Vec::new();
    for folder in FOLDERS.iter().filter_map(|path| view.fs.find(path)) {
        for entry in view.fs.children(folder) {
            let name = String::from_utf8_lossy(view.fs.name(entry)).into_owned();
            let is_common = ["C.utf8", "C.UTF-8", "POSIX", "locale.alias"].contains(&&*name);
            // An archive and the sources hold all languages, the wanted ones too.
            let is_all = name == "locale-archive" || view.fs.name(folder) == b"i18n";
            let is_wanted = wanted.contains(&language(&name)) || is_all && !wanted.is_empty();
            if !is_common && !is_wanted {
                files.extend(view.below(entry));
            }
        }
    }
    let is_known = |file: &crate::rootfs::NodeId| {
        let owner = view.owner(*file).1;
        SYSTEMS.contains(&owner.ecosystem) || owner.name == "indexes made by system packages"
    };
    files.retain(is_known);
    let Some(finding) = view.out_of_place("translations of system packages are installed", files)
    else {
        return Vec::new();
    };
    vec![
        finding
            .risk(Risk::Check)
            .note("no program may be asked for another language, or sort by its rules, than the environment names")
            .fix(
                "RUN echo 'path-exclude /usr/share/locale/*' > /etc/dpkg/dpkg.cfg.d/locale \\\n \
                 && apt-get update && apt-get install …   # or a -slim base, which has this",
            ),
    ]
}

/// `de` of `de_DE.UTF-8`.
fn language(locale: &str) -> &str {
    locale.split(['_', '.', '@']).next().unwrap_or_default()
}
