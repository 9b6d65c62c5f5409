//! What the system and its tools keep: databases, configuration, state, caches
//! and what they leave behind. What comes in is the tree; what goes out is a claim
//! on the places that are known for it.
//!
//! The places are those of the Filesystem Hierarchy Standard 3.0, of the XDG base
//! directories, and the documented defaults of the tools that are named.

use super::place::{Place, claim, place};
use super::{Category, Detector, Finds, Found, Scene};

pub(super) const DETECTOR: Detector = Detector {
    id: "system",
    finds: Finds::Places,
    wants: |_| 0,
    detect,
};

const PLACES: &[Place] = &[
    // What packages need to be known, and what their scripts made.
    place("dpkg database", Category::SystemPackages, &["var/lib/dpkg"]),
    place(
        "apk database",
        Category::SystemPackages,
        &["lib/apk", "usr/lib/apk"],
    ),
    place(
        "rpm database",
        Category::SystemPackages,
        &["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"],
    ),
    place(
        "pacman database",
        Category::SystemPackages,
        &["var/lib/pacman"],
    ),
    place("Nix store", Category::SystemPackages, &["nix"]),
    place("Guix store", Category::SystemPackages, &["gnu"]),
    place(
        "byte code of system Python packages",
        Category::SystemPackages,
        &[
            "usr/lib/python#/**/__pycache__",
            "usr/lib64/python#/**/__pycache__",
            "usr/share/**/__pycache__",
        ],
    ),
    place(
        "indexes made by system packages",
        Category::SystemPackages,
        &[
            "etc/ld.so.cache",
            "etc/udev/hwdb.bin",
            "lib/modules/*/modules.*",
            "usr/lib/*/gconv/gconv-modules.cache",
            "usr/lib/gconv/gconv-modules.cache",
            "usr/lib64/gconv/gconv-modules.cache",
            "usr/lib/*/gdk-pixbuf-2.0/*/loaders.cache",
            "usr/lib/gdk-pixbuf-2.0/*/loaders.cache",
            "usr/lib64/gdk-pixbuf-2.0/*/loaders.cache",
            "usr/lib/*/gio/modules/giomodule.cache",
            "usr/lib/gio/modules/giomodule.cache",
            "usr/lib64/gio/modules/giomodule.cache",
            "usr/lib/*/gtk-*/*/immodules.cache",
            "usr/lib/locale/locale-archive",
            "usr/lib/modules/*/modules.*",
            "usr/lib/systemd/catalog/database",
            "usr/lib/udev/hwdb.bin",
            "usr/share/applications/mimeinfo.cache",
            "usr/share/glib-2.0/schemas/gschemas.compiled",
            "usr/share/icons/*/icon-theme.cache",
            "usr/share/info/dir",
            "usr/share/mime",
            "usr/share/vim/*/doc/tags",
        ],
    ),
    // Configuration and state.
    place(
        "generated certificates",
        Category::BaseOs,
        &[
            "etc/ssl/certs",
            "etc/ca-certificates/extracted",
            "etc/pki/ca-trust/extracted",
            "var/lib/ca-certificates",
        ],
    ),
    place("configuration (/etc)", Category::BaseOs, &["etc"]),
    // Mostly the work of package scripts; of the base's it is the base's.
    place("state (/var/lib)", Category::SystemPackages, &["var/lib"]),
    place(
        "busybox",
        Category::BaseOs,
        &["bin/busybox", "usr/bin/busybox"],
    ),
    place(
        "dotfiles in home folders",
        Category::BaseOs,
        &[
            "~/.bash_logout",
            "~/.bash_profile",
            "~/.bashrc",
            "~/.config",
            "~/.cshrc",
            "~/.profile",
            "~/.tcshrc",
            "~/.zshrc",
        ],
    ),
    // What libraries download there and load at run time: no leftovers, or the
    // program would have to be online to start.
    place(
        "Hugging Face cache",
        Category::App,
        &["**/.cache/huggingface"],
    ),
    place(
        "{} downloads",
        Category::App,
        &[
            "**/.cache/Cypress",
            "**/.cache/clip",
            "**/.cache/ms-playwright",
            "**/.cache/node/corepack",
            "**/.cache/puppeteer",
            "**/.cache/selenium",
            "**/.cache/torch",
            "**/.cache/whisper",
        ],
    ),
    // What nothing needs to run.
    place(
        "node_modules/.cache",
        Category::Leftovers,
        &["**/node_modules/.cache/*"],
    ),
    leftover("apt package lists", &["var/lib/apt/lists"]),
    leftover("downloaded .deb packages", &["var/cache/apt/archives"]),
    leftover(
        "old copies of databases",
        &[
            "var/backups",
            "var/lib/dpkg/*-old",
            "var/cache/debconf/*-old",
        ],
    ),
    leftover("{} cache", &["var/cache/*", "**/.cache/*"]),
    leftover("logs (/var/log)", &["var/log"]),
    leftover("temporary files", &["tmp", "var/tmp"]),
    // Mount points of the kernel: whatever lies there is hidden at run time.
    leftover("files in /dev, /proc and /sys", &["dev", "proc", "sys"]),
    leftover("files in /run", &["run", "var/run"]),
    leftover("npm cache", &["~/.npm"]),
    leftover("yarn cache", &["~/.yarn"]),
    leftover(
        "pnpm cache",
        &["~/.pnpm-store", "~/.local/share/pnpm/store"],
    ),
    leftover("Bun cache", &["~/.bun/install/cache"]),
    leftover(
        "cargo registry cache",
        &[
            "~/.cargo/registry",
            "~/.cargo/git",
            "usr/local/cargo/registry",
            "usr/local/cargo/git",
        ],
    ),
    leftover("Go module cache", &["~/go/pkg", "go/pkg"]),
    leftover("Maven repository cache", &["~/.m2/repository"]),
    leftover("Gradle cache", &["~/.gradle"]),
    leftover("Composer cache", &["~/.composer/cache"]),
    leftover("NuGet cache", &["~/.nuget/packages"]),
    leftover(
        "RubyGems cache",
        &[
            "usr/local/bundle/cache",
            "usr/local/lib/ruby/gems/*/cache",
            "var/lib/gems/*/cache",
            // The home of Bundler in a project, and of one user.
            "**/ruby/*/cache/*.gem",
            "**/ruby/*/cache/bundler",
            "**/vendor/cache/*.gem",
        ],
    ),
    leftover(
        "conda package cache",
        &[
            "opt/conda/pkgs",
            "opt/*conda3/pkgs",
            "opt/*forge3/pkgs",
            "~/.conda/pkgs",
            "~/*conda3/pkgs",
            "~/*forge3/pkgs",
        ],
    ),
    // Wherever it is: conda and mamba know it by this file.
    leftover("conda package cache", &["**/pkgs"]).with("urls.txt"),
    leftover(
        "eStargz table of contents",
        &[
            "stargz.index.json",
            ".prefetch.landmark",
            ".no.prefetch.landmark",
        ],
    ),
    leftover("git history ({path})", &["**/.git"]).with("HEAD"),
    leftover("GnuPG keys in home folders", &["~/.gnupg"]),
    leftover(
        "shell history",
        &["~/.*_history", "~/.lesshst", "~/.viminfo", "~/.wget-hsts"],
    ),
    leftover("core dumps", &["core.#", "*/core.#"]),
    leftover(
        "documentation left behind",
        &[
            "usr/share/doc",
            "usr/share/info",
            "usr/share/locale",
            "usr/share/man",
            "usr/local/share/doc",
            "usr/local/share/info",
            "usr/local/share/man",
        ],
    )
    .on_top(),
    // Not below /usr/local, /opt and /srv: no distribution writes there.
    place(
        "distribution files not in any package",
        Category::BaseOs,
        &[
            "bin",
            "boot",
            "lib",
            "lib32",
            "lib64",
            "libx32",
            "root",
            "sbin",
            "usr/bin",
            "usr/games",
            "usr/include",
            "usr/lib*",
            "usr/sbin",
            "usr/share",
            "usr/src",
            "var",
        ],
    )
    .by_base(),
];

const fn leftover(name: &'static str, at: &'static [&'static str]) -> Place {
    place(name, Category::Leftovers, at)
}

fn detect(scene: &Scene<'_>) -> Found {
    claim(scene, PLACES)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::analysis::{Wishes, analyze_opened};
    use crate::owner::{Category, OwnerId};
    use crate::scan::How;
    use crate::source::{Choice, Net, Origin, open};

    /// The images of `expected.json` in which no package manager owns anything,
    /// so that places alone must know every byte.
    #[test]
    fn nothing_in_the_busybox_images_is_left_to_nobody() {
        let Some(folder) = std::env::var_os("IMGSIZE_FIXTURES") else {
            return;
        };
        let folder = Path::new(&folder);
        let expected = std::fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
        for name in [
            "imgutil-busybox",
            "jib-busybox-docker.tar",
            "made-busybox-estargz.oci.tar",
            "made-busybox-zstd-chunked.oci.tar",
        ] {
            let path = folder.join("images").join(name);
            let image = open(
                &Origin::parse(path.to_str().unwrap()),
                &Choice::default(),
                &Net::default(),
            )
            .unwrap();
            let analysis =
                analyze_opened(image, &How::default(), &Wishes::default(), &|_| {}).unwrap();
            let owners = &analysis.attribution.owners;
            let known: u64 = owners.iter().skip(1).map(|owner| owner.live.0).sum();
            let merged = &expected["images"][name]["images"][0]["merged"]["bytes"];
            assert_eq!(Some(known), merged.as_u64(), "{name}");
            let nobody = analysis.attribution.owner(OwnerId::UNATTRIBUTED);
            assert_eq!(nobody.files, 0, "{name}");
            assert!(
                owners
                    .iter()
                    .any(|owner| owner.name == "busybox" && owner.category == Category::BaseOs)
            );
        }
    }
}
