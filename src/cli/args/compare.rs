//! What was typed about two images.

use std::num::NonZeroUsize;

use clap::Args as ClapArgs;

use super::ImageArgs;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct DiffArgs {
    /// The image before, as for `report`; or a report on it, saved with `report --json`
    #[arg(value_name = "OLD")]
    pub(in crate::cli) old: String,

    /// The image after, or a report on it
    #[arg(value_name = "NEW")]
    pub(in crate::cli) new: String,

    #[command(flatten)]
    pub(in crate::cli) image: ImageArgs,

    /// As JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// How many rows of each long list
    #[arg(long, value_name = "N", default_value = "10", conflicts_with = "all")]
    pub(in crate::cli) top: NonZeroUsize,

    /// Every row of every list
    #[arg(long)]
    pub(in crate::cli) all: bool,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long, conflicts_with = "bytes")]
    pub(in crate::cli) iec: bool,

    /// Sizes in bytes, every digit
    #[arg(long)]
    pub(in crate::cli) bytes: bool,
}
