//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apt_lists;
mod layer_append_rewrite;
mod layer_deleted_later;
mod layer_metadata_rewrite;
mod layer_moved_tree;
mod layer_overwritten_later;
mod logs_tmp_core;
mod order_volatility;
mod py_tests;
mod secret_in_image;
mod test_cache_junk;
mod vcs_dir;

use super::Rule;

/// Every rule, by subject: layers, operating systems, languages, data, bases, secrets.
pub const RULES: &[Rule] = &[
    layer_metadata_rewrite::RULE,
    layer_deleted_later::RULE,
    layer_overwritten_later::RULE,
    layer_moved_tree::RULE,
    layer_append_rewrite::RULE,
    vcs_dir::RULE,
    secret_in_image::RULE,
    order_volatility::RULE,
    logs_tmp_core::RULE,
    test_cache_junk::RULE,
    apt_lists::RULE,
    py_tests::RULE,
];
