//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apt_lists;
mod layer_metadata_rewrite;
mod node_next_cache;
mod node_package_manager_cache;
mod node_source_maps;
mod node_type_decls;
mod node_dev_deps;
mod node_next_not_standalone;
mod node_next_overtrace;
mod node_next_swc;
mod py_tests;

use super::Rule;

/// Every rule, by subject: layers, operating systems, languages, data, bases, secrets.
pub const RULES: &[Rule] = &[
    layer_metadata_rewrite::RULE,
    apt_lists::RULE,
    node_next_cache::RULE,
    node_package_manager_cache::RULE,
    node_source_maps::RULE,
    node_type_decls::RULE,
    node_dev_deps::RULE,
    node_next_not_standalone::RULE,
    node_next_overtrace::RULE,
    node_next_swc::RULE,
    py_tests::RULE,
];
