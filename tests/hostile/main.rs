//! Bad images by the dozen: each is built here, given to the real program in a
//! folder of its own, and must end as its line in the table says. Whatever it
//! ends as: no panic, no byte that a terminal or a CI log acts on, no file left
//! behind, the law's sums right, and time and memory bounded.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop and may talk"
)]

mod archive;
#[path = "../common/mod.rs"]
mod common;
mod compression;
mod config;
mod index;
mod kit;
mod limits;
mod manifest;
mod merge;
mod names;
mod passage;
mod run;
mod sparse;
mod tar;
