//! What was typed. No logic: see [`super::plan`].

mod advice;
mod compare;
mod gate;
mod tui;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(super) use advice::{DockerfileArgs, TrimArgs, VerifyArgs};
pub(super) use compare::DiffArgs;
pub(super) use gate::{BudgetArgs, CheckArgs, InitArgs, LevelKey};
use imgsize::units::Bytes;
pub(super) use tui::{ThemeKey, TuiArgs};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Say who owns every byte of a container image.
#[derive(Debug, Parser)]
#[command(name = "imgsize", version, about, arg_required_else_help = true)]
#[command(after_help = "\
Examples:
  imgsize app:1
  imgsize report app:1
  imgsize report registry:ghcr.io/org/app:1 --platform all
  docker save app:1 | imgsize report -
  imgsize report oci:./layout:latest --platform linux/arm64
  imgsize report --json app.tar | jq .totals
  imgsize why app:1 numpy
  imgsize diff app:1 app:2
  imgsize report --compose compose.yml
  imgsize check app:1 --max-total 500MB

Exit codes: 0 fine, 1 over budget (check), 2 could not do it.")]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look into an image, or compare two: `imgsize IMAGE` on a terminal does the same
    Tui(Box<TuiArgs>),
    /// Print where an image's bytes are: by category, layer, package, and what is lost
    Report(ReportArgs),
    /// Print why a package is in an image, and what would go with it
    Why(WhyArgs),
    /// Hold a budget against an image, and fail if it is over it
    Check(Box<CheckArgs>),
    /// Write a budget to start with: today's numbers plus a margin
    Init(InitArgs),
    /// Print what advice there is: every rule, a line each
    Rules {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what a rule of advice means: what, why, what to do, what it cannot see
    Explain {
        /// Its name, as `imgsize rules` lists it
        #[arg(value_name = "RULE")]
        rule: String,
    },
    /// Write an image without the files that advice says may go, and prove it
    Trim(TrimArgs),
    /// Print what became of the advice on an image, now that there is another one
    Verify(VerifyArgs),
    /// Print what grew between two images and why, and what the update costs
    Diff(DiffArgs),
    /// Print the JSON Schema of `report --json`
    Schema {
        /// Of `report --platform all --json`
        #[arg(long, conflicts_with = "quick")]
        platforms: bool,

        /// Of `report --quick --json`
        #[arg(long)]
        quick: bool,

        /// Of `why --json`
        #[arg(long, conflicts_with_all = ["platforms", "quick"])]
        why: bool,

        /// Of `report --json` with several images
        #[arg(long, conflicts_with_all = ["platforms", "quick", "why"])]
        deployment: bool,

        /// Of `trim --json`
        #[arg(long, conflicts_with_all = ["platforms", "quick", "why", "deployment"])]
        trim: bool,

        /// Of `verify --json`
        #[arg(long, conflicts_with_all = ["platforms", "quick", "why", "deployment", "trim"])]
        verify: bool,

        /// Of `diff --json`
        #[arg(long, conflicts_with_all = ["platforms", "quick", "why", "deployment", "trim", "verify"])]
        diff: bool,
        /// Of `check --json`
        #[arg(long, conflicts_with_all = ["platforms", "quick", "why", "deployment", "trim", "verify", "diff"])]
        check: bool,
    },
    /// Look at, shrink or empty the cache of layers that were read before
    #[command(subcommand)]
    Cache(CacheCommand),
    /// An image, and what may stand behind it: as for `tui`.
    #[command(external_subcommand)]
    Bare(Vec<OsString>),
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Print where it is and how large
    Info(CacheArgs),
    /// Remove the least recently used layers, until it is small enough
    Prune {
        #[command(flatten)]
        cache: CacheArgs,

        /// How much may be left, such as 500MB [default: what it may grow to, 1 GB]
        #[arg(long, value_name = "SIZE")]
        limit: Option<Bytes>,
    },
    /// Remove every layer, and nothing that imgsize did not put there
    Clear(CacheArgs),
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct CacheArgs {
    /// Where layers are kept that were read before [default: imgsize in the user's cache folder]
    #[arg(
        long,
        value_name = "DIR",
        env = "IMGSIZE_CACHE_DIR",
        hide_env_values = true
    )]
    pub(super) cache_dir: Option<OsString>,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ConfigArgs {
    /// Whose files are, in TOML: `[[owner]]` tables with a name and paths as in a
    /// .gitignore [default: imgsize.toml, if it is here]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Take no notice of an imgsize.toml that is here
    #[arg(long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct ReportArgs {
    /// Saved images (a file, a folder, `-` for stdin) or their names
    ///
    /// Several make one table: what each holds, and what they share.
    ///
    /// What a file is, is found by looking. A prefix says it: `docker-archive:FILE`,
    /// `oci-archive:FILE`, `oci-dir:FOLDER`, `oci:FOLDER`, each with `:TAG` if it
    /// holds several images. A name is looked for in the engines that run here, then in
    /// its registry; `docker:NAME`, `podman:NAME`, `containerd:NAME` and `registry:NAME`
    /// say where. Engines are found as their own commands find them: DOCKER_HOST,
    /// `docker context`, CONTAINER_HOST, the usual sockets.
    #[arg(value_name = "IMAGE", required_unless_present = "compose")]
    pub(super) images: Vec<String>,

    /// The images of all services of a Compose file, as one table
    ///
    /// Variables are replaced by the environment's and by those of the `.env` file
    /// beside FILE. `extends`, `include` and files that override FILE are not followed.
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    pub(super) compose: Option<PathBuf>,

    #[command(flatten)]
    pub(super) image: ImageArgs,

    /// Only what manifest and config tell, at once: download size by layer,
    /// instructions, base; no layer is read
    #[arg(long, conflicts_with = "verify")]
    pub(super) quick: bool,

    /// Try zstd on the first 32 MiB of each large gzip layer, and estimate what it would
    /// make of the download; reads these again
    #[arg(long, conflicts_with = "quick")]
    pub(super) measure_zstd: bool,

    /// Also print what dive would say: its efficiency, wastedBytes and userWastedPercent,
    /// beside these numbers, and why they differ
    #[arg(long, conflicts_with_all = ["quick", "compose", "diff", "dockerignore"])]
    pub(super) dive_compat: bool,

    #[command(flatten)]
    pub(super) dockerfile: DockerfileArgs,

    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,

    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"])]
    pub(super) format: String,

    /// Write to FILE instead of stdout; FILE is replaced at once, or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// How many rows of each long table
    #[arg(long, value_name = "N", default_value = "20", conflicts_with = "all")]
    pub(super) top: NonZeroUsize,

    /// Every row of every table
    #[arg(long)]
    pub(super) all: bool,

    /// What packages are sorted by
    #[arg(long, value_name = "KEY", default_value = "size")]
    pub(super) sort: SortKey,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long, conflicts_with = "bytes")]
    pub(super) iec: bool,

    /// Sizes in bytes, every digit
    #[arg(long)]
    pub(super) bytes: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct WhyArgs {
    /// The image: as for `report`
    #[arg(value_name = "IMAGE")]
    pub(super) name: String,

    #[command(flatten)]
    pub(super) image: ImageArgs,

    /// Its name, also as `NAME@VERSION`, `pip:NAME`, `npm:NAME@VERSION` …
    #[arg(value_name = "PACKAGE")]
    pub(super) package: String,

    /// As JSON
    #[arg(long)]
    pub(super) json: bool,

    /// How many rows of each long list
    #[arg(long, value_name = "N", default_value = "10", conflicts_with = "all")]
    pub(super) top: NonZeroUsize,

    /// Every row of every list
    #[arg(long)]
    pub(super) all: bool,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long, conflicts_with = "bytes")]
    pub(super) iec: bool,

    /// Sizes in bytes, every digit
    #[arg(long)]
    pub(super) bytes: bool,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct ImageArgs {
    /// Where IMAGE is, and nowhere else
    #[arg(long, value_name = "WHERE")]
    pub(super) source: Option<SourceKey>,

    /// Which image, where there are several: a tag, a name or a digest
    #[arg(long = "image", value_name = "NAME")]
    pub(super) choice: Option<String>,

    /// Which platform, where there are several [default: linux on this machine's architecture]
    ///
    /// `all`: every platform of the image side by side, a column for each.
    #[arg(long, value_name = "OS/ARCH")]
    pub(super) platform: Option<String>,

    /// The base image: anything that IMAGE may be
    ///
    /// Only its manifest and config are read. Its layers must be the image's lowest.
    /// Without it imgsize looks at annotations, labels, attested provenance and the
    /// history, and says how sure it is.
    #[arg(long, value_name = "IMAGE")]
    pub(super) base: Option<String>,

    #[command(flatten)]
    pub(super) net: NetArgs,

    /// Read every byte and check every digest, also where seeking would do
    #[arg(long)]
    pub(super) verify: bool,

    /// How many layers to read at once [default: one for each core]
    #[arg(short, long, value_name = "N")]
    pub(super) jobs: Option<NonZeroUsize>,

    #[command(flatten)]
    pub(super) cache: CacheArgs,

    /// Read every layer anew, and keep none
    #[arg(long)]
    pub(super) no_cache: bool,

    #[command(flatten)]
    pub(super) config: ConfigArgs,

    /// A line on stderr for each layer: its size, and how long it took
    #[arg(short, long, conflicts_with = "quiet")]
    pub(super) verbose: bool,

    /// No progress on stderr, also on a terminal
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SourceKey {
    /// A file or a folder
    File,
    /// The Docker daemon
    Docker,
    /// The Podman service
    Podman,
    /// containerd's content store
    Containerd,
    /// A registry
    Registry,
}

#[derive(Debug, Clone, ClapArgs)]
pub(super) struct NetArgs {
    /// Let registries speak plain HTTP, or have certificates that nobody vouches for
    #[arg(long)]
    pub(super) insecure: bool,

    /// Trust the certificates in FILE (PEM) besides the system's
    #[arg(long, value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SortKey {
    /// Live and lost bytes
    Size,
    /// Download bytes
    Download,
    /// Lost bytes
    Lost,
    /// Number of files
    Files,
    /// Name
    Name,
}
