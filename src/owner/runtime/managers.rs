//! Runtimes that version managers keep side by side, and those that have few
//! places: compilers and interpreters of one folder.
//!
//! The folders are the documented defaults: `installs` of asdf and mise, `tools/image`
//! of Volta, `node-versions` of fnm, `perls` of perlbrew, juliaup, swiftly, and the
//! official images and archives of Julia, R, Dart, Swift and PyPy.

use super::super::place::Place;
use super::runtime;

pub(super) const PLACES: &[Place] = &[
    runtime(
        "Node.js",
        &[
            "**/installs/node/#",
            "**/installs/nodejs/#",
            "**/node-versions/v#",
            "**/tools/image/node/#",
            "usr/local/n/versions/node/#",
        ],
    ),
    runtime(
        "Python",
        &[
            "**/installs/python/#",
            "usr/local/python/#",
            "~/.rye/py/cpython@#*",
        ],
    ),
    runtime("PyPy", &["opt/pypy*", "usr/local/pypy"]).version("lib/pypy#"),
    runtime(
        "Ruby",
        &[
            "**/installs/ruby/#",
            "usr/local/rbenv/versions/#",
            "usr/local/rvm/rubies/ruby-#",
        ],
    ),
    runtime(
        "Go",
        &[
            "**/installs/go/#",
            "**/installs/golang/#",
            // What `go` downloads where a module wants another Go.
            "**/golang.org/toolchain@v0.0.1-go#.*",
            "~/.goenv/versions/#",
        ],
    ),
    runtime("Bun", &["**/installs/bun/#"]),
    runtime("Deno", &["**/installs/deno/#", "bin/deno"]),
    runtime("Erlang", &["**/installs/erlang/#"]),
    runtime("Elixir", &["**/installs/elixir/#*"]),
    // Of a channel the folder does not tell the version.
    runtime(
        "Rust",
        &[
            "usr/local/rustup/toolchains/*",
            "~/.rustup/toolchains/*",
            "usr/local/bin/rustc",
            "usr/local/bin/rustdoc",
            "usr/local/lib/librustc_driver-*",
            "usr/local/lib/rustlib",
        ],
    ),
    runtime("Julia", &["opt/julia", "usr/local/julia"]).version_behind(
        "include/julia/julia_version.h",
        &["#define JULIA_VERSION_STRING \""],
    ),
    runtime(
        "Julia",
        &[
            "opt/julia-#",
            "usr/local/julia-#",
            "~/.julia/juliaup/julia-#+*",
        ],
    ),
    runtime("R", &["usr/local/lib/R"]).version_behind("library/base/DESCRIPTION", &["\nVersion: "]),
    runtime(
        "R",
        &["opt/R/#", "usr/local/bin/R", "usr/local/bin/Rscript"],
    ),
    runtime(
        "PHP",
        &[
            "**/installs/php/#",
            "~/.phpbrew/php/php-#",
            "usr/local/bin/frankenphp",
        ],
    ),
    runtime(
        "Perl",
        &[
            "~/perl5/perlbrew/perls/perl-#",
            "~/.plenv/versions/#",
            "opt/perl-#",
        ],
    ),
    runtime(
        "Dart",
        &["usr/lib/dart", "opt/dart-sdk", "usr/local/dart-sdk"],
    )
    .with("bin/dart")
    .version_behind("version", &[""]),
    runtime(
        "Flutter",
        &["flutter", "opt/flutter", "usr/local/flutter", "~/flutter"],
    )
    .with("bin/flutter")
    .version_behind("version", &[""]),
    runtime(
        "Swift",
        &[
            "usr/bin/sourcekit-lsp",
            "usr/bin/swift",
            "usr/bin/swift-*",
            "usr/bin/swiftc",
            "usr/lib/swift",
            "usr/lib/swift_static",
            "usr/libexec/swift",
            "usr/share/swift",
        ],
    ),
    runtime(
        "Swift",
        &["~/.local/share/swiftly/toolchains/#", "opt/swift-#*"],
    ),
    runtime("asdf", &["~/.asdf", "opt/asdf"]),
    runtime("fnm", &["~/.fnm", "~/.local/share/fnm"]),
    runtime("goenv", &["~/.goenv"]),
    runtime("juliaup", &["~/.julia/juliaup", "~/.juliaup"]),
    runtime("mise", &["~/.local/share/mise", "mise"]),
    runtime("nvm", &["usr/local/share/nvm"]),
    runtime("perlbrew", &["~/perl5/perlbrew"]),
    runtime("phpbrew", &["~/.phpbrew"]),
    runtime("rbenv", &["~/.rbenv", "usr/local/rbenv"]),
    runtime("RVM", &["~/.rvm", "usr/local/rvm"]),
    runtime("Volta", &["~/.volta"]),
];
