//! Manuals of packages of the operating system.

use crate::advice::{Finding, Risk, Rule, SYSTEMS, View, is_licence};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "os-docs",
    summary: "manuals and other documents of system packages",
    explain: "\
Packages of distributions bring manuals, info pages and change logs: 21 MB in
/usr/share/doc and 8 MB of manuals after `apt-get install build-essential`. Nobody reads
them in a container. The -slim images leave them out by /etc/dpkg/dpkg.cfg.d/docker; the
same file, written before packages are installed, does it on other images. On Alpine they
are packages of their own (`-doc`), on Fedora and UBI it is `--nodocs`. Copyright and
licence files must stay, and are never counted; neither are documents of the base image.
It cannot see a program that shows its manual to its users.",
    check,
};

const FOLDERS: [&str; 6] = [
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/lintian",
    "usr/share/linda",
    "usr/share/gtk-doc",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let is_slim = view.fs.find("etc/dpkg/dpkg.cfg.d/docker").is_some();
    if is_slim || view.runs("man") || view.is_for_shells() {
        return Vec::new();
    }
    let mut files = view.at(FOLDERS);
    // Those of packages, not what an application writes there.
    files.retain(|&file| SYSTEMS.contains(&view.owner(file).1.ecosystem));
    let there = FOLDERS.iter().filter(|path| view.fs.find(path).is_some());
    let there: Vec<String> = there.map(|path| format!("/{path}")).collect();
    let command = format!(
        "find {} -type f ! -iname 'licen*' ! -iname 'copying*' ! -iname 'copyright*' \
         ! -iname 'notice*' ! -iname 'authors*' -delete",
        there.join(" ")
    );
    let Some(mut finding) = view.left(
        "manuals and documents of system packages are installed",
        files,
        &command,
    ) else {
        return Vec::new();
    };
    let of_base = |path: &&str| {
        let folder = view.fs.find(*path);
        let mut files = folder.into_iter().flat_map(|folder| view.fs.files(folder));
        files.any(|(file, body)| body.layer < view.base && !is_licence(view.fs.name(file)))
    };
    if FOLDERS.iter().any(of_base) {
        // To delete those too would only add to the layer.
        finding.edits.clear();
    }
    let fix = match view.system() {
        "rpm" => {
            // Small images of this family have no `find`.
            finding.edits.clear();
            "RUN dnf install -y --nodocs …"
        }
        "apk" => "RUN apk add --no-cache …   # and none of the packages that end in -doc",
        _ => {
            "RUN printf 'path-exclude /usr/share/%s/*\\n' doc man info lintian > /etc/dpkg/dpkg.cfg.d/docs \\\n \
              && echo 'path-include /usr/share/doc/*/copyright' >> /etc/dpkg/dpkg.cfg.d/docs \\\n \
              && apt-get update && apt-get install …"
        }
    };
    finding = finding.risk(Risk::Safe).fix(fix);
    vec![finding]
}
