//! The YAML of a Compose file: of each service what matters here. Aliases may stand
//! for aliases that stand for more: what all of them come to is bounded.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};

/// A file as it is written.
#[derive(Deserialize)]
struct File {
    services: Option<Services>,
    include: Option<IgnoredAny>,
}

/// In the order of the file.
struct Services(Vec<(String, Option<Service>)>);

/// A service as it is written.
#[derive(Default, Deserialize)]
struct Service {
    image: Option<String>,
    platform: Option<String>,
    build: Option<IgnoredAny>,
    extends: Option<IgnoredAny>,
}

/// What a file says, variables and all.
pub(super) struct Raw {
    pub(super) services: Vec<(String, RawService)>,
    pub(super) include: bool,
}

/// What a service says.
pub(super) struct RawService {
    pub(super) image: Option<String>,
    pub(super) platform: Option<String>,
    /// The end of a sentence: what there is instead of an image.
    pub(super) instead: &'static str,
}

/// Reads it; what is wrong is told for a person.
pub(super) fn read(text: &str) -> Result<Raw, String> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        // Far more than a Compose file needs, and far less than a bomb comes to.
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 200_000,
        },
        budget: serde_saphyr::budget! {
            max_recorded_anchor_events: 200_000,
            max_recorded_anchor_bytes: 8 << 20,
        },
    };
    let file: File =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
    let services = file.services.ok_or("it has no `services`")?.0;
    let service = |(name, service): (String, Option<Service>)| {
        let service = service.unwrap_or_default();
        let instead = match (service.build, service.extends) {
            (_, Some(_)) => ", and `extends` is not followed",
            (Some(_), _) => ", and what is only built here has no name to look for",
            _ => "",
        };
        let raw = RawService {
            image: service.image,
            platform: service.platform,
            instead,
        };
        (name, raw)
    };
    Ok(Raw {
        services: services.into_iter().map(service).collect(),
        include: file.include.is_some(),
    })
}

impl<'de> Deserialize<'de> for Services {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Services, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Services;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("services by their names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Services, A::Error> {
                let mut services = Vec::new();
                while let Some(service) = map.next_entry()? {
                    services.push(service);
                }
                Ok(Services(services))
            }
        }

        from.deserialize_map(InOrder)
    }
}
