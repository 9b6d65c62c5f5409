//! What was typed about budgets: `check` and `init`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use imgsize::units::Bytes;

use super::ImageArgs;

#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  imgsize init app:1                          a budget from today's numbers
  imgsize check app:1                         by the [budget] of imgsize.toml
  imgsize check app:1 --max-total 500MB
  imgsize check app:2 --baseline app:1 --max-growth 10MB --max-growth-percent 2
  imgsize check app:1 --out json=verdict.json --report-json report.json

The last line on stderr is always `verdict: pass|warn|fail reason=WORD`, or
`verdict: error reason=WORD` where nothing could be checked.

Exit codes: 0 within the budget (warnings too), 1 over it, 2 could not check.")]
pub(in crate::cli) struct CheckArgs {
    /// The images: as for `report`; or reports saved with `report --json`
    ///
    /// With several, each is checked, and then all of them together with every layer
    /// once: by the limits that say `image = \"*all*\"`.
    #[arg(value_name = "IMAGE", required_unless_present = "compose")]
    pub(in crate::cli) images: Vec<String>,

    /// The images of all services of a Compose file
    #[arg(long, value_name = "FILE", conflicts_with = "images")]
    pub(in crate::cli) compose: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) image: ImageArgs,

    #[command(flatten)]
    pub(in crate::cli) budget: BudgetArgs,

    /// Take into the baseline file what is missing there, or out of the range that
    /// limits on growth allow; leave the rest
    #[arg(long)]
    pub(in crate::cli) update_baseline: bool,

    /// Print the verdict as JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Write the verdict to a file too; several at once
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(in crate::cli) out: Vec<String>,

    /// Write the image's report to a file too, as `report --json` does
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) report_json: Option<PathBuf>,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long, conflicts_with = "bytes")]
    pub(in crate::cli) iec: bool,

    /// Sizes in bytes, every digit
    #[arg(long)]
    pub(in crate::cli) bytes: bool,
}

/// A budget; flags come before the file.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Budget")]
pub(in crate::cli) struct BudgetArgs {
    /// A file with a [budget] [default: imgsize.toml, if it is here]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) budget: Option<PathBuf>,

    /// The most that the layers may store, such as 500MB
    #[arg(long, value_name = "SIZE")]
    pub(in crate::cli) max_total: Option<Bytes>,

    /// The most that a download may take
    #[arg(long, value_name = "SIZE")]
    pub(in crate::cli) max_download: Option<Bytes>,

    /// The most that may be lost
    #[arg(long, value_name = "SIZE")]
    pub(in crate::cli) max_lost: Option<Bytes>,

    /// The largest part of the stored bytes that may be lost, 0 to 1
    #[arg(long, value_name = "PART")]
    pub(in crate::cli) max_lost_share: Option<f64>,

    /// The least part of the stored bytes that has to be live, 0 to 1
    #[arg(long, value_name = "PART")]
    pub(in crate::cli) min_efficiency: Option<f64>,

    /// The most layers
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_layers: Option<u32>,

    /// By how much the total may grow against the baseline
    #[arg(long, value_name = "SIZE")]
    pub(in crate::cli) max_growth: Option<Bytes>,

    /// By how many percent; with --max-growth, both have to be exceeded
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_growth_percent: Option<f64>,

    /// A package that must not be in the final image, such as `gcc*` or `npm:typescript`
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) forbid_package: Vec<String>,

    /// A path that must not be in the final image, such as `/root/.cache/**`
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) forbid_path: Vec<String>,

    /// What growth is measured against: a file that --update-baseline writes, a saved
    /// report, or an image
    #[arg(long, value_name = "FILE|IMAGE")]
    pub(in crate::cli) baseline: Option<String>,

    /// Count only the layers on top of the base image; what is forbidden is forbidden
    /// everywhere
    #[arg(long)]
    pub(in crate::cli) above_base: bool,

    /// What being over a limit means that does not say it itself
    #[arg(long, value_name = "LEVEL")]
    pub(in crate::cli) level: Option<LevelKey>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum LevelKey {
    /// A word, and exit code 0
    Warn,
    /// Exit code 1
    Fail,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct InitArgs {
    /// The image: as for `report`
    #[arg(value_name = "IMAGE")]
    pub(in crate::cli) name: String,

    #[command(flatten)]
    pub(in crate::cli) image: ImageArgs,

    /// How much more than today's numbers may be, in percent
    #[arg(long, value_name = "PERCENT", default_value = "10")]
    pub(in crate::cli) margin: u32,

    /// The file to write
    #[arg(short, long, value_name = "FILE", default_value = "imgsize.toml")]
    pub(in crate::cli) output: PathBuf,

    /// Replace a file that is there
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
