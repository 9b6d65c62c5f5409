//! The engine of `imgsize`: who owns every byte of a container image.
//!
//! # The law
//!
//! **Every byte that a layer stores is in exactly one account: *live* (a file in
//! the final filesystem, with exactly one owner) or *lost* (overwritten or deleted
//! by a later layer). So stored = live + lost, and the owners sum to live; and the
//! same holds for the bytes of the download.** Every room below builds these
//! accounts, reads them, or prints them.
//!
//! # The map
//!
//! A byte passes the rooms from top to bottom and enters each once. A room may
//! name those above it and none below; `tests/house_rules.rs` sees to it.
//!
//! | room | what it knows |
//! | --- | --- |
//! | [`units`], [`path`], [`digest`] | counts, names and digests, safe by construction |
//! | [`needs`] | who needs whom, and what would go with whom |
//! | [`family`] | packages as people speak of them |
//! | [`category`] | what bytes count as |
//! | [`config`] | what the user wants counted otherwise: `imgsize.toml` |
//! | [`interrupt`] | files that must not be cut in the middle |
//! | [`compose`] | which images a Compose file deploys |
//! | [`codec`] | gzip, zstd: plain bytes, and what they cost in stored ones |
//! | [`tarfile`] | tar as the engines read it |
//! | [`source`] | where an image lies and what its documents say |
//! | [`layer`] | one blob as a list of entries |
//! | [`cache`] | layers that were read before |
//! | [`toc`] | layers on servers, read by their tables of contents |
//! | [`essence`] | what programs and archives hold, boiled down as they pass |
//! | [`rootfs`] | the layers stacked: the tree and the two accounts |
//! | [`base`] | which layers came with the base image |
//! | [`scan`] | all layers at once |
//! | [`extract`] | files of the image, written to disk |
//! | [`owner`] | whose each byte is, one detector a file |
//! | [`copies`] | what is there more than once |
//! | [`analysis`] | the pipeline, and its result |
//! | [`advice`] | what could be smaller, one rule a file |
//! | [`dockerfile`] | advice written into the Dockerfile |
//! | [`trim`] | an image without what advice says may go, and the proof |
//! | [`report`] | the result as words: tables, JSON |
//! | [`diff`] | what grew between two images, and why |
//! | [`dive`] | what dive would say, and the rules of a `.dive-ci` |
//! | [`gate`] | budgets, and whether an image is within them |
//!
//! This library exists for the program, its tests, benches and fuzzing. It makes
//! no promise of stability.

pub mod advice;
pub mod analysis;
pub mod base;
pub mod cache;
pub mod category;
pub mod codec;
pub mod compose;
pub mod config;
pub mod copies;
pub mod diff;
pub mod digest;
pub mod dive;
pub mod dockerfile;
pub mod essence;
pub mod extract;
pub mod family;
pub mod gate;
pub mod interrupt;
pub mod layer;
pub mod needs;
pub mod owner;
pub mod path;
pub mod report;
pub mod rootfs;
pub mod scan;
pub mod source;
pub mod tarfile;
#[doc(hidden)]
pub mod testkit;
pub mod toc;
pub mod trim;
pub mod units;
