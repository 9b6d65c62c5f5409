//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apt_lists;
mod layer_metadata_rewrite;
mod node_dev_deps;
mod node_docs_tests;
mod node_double_install;
mod node_duplicate_versions;
mod node_headers;
mod node_monolith_sdk;
mod node_native_duplicates;
mod node_next_cache;
mod node_next_not_standalone;
mod node_next_overtrace;
mod node_next_swc;
mod node_package_manager_cache;
mod node_pm_in_runtime;
mod node_prisma_cli_kept;
mod node_prisma_other_db;
mod node_prisma_targets;
mod node_source_maps;
mod node_spa_in_node;
mod node_type_decls;
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
    node_native_duplicates::RULE,
    node_prisma_cli_kept::RULE,
    node_prisma_other_db::RULE,
    node_prisma_targets::RULE,
    node_docs_tests::RULE,
    node_duplicate_versions::RULE,
    node_headers::RULE,
    node_monolith_sdk::RULE,
    node_pm_in_runtime::RULE,
    node_double_install::RULE,
    node_spa_in_node::RULE,
    py_tests::RULE,
];
