//! Libraries for graphics cards of a program that has none.

use crate::advice::python::{is_for_gpu, named, without};
use crate::advice::{Finding, Risk, Rule, View};

/// See [`Rule::explain`].
pub(super) const RULE: Rule = Rule {
    id: "py-torch-cuda",
    summary: "torch with libraries for graphics cards, in an image that seems to have none",
    explain: "\
On Linux `pip install torch` brings the libraries of CUDA along: 3.2 GB of wheels to
download. Without a graphics card nothing uses them. PyTorch has an index of wheels for
the processor only: install torch from it, before whatever requires torch. Others went
from 3.4 to 0.7 GB to download. A program that does use a card then no longer finds it.
The figure is the libraries; the processor's torch itself is smaller too. It says nothing
where the image tells that it is for a card, by variables, labels or by packages such as
vllm; it cannot see on what machine it is run.",
    check,
};

fn check(view: &View<'_>) -> Vec<Finding> {
    let torch = view.package("pip", "torch");
    let has_cuda = torch.is_some_and(|(_, torch)| !torch.version.contains("+cpu"));
    if !has_cuda || is_for_gpu(view) {
        return Vec::new();
    }
    let ids = named(view, &["nvidia-*", "cuda-*", "triton", "pytorch-triton*"]);
    let finding = without(view, &ids, |names| {
        format!("torch brings libraries for graphics cards: {names}")
    });
    finding
        .map(|finding| {
            finding
                .risk(Risk::Check)
                .note("only where no graphics card of NVIDIA is used")
                .fix(
                    "RUN pip install --no-cache-dir torch --index-url <PyTorch's index of CPU wheels> \\\n \
                     && pip install --no-cache-dir -r requirements.txt",
                )
        })
        .into_iter()
        .collect()
}
