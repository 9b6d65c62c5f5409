//! CUDA's compiler, where programs only run.

use crate::advice::{Finding, Risk, Rule, View};
use crate::units::Bytes;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "base-cuda-devel",
    summary: "the compiler and headers of CUDA, in the base",
    explain: "\
nvidia/cuda:…-devel holds nvcc, headers and static libraries: gigabytes beside the libraries
that programs load. Use -runtime or -base, or slim Python where wheels bring CUDA with them.
The estimate is what CUDA's packages of development weigh in the base. Kernels that are
compiled at run time (numba.cuda, cupy, triton, torch's cpp_extension) may need them; the
rule is silent where it sees torch, triton or cupy, or nvcc is run.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    finding(view).into_iter().collect()
}

fn finding(view: &View<'_>) -> Option<Finding> {
    let names = [
        "cupy",
        "cupy-cuda12x",
        "cupy-cuda11x",
        "numba",
        "deepspeed",
        "flash-attn",
        "vllm",
    ];
    let builds = names.iter().any(|name| view.package("pip", name).is_some());
    if builds || view.runs("nvcc") || view.compiles().is_some() {
        return None;
    }
    let is_devel = |name: &str| {
        let parts = [
            "-dev-",
            "-nvcc-",
            "-compiler-",
            "-command-line-tools-",
            "-nvprof-",
            "cuda-nsight",
            "-static-",
        ];
        (name.starts_with("cuda-") || name.starts_with("lib"))
            && parts.iter().any(|part| name.contains(part))
    };
    let in_base = view.packages(view.system()).filter(|(id, owner)| {
        !view.is_added(*id)
            && is_devel(&owner.name)
            && owner.name.ends_with(|c: char| c.is_ascii_digit())
    });
    let (mut stored, mut download, mut has_nvcc) = (Bytes::ZERO, Bytes::ZERO, false);
    for (_, owner) in in_base {
        stored += owner.live;
        download += owner.download;
        has_nvcc |= owner.name.contains("-nvcc-");
    }
    has_nvcc.then(|| {
        Finding::new("the base has the compiler and headers of CUDA")
            .estimate(stored, download)
            .risk(Risk::Check)
            .at(view.base)
            .note("nothing may compile for the GPU while the image runs")
            .fix("FROM nvidia/cuda:…-runtime-…")
    })
}
