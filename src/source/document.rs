//! JSON by strangers, read as the engines read it: Go's `encoding/json` takes keys
//! in any case, the last of two equal ones, and `null` for nothing.
//!
//! Straight into the structs, with nothing built in between: a document of 4 MiB
//! would be a tree of hundreds.

use serde::de::DeserializeOwned;

use super::SourceError;

/// Manifests and configs are kilobytes; registries and engines refuse more.
pub(super) const LARGEST_DOCUMENT: u64 = 4 << 20;
/// More than any list of images or layers needs; each takes far more memory than text.
const MOST_OBJECTS: usize = 200_000;

/// Reads a document.
pub(super) fn parse<T: DeserializeOwned>(what: &str, json: &[u8]) -> Result<T, SourceError> {
    let broken = |why: String| SourceError::Document {
        what: what.to_owned(),
        why,
    };
    if json.iter().filter(|&&byte| byte == b'{').count() > MOST_OBJECTS {
        return Err(broken(format!("it holds over {MOST_OBJECTS} objects")));
    }
    serde_json::from_slice(json).map_err(|error| broken(error.to_string()))
}

/// A struct that is read from an object: `field: Type = "key"`. What is absent or
/// `null` is the default; other keys are passed over.
macro_rules! document {
    (
        $(#[$attribute:meta])*
        $visible:vis struct $name:ident {
            $($(#[$of_field:meta])* $shown:vis $field:ident: $kind:ty = $key:literal,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Default)]
        $visible struct $name {
            $($(#[$of_field])* $shown $field: $kind,)*
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<$name, D::Error> {
                struct Reader;

                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A>(self, mut map: A) -> Result<$name, A::Error>
                    where
                        A: serde::de::MapAccess<'de>,
                    {
                        let mut read = $name::default();
                        while let Some(key) = map.next_key::<String>()? {
                            $(if key.eq_ignore_ascii_case($key) {
                                read.$field = map.next_value::<Option<$kind>>()?.unwrap_or_default();
                                continue;
                            })*
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                        Ok(read)
                    }
                }

                json.deserialize_map(Reader)
            }
        }
    };
}
pub(super) use document;

#[cfg(test)]
mod tests {
    use super::*;

    document! {
        struct Doc {
            name: String = "Name",
            sizes: Vec<u64> = "sizes",
        }
    }

    fn read(json: &str) -> Result<(String, Vec<u64>), String> {
        let doc: Doc = parse("x", json.as_bytes()).map_err(|error| error.to_string())?;
        Ok((doc.name, doc.sizes))
    }

    #[test]
    fn keys_come_in_any_case_twice_and_not_at_all() {
        assert_eq!(read("{}"), Ok((String::new(), vec![])));
        assert_eq!(
            read(r#"{"name":"a","x":[{}],"NAME":"b","sizes":null,"sizes":[1]}"#),
            Ok(("b".to_owned(), vec![1]))
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (json, words) in [
            ("[]", "expected an object at line 1"),
            ("null", "expected an object at line 1"),
            (r#"{"name":["a"]}"#, "expected a string at line 1 column"),
            ("{} {}", "trailing characters"),
            ("{", "EOF"),
        ] {
            assert!(read(json).unwrap_err().contains(words), "{json}");
        }
        assert!(
            read(&"{".repeat(300_000))
                .unwrap_err()
                .contains("over 200000 objects")
        );
    }
}
