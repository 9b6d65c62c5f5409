//! CUDA and what NVIDIA builds on it, where no package manager lists it: the
//! runfile installer, archives, copies from another image. What comes in is the tree;
//! what goes out is a claim on the folders and libraries, with their version.
//!
//! Facts: CUDA Installation Guide for Linux, "Runfile Installation" (/usr/local/cuda-N,
//! `version.json`); cuDNN, "Tarball Installation" (`cudnn_version.h`); TensorRT,
//! "Tar File Installation" (`NvInferVersion.h`).

use std::collections::BTreeSet;

use super::place::{Place, claim, place, version_in};
use super::{Category, Detector, Finds, Found, Scene};
use crate::layer::Candidate;

pub(super) const DETECTOR: Detector = Detector {
    id: "cuda",
    // Where a package manager lists every file of it, it is nothing besides.
    finds: Finds::Places,
    wants,
    detect,
};

const PLACES: &[Place] = &[
    // Its version is set below: many files would look for one header.
    nvidia(
        CUDNN,
        &[
            "usr/local/cuda*/include/cudnn*",
            "usr/local/cuda*/lib/libcudnn*",
            "usr/local/cuda*/lib64/libcudnn*",
            "usr/local/cuda*/targets/*/include/cudnn*",
            "usr/local/cuda*/targets/*/lib/libcudnn*",
            "usr/local/include/cudnn*",
            "usr/local/lib/libcudnn*",
        ],
    ),
    nvidia("CUDA Toolkit", &["usr/local/cuda-#", "opt/cuda-#"]).version(""),
    nvidia("CUDA Toolkit", &["usr/local/cuda", "opt/cuda"])
        .with("version.json")
        .version_behind("version.json", &["\"version\" : \""]),
    nvidia("CUDA Toolkit", &["usr/local/cuda", "opt/cuda"]).with("bin/nvcc"),
    nvidia(
        "TensorRT",
        &["usr/local/TensorRT-#", "opt/TensorRT-#", "TensorRT-#"],
    )
    .version(""),
    nvidia("TensorRT", &["usr/local/tensorrt", "opt/tensorrt"]),
    nvidia("Nsight {}", &["opt/nvidia/nsight-*"]).version("#"),
    nvidia("HPC-X", &["opt/hpcx", "opt/hpcx-v#*"]).version(""),
];

const CUDNN: &str = "cuDNN";
const CUDNN_HEADER: &[u8] = b"cudnn_version.h";
/// Its three numbers.
const CUDNN_VERSION: &[&str] = &[
    "#define CUDNN_MAJOR ",
    "#define CUDNN_MINOR ",
    "#define CUDNN_PATCHLEVEL ",
];
const TOOLKIT_FILE: &[u8] = b"version.json";

/// `version.json` has 4 KB, `cudnn_version.h` as much.
const VERSION_FILE: u64 = 16 * 1024;

/// As if a package manager had put it there.
const fn nvidia(name: &'static str, at: &'static [&'static str]) -> Place {
    place(name, Category::SystemPackages, at)
}

fn wants(candidate: &Candidate<'_>) -> u64 {
    match name_of(candidate.path) {
        CUDNN_HEADER | TOOLKIT_FILE => VERSION_FILE,
        _ => 0,
    }
}

fn name_of(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

fn detect(scene: &Scene<'_>) -> Found {
    let mut found = claim(scene, PLACES);
    let headers = scene.kept().filter(|(path, _, _)| {
        path.as_bytes().starts_with(b"usr/local/") && name_of(path.as_bytes()) == CUDNN_HEADER
    });
    let versions: BTreeSet<String> = headers
        .filter_map(|(_, _, text)| version_in(text, CUDNN_VERSION))
        .collect();
    // One of several is not the version of all.
    let only = versions.first().filter(|_| versions.len() == 1);
    if let (Some(version), Some(package)) = (
        only,
        found
            .packages
            .iter_mut()
            .find(|package| package.name == CUDNN),
    ) {
        package.version.clone_from(version);
    }
    found
}
