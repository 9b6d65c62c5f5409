//! What bytes count as. The words that configuration, accounts and reports share.

/// Where the bytes of an owner count.
#[derive(
    Debug,
    Default,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// The distribution as the base image brings it.
    BaseOs,
    /// What a system package manager put on top.
    SystemPackages,
    /// Interpreters and virtual machines with their standard libraries.
    LanguageRuntime,
    /// pip, npm and their like.
    LanguagePackages,
    /// What the author wrote.
    App,
    /// What a build of the author's made.
    BuildOutput,
    /// Caches, temporary files, logs, lists: nothing needs them to run.
    Leftovers,
    /// Nobody is known to own it.
    #[default]
    Unattributed,
}

impl Category {
    /// In the order of reports: from the ground up.
    pub const ALL: [Category; 8] = [
        Category::BaseOs,
        Category::SystemPackages,
        Category::LanguageRuntime,
        Category::LanguagePackages,
        Category::App,
        Category::BuildOutput,
        Category::Leftovers,
        Category::Unattributed,
    ];

    /// As JSON and configuration write it.
    pub fn id(self) -> &'static str {
        match self {
            Category::BaseOs => "base-os",
            Category::SystemPackages => "system-packages",
            Category::LanguageRuntime => "language-runtime",
            Category::LanguagePackages => "language-packages",
            Category::App => "app",
            Category::BuildOutput => "build-output",
            Category::Leftovers => "leftovers",
            Category::Unattributed => "unattributed",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Category::BaseOs => "Base OS",
            Category::SystemPackages => "System packages",
            Category::LanguageRuntime => "Language runtime",
            Category::LanguagePackages => "Language packages",
            Category::App => "App code",
            Category::BuildOutput => "Build output",
            Category::Leftovers => "Leftovers",
            Category::Unattributed => "Unattributed",
        }
    }
}

/// What of an app something is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AppKind {
    /// Code, programs, configuration: all that is nothing of the following.
    Source,
    /// What a build made.
    BuildOutput,
    /// What is served as it is: pages, styles, images, fonts.
    Static,
    /// What the code reads: tables, databases, seeds.
    Data,
    /// The steps that bring a database to its present shape.
    Migrations,
}
