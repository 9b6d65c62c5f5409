//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apt_build_toolchain;
mod apt_lists;
mod layer_metadata_rewrite;
mod py_tests;

use super::Rule;

/// Every rule, by subject: layers, operating systems, languages, data, bases, secrets.
pub const RULES: &[Rule] = &[
    layer_metadata_rewrite::RULE,
    apt_build_toolchain::RULE,
    apt_lists::RULE,
    py_tests::RULE,
];
