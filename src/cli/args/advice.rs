//! What was typed about advice: the Dockerfile beside an image, `trim` and `verify`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::ImageArgs;

#[derive(Debug, Clone, ClapArgs)]
pub(in crate::cli) struct DockerfileArgs {
    /// The Dockerfile of the image: tie layers and advice to its lines, and print the
    /// advice as an edit of it
    #[arg(long, value_name = "FILE", conflicts_with = "quick")]
    pub(in crate::cli) dockerfile: Option<PathBuf>,

    /// The stage that the image was built from [default: the last one]
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    pub(in crate::cli) target: Option<String>,

    /// What to put into the Dockerfile: `safe`, `all`, or rules by name, with commas
    #[arg(
        long,
        value_name = "RULES",
        default_value = "safe",
        requires = "dockerfile"
    )]
    pub(in crate::cli) fix: String,

    /// Print the edit alone, as a diff for `git apply`
    #[arg(long, requires = "dockerfile")]
    pub(in crate::cli) diff: bool,

    /// Print the lines alone that a .dockerignore should have; those that stand in the
    /// one beside the Dockerfile, or here, are left out
    #[arg(long, conflicts_with_all = ["quick", "diff"])]
    pub(in crate::cli) dockerignore: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct TrimArgs {
    /// The image: as for `report`, but nothing that passes by only once
    #[arg(value_name = "IMAGE")]
    pub(in crate::cli) name: String,

    #[command(flatten)]
    pub(in crate::cli) image: ImageArgs,

    /// What goes: `safe` for every finding that is safe, or rules by their names, whose
    /// findings go whatever they risk; several with commas
    #[arg(long, value_name = "RULE,…")]
    pub(in crate::cli) rules: String,

    /// Where the new image goes: `oci-archive:FILE`, `oci-dir:FOLDER` or
    /// `docker-archive:FILE`, for `docker load`
    #[arg(short, long, value_name = "FORMAT:PATH")]
    pub(in crate::cli) output: String,

    /// What the new image is called [default: the old name with `-trimmed`, if it has a tag]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) tag: Option<String>,

    /// Replace what is at PATH
    #[arg(long)]
    pub(in crate::cli) force: bool,

    /// As JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long, conflicts_with = "bytes")]
    pub(in crate::cli) iec: bool,

    /// Sizes in bytes, every digit
    #[arg(long)]
    pub(in crate::cli) bytes: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct VerifyArgs {
    /// The image before, as for `report`; or a report on it, saved with `report --json`
    #[arg(value_name = "BEFORE")]
    pub(in crate::cli) before: String,

    /// The image after, or a report on it
    #[arg(value_name = "AFTER")]
    pub(in crate::cli) after: String,

    #[command(flatten)]
    pub(in crate::cli) image: ImageArgs,

    /// As JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,

    /// Sizes in powers of 1024 (KiB, MiB) instead of 1000 (kB, MB)
    #[arg(long, conflicts_with = "bytes")]
    pub(in crate::cli) iec: bool,

    /// Sizes in bytes, every digit
    #[arg(long)]
    pub(in crate::cli) bytes: bool,
}
