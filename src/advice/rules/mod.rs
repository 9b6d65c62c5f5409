//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod app_data_in_image;
mod apt_lists;
mod archive_left;
mod compression_zstd;
mod context_bloat;
mod dev_server_in_image;
mod docker_files;
mod duplicate_content;
mod editor_os_junk;
mod layer_append_rewrite;
mod layer_deleted_later;
mod layer_metadata_rewrite;
mod layer_moved_tree;
mod layer_overwritten_later;
mod logs_tmp_core;
mod many_layers;
mod ml_format_duplicate;
mod ml_hf_cache;
mod ml_model_duplicate;
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
mod order_volatility;
mod py_tests;
mod root_user;
mod secret_in_image;
mod sparse_lastlog;
mod test_cache_junk;
mod vcs_dir;
mod wheel_soname_duplicates;

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
    archive_left::RULE,
    app_data_in_image::RULE,
    context_bloat::RULE,
    editor_os_junk::RULE,
    docker_files::RULE,
    many_layers::RULE,
    dev_server_in_image::RULE,
    root_user::RULE,
    compression_zstd::RULE,
    sparse_lastlog::RULE,
    ml_model_duplicate::RULE,
    ml_format_duplicate::RULE,
    ml_hf_cache::RULE,
    duplicate_content::RULE,
    wheel_soname_duplicates::RULE,
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
