//! Prisma's engines for other systems than the image's.

use std::collections::BTreeMap;

use crate::advice::{Finding, Rule, View};
use crate::rootfs::{NodeId, NodeKind};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "node-prisma-targets",
    summary: "engines of Prisma for another libc, OpenSSL or processor",
    explain: "\
Prisma downloads an engine for each of the `binaryTargets` of its schema, 15 to 45 MB each.
One fits the image: that of its libc (musl on Alpine), its processor and its OpenSSL. Name
that one in the schema: `binaryTargets = [\"linux-musl-openssl-3.0.x\"]`, or remove the
others in the RUN that generates. It speaks only where one that fits lies beside those that
do not, and leaves apart by OpenSSL only where libssl.so.3 is in the image. The engine of
Red Hat's systems counts as one for glibc. It cannot see that an image is built to be
copied to another system.",
    check,
};

/// How the names of engines begin.
const ENGINES: [&str; 6] = [
    "libquery_engine-",
    "query_engine-",
    "query-engine-",
    "schema-engine-",
    "migration-engine-",
    "introspection-engine-",
];

/// What an engine was built for.
struct Target {
    is_linux: bool,
    is_musl: bool,
    is_arm: bool,
    openssl: Option<u8>,
}

impl Target {
    fn read(name: &str) -> Target {
        let other = [
            "darwin", "windows", "freebsd", "openbsd", "netbsd", "android",
        ];
        Target {
            is_linux: !other.iter().any(|system| name.starts_with(system)),
            is_musl: name.contains("musl") || name.contains("static"),
            is_arm: name.contains("arm"),
            openssl: name
                .split_once("openssl-")
                .and_then(|(_, version)| version.chars().next()?.to_digit(10))
                .map(|major| major as u8),
        }
    }

    fn fits(&self, view: &View<'_>, has_openssl_3: bool) -> bool {
        let is_arm = view.architecture().starts_with("arm");
        self.is_linux
            && self.is_musl == view.is_musl()
            && self.is_arm == is_arm
            && (!has_openssl_3 || self.openssl.is_none_or(|major| major == 3))
    }
}

fn check(view: &View<'_>) -> Vec<Finding> {
    let fs = view.fs;
    if !["amd64", "arm64"].contains(&view.architecture()) {
        return Vec::new();
    }
    let has_openssl_3 = [
        "usr/lib",
        "lib",
        "usr/lib64",
        "usr/lib/x86_64-linux-gnu",
        "usr/lib/aarch64-linux-gnu",
    ]
    .iter()
    .any(|folder| fs.resolve(format!("{folder}/libssl.so.3")).is_some());
    let mut folders: Vec<NodeId> = Vec::new();
    for (above, name) in [
        (".prisma", "client"),
        ("@prisma", "engines"),
        ("@prisma", "client"),
    ] {
        let here = view.folders(name).iter();
        folders.extend(here.filter(|&&folder| fs.name(fs.parent(folder)) == above.as_bytes()));
    }
    let mut files = Vec::new();
    for folder in folders {
        let mut kinds: BTreeMap<&str, Vec<(NodeId, bool)>> = BTreeMap::new();
        for file in fs
            .children(folder)
            .filter(|&file| fs.kind(file) == NodeKind::File)
        {
            let name = String::from_utf8_lossy(fs.name(file));
            let engine = ENGINES
                .iter()
                .find_map(|start| Some((*start, name.strip_prefix(start)?)));
            if let Some((kind, target)) = engine {
                let kind = kind.trim_start_matches("lib");
                let fits = Target::read(target).fits(view, has_openssl_3);
                kinds.entry(kind).or_default().push((file, fits));
            }
        }
        let fitting = kinds
            .into_values()
            .filter(|all| all.iter().any(|(_, fits)| *fits));
        files.extend(
            fitting
                .flatten()
                .filter(|(_, fits)| !fits)
                .map(|(file, _)| file),
        );
    }
    let title = format!("{} engines of Prisma are for other systems", files.len());
    let finding = view.without(title, &files);
    let finding = finding.map(|finding| {
        let system = match view.is_musl() {
            true => "linux-musl-openssl-3.0.x",
            false => "debian-openssl-3.0.x",
        };
        let fix = format!(
            "in schema.prisma: binaryTargets = [\"{system}\"]\nor {}",
            finding.fix
        );
        finding
            .note("the schema may name them, so that `prisma generate` brings them again")
            .fix(fix)
    });
    finding.into_iter().collect()
}
