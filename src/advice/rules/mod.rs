//! Every rule. What comes in is an image to look at; what goes out is what one rule
//! found in it. One file a rule, named as the rule is.

mod apk_build_deps_left;
mod apk_cache;
mod app_data_in_image;
mod app_migrations;
mod apt_build_toolchain;
mod apt_cache;
mod apt_dev_packages;
mod apt_lists;
mod apt_recommends;
mod archive_left;
mod base_cuda_devel;
mod base_static;
mod base_switch_slim;
mod browsers_bundled;
mod compression_zstd;
mod conda_pkgs;
mod context_bloat;
mod dev_server_in_image;
mod docker_files;
mod dotnet_publish_junk;
mod dotnet_sdk;
mod duplicate_content;
mod editor_os_junk;
mod go_modcache;
mod go_unstripped;
mod java_build_cache;
mod java_jdk_in_runtime;
mod java_jmods_src;
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
mod native_debug_info;
mod native_libc_mismatch;
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
mod os_debug_files;
mod os_docs;
mod os_fonts;
mod os_health_tool;
mod os_heavy_gui_stack;
mod os_locale;
mod os_second_interpreter;
mod os_tools;
mod os_upgrade;
mod php_composer;
mod py_aws_data;
mod py_babel_locales;
mod py_build_tools;
mod py_c_sources;
mod py_dev_packages;
mod py_django_locale;
mod py_env_managers;
mod py_google_discovery;
mod py_google_legacy_sdk;
mod py_gpu_variants;
mod py_jupyter;
mod py_opencv;
mod py_pip_cache;
mod py_pyc;
mod py_pyc_stale;
mod py_stdlib_extras;
mod py_tests;
mod py_torch_cuda;
mod py_unstripped_so;
mod py_uv_cache;
mod py_web_assets;
mod py_worker_mismatch;
mod root_user;
mod rpm_cache;
mod ruby_ext_objects;
mod ruby_gem_cache;
mod rust_target_cargo;
mod secret_in_image;
mod sparse_lastlog;
mod static_libs;
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
    apt_build_toolchain::RULE,
    apt_recommends::RULE,
    apt_cache::RULE,
    apt_dev_packages::RULE,
    os_docs::RULE,
    os_locale::RULE,
    os_heavy_gui_stack::RULE,
    os_tools::RULE,
    os_health_tool::RULE,
    os_second_interpreter::RULE,
    apk_cache::RULE,
    apk_build_deps_left::RULE,
    rpm_cache::RULE,
    static_libs::RULE,
    os_debug_files::RULE,
    os_fonts::RULE,
    os_upgrade::RULE,
    native_debug_info::RULE,
    go_unstripped::RULE,
    go_modcache::RULE,
    rust_target_cargo::RULE,
    java_jdk_in_runtime::RULE,
    java_jmods_src::RULE,
    java_build_cache::RULE,
    dotnet_sdk::RULE,
    dotnet_publish_junk::RULE,
    ruby_gem_cache::RULE,
    ruby_ext_objects::RULE,
    php_composer::RULE,
    base_switch_slim::RULE,
    base_static::RULE,
    base_cuda_devel::RULE,
    native_libc_mismatch::RULE,
    py_tests::RULE,
    py_pip_cache::RULE,
    py_uv_cache::RULE,
    py_unstripped_so::RULE,
    py_torch_cuda::RULE,
    py_google_discovery::RULE,
    py_google_legacy_sdk::RULE,
    py_dev_packages::RULE,
    py_build_tools::RULE,
    py_env_managers::RULE,
    py_pyc::RULE,
    py_c_sources::RULE,
    py_gpu_variants::RULE,
    py_aws_data::RULE,
    py_babel_locales::RULE,
    py_django_locale::RULE,
    py_jupyter::RULE,
    py_pyc_stale::RULE,
    py_opencv::RULE,
    py_stdlib_extras::RULE,
    py_web_assets::RULE,
    py_worker_mismatch::RULE,
    conda_pkgs::RULE,
    browsers_bundled::RULE,
    app_migrations::RULE,
];
