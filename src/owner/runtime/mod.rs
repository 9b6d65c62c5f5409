//! Interpreters, compilers and virtual machines that no package manager lists.
//! What comes in is the tree; what goes out is a claim on the folders that their
//! installers are known to make, with the version that a path or a file tells.
//!
//! The paths are those of the Docker official images (docker-library, the files
//! that `make install` and the vendors' archives leave below /usr/local and
//! /opt) and of the version managers: pyenv, uv, nvm, rbenv, rustup, conda.

mod managers;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::place::{Place, claim, place};
use super::{Category, Detector, Finds, Found, Scene};
use crate::layer::Candidate;

pub(super) const DETECTOR: Detector = Detector {
    id: "runtime",
    finds: Finds::Places,
    wants,
    detect,
};

const PLACES: &[Place] = &[
    // Not the interpreter's own, though it lies in its folder: what pip does not list.
    place(
        "site-packages (no package)",
        Category::LanguagePackages,
        &["**/site-packages", "**/dist-packages"],
    ),
    place(
        "virtual environment ({path})",
        Category::LanguagePackages,
        &[
            "*",
            "*/*",
            "**/*env",
            "**/venvs/*",
            "**/virtualenvs/*",
            "**/uv/tools/*",
        ],
    )
    .with("pyvenv.cfg"),
    runtime(
        "conda",
        &[
            "opt/conda",
            "opt/*conda3",
            "opt/*forge3",
            "opt/mambaforge",
            "opt/micromamba",
            "~/*conda3",
            "~/*forge3",
            "~/mambaforge",
            "~/micromamba",
        ],
    )
    .with("conda-meta")
    .version("conda-meta/conda-#-*.json"),
    runtime(
        "Python",
        &[
            "usr/local/bin/python3",
            "usr/local/bin/idle3",
            "usr/local/bin/pydoc3",
            "usr/local/bin/2to3",
            "usr/local/lib/libpython3.so",
        ],
    )
    .version("/usr/local/lib/python#"),
    runtime(
        "Python",
        &[
            "usr/local/bin/python#",
            "usr/local/bin/python#-*",
            "usr/local/bin/idle#",
            "usr/local/bin/pydoc#",
            "usr/local/bin/2to3-#",
            "usr/local/lib/python#",
            "usr/local/lib/libpython#.*",
            "usr/local/lib/pkgconfig/python-#*",
            "usr/local/include/python#",
            "usr/local/share/man/man1/python#.1",
            "opt/python#",
            "opt/python-#",
            "opt/python/#",
            "**/cpython-#-*",
            "~/.pyenv/versions/#",
            "opt/pyenv/versions/#",
            "opt/.pyenv/versions/#",
            "usr/local/pyenv/versions/#",
        ],
    ),
    runtime("pyenv", &["~/.pyenv", "opt/pyenv", "usr/local/pyenv"]),
    runtime(
        "Node.js",
        &[
            "usr/local/bin/node",
            "usr/local/include/node",
            "usr/local/lib/node_modules",
            "usr/local/share/doc/node",
            "usr/local/share/man/man1/node.1",
            "usr/local/share/systemtap/tapset/node.stp",
            "usr/local/CHANGELOG.md",
            "usr/local/LICENSE",
            "usr/local/README.md",
        ],
    )
    .with("/usr/local/bin/node")
    .version_behind("/usr/local/include/node/node_version.h", NODE_VERSION),
    runtime(
        "Node.js",
        &[
            "**/versions/node/v#",
            "opt/node-v#*",
            "usr/local/node-v#*",
            "usr/local/lib/nodejs/node-v#*",
        ],
    ),
    runtime("Node.js", &["opt/node", "opt/nodejs"])
        .with("bin/node")
        .version_behind("include/node/node_version.h", NODE_VERSION),
    runtime("nvm", &["~/.nvm", "usr/local/nvm", "opt/nvm"]),
    runtime("Yarn", &["opt/yarn-v#"]),
    runtime("corepack", &["usr/local/bin/corepack"]),
    runtime(
        "Bun",
        &[
            "usr/local/bin/bun",
            "usr/local/bun-node-fallback-bin",
            "~/.bun",
        ],
    ),
    runtime("Deno", &["usr/local/bin/deno", "usr/bin/deno", "~/.deno"]),
    runtime("Go", &["usr/local/go", "opt/go", "~/sdk/go#"]).version_behind("VERSION", &["go"]),
    runtime(
        "Rust",
        &[
            "usr/local/rustup/toolchains/#-*",
            "~/.rustup/toolchains/#-*",
        ],
    ),
    runtime(
        "rustup and cargo",
        &[
            "usr/local/rustup",
            "usr/local/cargo",
            "~/.rustup",
            "~/.cargo",
        ],
    ),
    // A kit holds a compiler, and before version 9 a runtime of its own.
    runtime("Java JDK", JAVA)
        .with("bin/javac")
        .version_behind("release", &["JAVA_VERSION=\""]),
    runtime("Java JRE", JAVA)
        .with("bin/java")
        .version_behind("release", &["JAVA_VERSION=\""]),
    runtime(
        "Ruby",
        &[
            "usr/local/bin/ruby",
            "usr/local/bin/bundle",
            "usr/local/bin/bundler",
            "usr/local/bin/erb",
            "usr/local/bin/gem",
            "usr/local/bin/irb",
            "usr/local/bin/racc",
            "usr/local/bin/rake",
            "usr/local/bin/rbs",
            "usr/local/bin/rdbg",
            "usr/local/bin/rdoc",
            "usr/local/bin/ri",
            "usr/local/bin/syntax_suggest",
            "usr/local/bin/typeprof",
            "usr/local/include/ruby-*",
            "usr/local/lib/libruby*",
            "usr/local/lib/pkgconfig/ruby-*",
            "usr/local/lib/ruby",
            "usr/local/etc/gemrc",
            "usr/local/share/ri",
            "usr/local/share/man/man1/erb.1",
            "usr/local/share/man/man1/irb.1",
            "usr/local/share/man/man1/ri.1",
            "usr/local/share/man/man1/ruby.1",
        ],
    )
    .with("/usr/local/bin/ruby")
    .version_behind(
        "/usr/local/lib/ruby/*/*/rbconfig.rb",
        &[
            "CONFIG[\"MAJOR\"] = \"",
            "CONFIG[\"MINOR\"] = \"",
            "CONFIG[\"TEENY\"] = \"",
        ],
    ),
    runtime(
        "Ruby",
        &[
            "~/.rbenv/versions/#",
            "~/.rvm/rubies/ruby-#",
            "opt/rubies/ruby-#",
        ],
    ),
    runtime(
        "PHP",
        &[
            "usr/local/bin/php",
            "usr/local/bin/php-cgi",
            "usr/local/bin/php-config",
            "usr/local/bin/phpdbg",
            "usr/local/bin/phpize",
            "usr/local/bin/phar",
            "usr/local/bin/phar.phar",
            "usr/local/bin/pear",
            "usr/local/bin/peardev",
            "usr/local/bin/pecl",
            "usr/local/bin/docker-php-*",
            "usr/local/sbin/php-fpm",
            "usr/local/etc/pear.conf",
            "usr/local/etc/php",
            "usr/local/etc/php-fpm*",
            "usr/local/include/php",
            "usr/local/lib/libphp*",
            "usr/local/lib/php",
            "usr/local/php",
            "usr/src/php.tar.xz*",
        ],
    )
    .version_behind(
        "/usr/local/include/php/main/php_version.h",
        &["PHP_VERSION \""],
    ),
    runtime(
        "Perl",
        &[
            "usr/local/bin/perl",
            "usr/local/bin/perl#",
            "usr/local/lib/perl5",
        ],
    )
    .version("/usr/local/lib/perl5/#"),
    runtime(
        ".NET",
        &[
            "usr/share/dotnet",
            "usr/lib/dotnet",
            "usr/local/share/dotnet",
            "opt/dotnet",
            "~/.dotnet",
        ],
    )
    .version("shared/Microsoft.NETCore.App/#"),
    runtime("Erlang", &["usr/local/lib/erlang"]).version_behind("releases/*/OTP_VERSION", &[""]),
    runtime("Elixir", &["usr/local/lib/elixir", "usr/local/src/elixir"])
        .version_behind("VERSION", &[""]),
    runtime("AWS Lambda runtime", &["var/lang", "var/runtime"]),
    place(
        "gems ({path})",
        Category::LanguagePackages,
        &["usr/local/bundle"],
    ),
    // What Composer makes for all packages together.
    place(
        "Composer autoloader",
        Category::LanguagePackages,
        &["**/vendor/composer"],
    )
    .with("installed.json"),
    place(
        "Composer autoloader",
        Category::LanguagePackages,
        &["**/vendor/autoload.php"],
    ),
    place(
        "LuaRocks index",
        Category::LanguagePackages,
        &["usr/lib/luarocks", "usr/local/lib/luarocks"],
    ),
    place(
        "uv",
        Category::LanguagePackages,
        &[
            "usr/bin/uv",
            "usr/bin/uvx",
            "bin/uv",
            "bin/uvx",
            "usr/local/bin/uv",
            "usr/local/bin/uvx",
            "~/.local/bin/uv",
            "~/.local/bin/uvx",
        ],
    ),
];

/// Where the archives of the vendors and the packages of distributions put Java.
const JAVA: &[&str] = &[
    "jdk",
    "jre",
    "opt/*",
    "opt/*/*",
    "usr/java/*",
    "usr/lib/jvm/*",
    "usr/local/*",
];

/// The three numbers of `node_version.h`.
const NODE_VERSION: &[&str] = &[
    "NODE_MAJOR_VERSION ",
    "NODE_MINOR_VERSION ",
    "NODE_PATCH_VERSION ",
];

/// The longest of the files that tell a version, `rbconfig.rb`, has 16 KB.
const VERSION_FILE: u64 = 64 * 1024;

const fn runtime(name: &'static str, at: &'static [&'static str]) -> Place {
    place(name, Category::LanguageRuntime, at).version("")
}

fn wants(candidate: &Candidate<'_>) -> u64 {
    // Asked of every file of an image, so the table is gone through once.
    static NAMES: LazyLock<Vec<&[u8]>> = LazyLock::new(|| {
        let places = PLACES.iter().chain(managers::PLACES);
        let files = places.filter_map(Place::version_file);
        let names = files.filter_map(|file| file.rsplit('/').next().map(str::as_bytes));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    });
    let name = candidate.path.rsplit(|&byte| byte == b'/').next();
    let tells = name.is_some_and(|name| NAMES.contains(&name));
    if tells { VERSION_FILE } else { 0 }
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut found = claim(scene, PLACES);
    found
        .packages
        .extend(claim(scene, managers::PLACES).packages);
    found
}
