//! What was typed behind `imgsize tui`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{ImageArgs, ValueEnum};

/// Look into an image.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct TuiArgs {
    /// The image: as for `report`; with a second one, the old and the new to compare
    #[arg(value_name = "IMAGE", required = true, num_args = 1..=2)]
    pub(in crate::cli) images: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) image: ImageArgs,

    /// The Dockerfile that the image was built from: advice shows its lines, and edits of
    /// it can be exported
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) dockerfile: Option<PathBuf>,

    /// The stage of the Dockerfile that was built [default: the last one]
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    pub(in crate::cli) target: Option<String>,

    /// Which colours [default: what imgsize.toml says, else dark; none with NO_COLOR]
    #[arg(long, value_name = "THEME")]
    pub(in crate::cli) theme: Option<ThemeKey>,

    /// Draw with ASCII alone [default: if the locale is not UTF-8]
    #[arg(long)]
    pub(in crate::cli) ascii: bool,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long)]
    pub(in crate::cli) iec: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum ThemeKey {
    /// Light text on a dark ground
    Dark,
    /// Dark text on a light ground
    Light,
    /// Few colours, far apart
    HighContrast,
    /// No colours
    None,
}
