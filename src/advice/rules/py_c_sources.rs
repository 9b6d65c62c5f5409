//! Sources of extension modules.

use crate::advice::python::{files_ending, in_site};
use crate::advice::{Finding, Risk, Rule, View, is_licence};
use crate::rootfs::NodeId;

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-c-sources",
    summary: "C, C++, Fortran and Cython sources in Python packages",
    explain: "\
Wheels bring sources and headers along: 18 MB in one environment, 7 of them pyarrow's
headers and 6 the C that fonttools was made from. Only a compiler reads them. Remove them
in the RUN that installs. What compiles while it runs is left out with all that it may
read: torch, triton, the nvidia packages, jax, tensorflow, numba, cffi, cppyy, pyopencl,
pybind11; numpy's headers too. A program that compiles extensions when it starts fails
without the headers; that it cannot see.",
    check,
};

const ENDINGS: [&str; 14] = [
    "pyx", "pxd", "pxi", "c", "cc", "cpp", "cxx", "h", "hh", "hpp", "f", "f90", "a", "for",
];

/// Top folders of what compiles, or is there to be compiled against.
const COMPILE: [&str; 20] = [
    "torch",
    "triton",
    "nvidia",
    "jax",
    "jaxlib",
    "tensorflow",
    "numba",
    "cffi",
    "cppyy",
    "cppyy_backend",
    "pyopencl",
    "pybind11",
    "nanobind",
    "numpy",
    "cupy",
    "pyximport",
    "Cython",
    "pythran",
    "pycuda",
    "ziglang",
];

fn check(view: &View<'_>) -> Vec<Finding> {
    let files: Vec<NodeId> = files_ending(view, &ENDINGS)
        .into_iter()
        .filter(|(file, path)| {
            let top = in_site(path).and_then(|rest| rest.split('/').next());
            let compiles = top.is_none_or(|top| COMPILE.contains(&top) || top.starts_with("cupy"));
            !compiles && !is_licence(view.fs.name(*file))
        })
        .map(|(file, _)| file)
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::new(format!(
            "{} sources and headers for compilers are in Python packages",
            files.len()
        ))
        .bodies(view.bodies(files))
        .risk(Risk::Check)
        .note("that nothing is compiled while the program runs")
        .fix(
            "RUN pip install … && find /usr/local/lib -path '*/site-packages/*' -type f \\\n \
             \\( -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.cpp' \\) -delete",
        ),
    ]
}
